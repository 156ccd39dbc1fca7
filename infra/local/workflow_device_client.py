"""The device side of the Losant dialect (contract 5.1, 6.2): an access key for a token, ETags, downloads by links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx

Json = dict[str, Any]


class DamagedBundleError(Exception):
    """What was downloaded is not what the service said."""


class WithdrawnError(Exception):
    """Nothing of a flow is wanted any more."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is to run of a flow, verified; the etag is its SHA-256."""

    version: str
    etag: str
    content: bytes


class WorkflowDeviceClient:
    """Talks as one device, which shows an access key and its secret to log in.

    Raises httpx.HTTPStatusError for every answer but 2xx and the 304 of a state that was seen.
    """

    def __init__(self, http: httpx.Client, device_id: str, *, key: str, secret: str) -> None:
        self._http = http
        self._proof = {"deviceId": device_id, "key": key, "secret": secret}
        self._root = ""
        self._token = ""
        self._seen: Mapping[str, str] = {}

    def log_in(self) -> None:
        """Get a token, and learn which application the device is of."""
        given = self._http.post("/auth/device", json=self._proof).raise_for_status().json()
        self._root = f"/applications/{given['applicationId']}/devices/{given['deviceId']}/edge"
        self._token = given["token"]

    def desired(self) -> list[Json] | None:
        """Ask what is to run; None when that is what it was at the last time."""
        answer = self._call("GET", "/desired", headers=self._seen)
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return None
        self._seen = {"If-None-Match": answer.raise_for_status().headers["etag"]}
        wanted: list[Json] = answer.json()["deployments"]
        return wanted

    def bundle(self, flow_id: str) -> Bundle:
        """Download what is to run of a flow. Raises DamagedBundleError and WithdrawnError."""
        answer = self._call("GET", f"/bundles/{flow_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise WithdrawnError(flow_id)
        offer = answer.raise_for_status().json()
        content = self._http.get(offer["url"]).raise_for_status().content
        digest = sha256(content).hexdigest()
        if digest != offer["sha256"]:
            raise DamagedBundleError(f"the bundle has the SHA-256 {digest}, not {offer['sha256']}")
        return Bundle(offer["version"], offer["etag"], content)

    def report(self, entries: Sequence[Json], *, agent_version: str, is_everything: bool = False) -> list[str]:
        """Say what runs and what failed, and return the flows that the service does not know."""
        body = {"agentVersion": agent_version, "full": is_everything, "deployments": entries}
        ignored: list[str] = self._call("POST", "/report", body).raise_for_status().json()["ignored"]
        return ignored

    def _call(
        self, method: str, target: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send one request; a token that is not good any more is exchanged, once."""
        if not self._token:
            self.log_in()
        answer = self._send(method, target, body, headers)
        if answer.status_code != httpx.codes.UNAUTHORIZED:
            return answer
        self.log_in()
        return self._send(method, target, body, headers)

    def _send(self, method: str, target: str, body: Json | None, headers: Mapping[str, str] | None) -> httpx.Response:
        shown = {**(headers or {}), "Authorization": f"Bearer {self._token}"}
        return self._http.request(method, f"{self._root}{target}", json=body, headers=shown)
