"""The few management calls of the Mender dialect that the demonstration makes, as a person with a script would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

_DEPLOYMENTS = "/api/management/v1/deployments"
_DEVICES = "/api/management/v2/devauth/devices"


class ManagementClient:
    """Calls as one user, whose token `http` carries."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def upload(self, artifact: bytes, description: str) -> str:
        """Upload an artifact and return its id."""
        parts: list[tuple[str, Any]] = [
            ("size", (None, str(len(artifact)))),
            ("description", (None, description)),
            ("artifact", ("sample.mender", artifact, "application/octet-stream")),
        ]
        answer = self._http.post(f"{_DEPLOYMENTS}/artifacts", files=parts).raise_for_status()
        return answer.headers["location"].rpartition("/")[2]

    def accept(self, names: Sequence[str]) -> list[str]:
        """Accept the waiting devices that identify themselves by these names, and return their ids."""
        wanted = set(names)
        accepted = [device for device in self.waiting() if not wanted.isdisjoint(device["identity_data"].values())]
        for device in accepted:
            path = f"{_DEVICES}/{device['id']}/auth/{device['auth_sets'][-1]['id']}/status"
            self._http.put(path, json={"status": "accepted"}).raise_for_status()
        return [device["id"] for device in accepted]

    def waiting(self) -> list[dict[str, Any]]:
        """Read the devices that have asked to be let in and got no answer yet."""
        devices: list[dict[str, Any]] = []
        page = f"{_DEVICES}?status=pending&per_page=500"
        while page:
            answer = self._http.get(page).raise_for_status()
            devices += answer.json()
            page = answer.links.get("next", {}).get("url", "")
        return devices

    def create_deployment(self, name: str, artifact_name: str, devices: Sequence[str]) -> str:
        """Create a deployment to some devices and return its id."""
        body = {"name": name, "artifact_name": artifact_name, "devices": list(devices)}
        answer = self._http.post(f"{_DEPLOYMENTS}/deployments", json=body).raise_for_status()
        return answer.headers["location"].rpartition("/")[2]

    def deployment(self, deployment_id: str) -> dict[str, Any]:
        """Read a deployment with its statistics."""
        answer = self._http.get(f"{_DEPLOYMENTS}/deployments/{deployment_id}").raise_for_status()
        deployment: dict[str, Any] = answer.json()
        return deployment

    def devices_of(self, deployment_id: str) -> list[dict[str, Any]]:
        """Read how each device of a deployment stands."""
        answer = self._http.get(f"{_DEPLOYMENTS}/deployments/{deployment_id}/devices").raise_for_status()
        devices: list[dict[str, Any]] = answer.json()
        return devices
