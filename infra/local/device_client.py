"""The device side of the Mender protocol (contract 9) as one client: real keys, real signatures, real downloads."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sluiceway.artifacts.mender_file import read_artifact
from sluiceway.domain.artifact_file import ArtifactFile

_AUTH = "/api/devices/v1/authentication/auth_requests"
_INVENTORY = "/api/devices/v1/inventory/device/attributes"
_NEXT = "/api/devices/v2/deployments/device/deployments/next"
_DEPLOYMENT = "/api/devices/v1/deployments/device/deployments"


class RolledBackError(Exception):
    """The service answered that the device must stop and roll back."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the service offers a device."""

    deployment_id: str
    artifact_name: str
    device_types: Sequence[str]
    uri: str


class DeviceClient:
    """Talks as one device: it identifies itself with `identity` and signs with a key of its own.

    `tenant_token` is the id of its workspace; without one it belongs to the first.
    """

    def __init__(self, http: httpx.Client, identity: Mapping[str, str], tenant_token: str = "") -> None:
        self._http = http
        self._identity = json.dumps(identity)
        self._tenant_token = tenant_token
        self._key = Ed25519PrivateKey.generate()
        self._token = ""

    def authenticate(self) -> bool:
        """Ask for a token; False while nobody has accepted the device."""
        public_key = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        request = {"id_data": self._identity, "pubkey": public_key.decode(), "tenant_token": self._tenant_token}
        body = json.dumps(request).encode()
        signature = base64.b64encode(self._key.sign(body)).decode()
        headers = {"X-MEN-Signature": signature, "Content-Type": "application/json"}
        answer = self._http.post(_AUTH, content=body, headers=headers)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            return False
        self._token = answer.raise_for_status().text
        return True

    def send_inventory(self, attributes: Mapping[str, str]) -> None:
        """Replace what the service knows about the device."""
        body = [{"name": name, "value": value} for name, value in attributes.items()]
        self._call("PUT", _INVENTORY, body).raise_for_status()

    def next_work(self, provides: Mapping[str, str]) -> Work | None:
        """Ask for work; None when there is none."""
        answer = self._call("POST", _NEXT, {"device_provides": dict(provides)})
        if answer.status_code == httpx.codes.NO_CONTENT:
            return None
        offer = answer.raise_for_status().json()
        artifact = offer["artifact"]
        return Work(
            offer["id"], artifact["artifact_name"], artifact["device_types_compatible"], artifact["source"]["uri"]
        )

    def report(self, work: Work, status: str) -> None:
        """Say where the device stands. Raises RolledBackError when it must not go on."""
        answer = self._call("PUT", f"{_DEPLOYMENT}/{work.deployment_id}/status", {"status": status})
        if answer.status_code == httpx.codes.CONFLICT:
            raise RolledBackError(answer.json()["error"])
        answer.raise_for_status()

    def send_log(self, work: Work, messages: Sequence[Mapping[str, str]]) -> None:
        """Hand in the log of an update."""
        answer = self._call("PUT", f"{_DEPLOYMENT}/{work.deployment_id}/log", {"messages": list(messages)})
        answer.raise_for_status()

    def download(self, work: Work) -> ArtifactFile:
        """Fetch the artifact and verify every checksum in it. Raises InvalidArtifact."""
        answer = self._http.get(work.uri, follow_redirects=True).raise_for_status()
        return read_artifact(io.BytesIO(answer.content))

    def _call(self, method: str, path: str, body: Any) -> httpx.Response:  # noqa: ANN401 - any JSON
        return self._http.request(method, path, json=body, headers={"Authorization": f"Bearer {self._token}"})
