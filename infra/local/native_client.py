"""The few calls of the native API that the demonstration makes, as a program with an API key would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

_DEPLOYMENTS = "/api/v1/deployments"


class NativeClient:
    """Calls with an API key, which `http` carries."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def create_deployment(self, name: str, release: str, devices: Sequence[str], plan: Mapping[str, Any]) -> str:
        """Bring a release to some devices under a plan, and return the id of the deployment."""
        target = {"devices": list(devices)}
        body = {"name": name, "slot": "software", "release": release, "target": target, "plan": plan}
        return self._answer("POST", _DEPLOYMENTS, body)["id"]  # type: ignore[no-any-return]

    def deployment(self, deployment_id: str) -> dict[str, Any]:
        """Read a deployment, and how far each of its phases has come."""
        return self._answer("GET", f"{_DEPLOYMENTS}/{deployment_id}")

    def explain(self, deployment_id: str, device_id: str) -> dict[str, Any]:
        """Ask why a device is not offered what a deployment brings."""
        return self._answer("GET", f"{_DEPLOYMENTS}/{deployment_id}/devices/{device_id}/explain")

    def roll_back(self, deployment_id: str) -> str:
        """Give the devices of a deployment back what they had, and return the id of the deployment that does it."""
        return self._answer("POST", f"{_DEPLOYMENTS}/{deployment_id}/roll-back")["id"]  # type: ignore[no-any-return]

    def _answer(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer = self._http.request(method, path, json=body).raise_for_status()
        document: dict[str, Any] = answer.json()
        return document
