"""The deployments endpoints as their callers use them: one user, and devices that describe themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sluiceway.artifacts.mender_writer import Payload
from tests.support.app import Answer, App
from tests.support.mender_files import mender_file
from tests.support.seeds import (
    DEVICE_TYPE,
    DEVICES_V1,
    DEVICES_V2,
    MANAGEMENT,
    Device,
    Workspace,
    enrol_device,
    expect,
    multipart,
)

DEPLOYMENTS = f"{MANAGEMENT}/deployments"
UNKNOWN = "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01"
WORDS = (
    "success",
    "pending",
    "failure",
    "downloading",
    "installing",
    "rebooting",
    "noartifact",
    "already-installed",
    "aborted",
    "pause_before_installing",
    "pause_before_committing",
    "pause_before_rebooting",
    "decommissioned",
)
"""The thirteen counters of contract 2.12, the nine of the seed first."""
ZEROS = dict.fromkeys(WORDS, 0)
ABORTED = {"status": "aborted"}


@dataclass(frozen=True, slots=True)
class Management:
    """The management API as one user calls it. What is not called `try_…` expects success."""

    app: App
    workspace: Workspace

    def call(self, method: str, target: str = "", body: object = b"") -> Answer:
        return self.app.call(method, f"{DEPLOYMENTS}{target}", body, token=self.workspace.token)

    def enrol(self, count: int, *, after: int = 0) -> list[Device]:
        """Devices that are accepted and have their tokens, numbered on from those enrolled before."""
        return [enrol_device(self.app, self.workspace, number) for number in range(after + 1, after + count + 1)]

    def upload(
        self, name: str, device_types: Sequence[str] = (DEVICE_TYPE,), payload: bytes = b"payload\n", **depends: str
    ) -> str:
        content = Payload(files={"payload.bin": payload}, depends=depends)
        body, headers = multipart(mender_file(name, device_types, payloads=[content]))
        target = f"{MANAGEMENT}/artifacts"
        answer = self.app.call("POST", target, body, token=self.workspace.token, headers=headers)
        return expect(201, answer).headers["location"].rpartition("/")[2]

    def artifact(self, artifact_id: str) -> dict[str, Any]:
        target = f"{MANAGEMENT}/artifacts/{artifact_id}"
        shown: dict[str, Any] = expect(200, self.app.call("GET", target, token=self.workspace.token)).json()
        return shown

    def deploy(self, *devices: Device | str, **members: object) -> str:
        """Create a deployment of `app-2` unless told otherwise, and return its id."""
        ids = [device if isinstance(device, str) else device.id for device in devices]
        target = {"devices": ids} if ids else {}
        body = {"name": "spring rollout", "artifact_name": "app-2", **target, **members}
        return expect(201, self.call("POST", "", body)).headers["location"].rpartition("/")[2]

    def deployment(self, deployment_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = expect(200, self.call("GET", f"/{deployment_id}")).json()
        return shown

    def statistics(self, deployment_id: str) -> dict[str, int]:
        shown: dict[str, int] = expect(200, self.call("GET", f"/{deployment_id}/statistics")).json()
        return shown

    def devices(self, deployment_id: str) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = expect(200, self.call("GET", f"/{deployment_id}/devices")).json()
        return shown

    def statuses(self, deployment_id: str) -> dict[str, str]:
        """The status of each device of a deployment, by device id."""
        return {device["id"]: device["status"] for device in self.devices(deployment_id)}

    def find(self, query: str = "") -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = expect(200, self.call("GET", f"?{query}")).json()
        return shown

    def abort(self, deployment_id: str) -> None:
        expect(204, self.try_abort(deployment_id))

    def try_abort(self, deployment_id: str, body: object = ABORTED) -> Answer:
        return self.call("PUT", f"/{deployment_id}/status", body)

    def log(self, deployment_id: str, device_id: str) -> Answer:
        return self.call("GET", f"/{deployment_id}/devices/{device_id}/log")


def provides(artifact_name: str = "app-1", device_type: str = DEVICE_TYPE, **others: str) -> dict[str, str]:
    """What a device says of itself."""
    return {"artifact_name": artifact_name, "device_type": device_type, **others}


def ask(app: App, device: Device, said: Mapping[str, str] | None = None) -> Answer:
    """Ask for work in the form of version 2."""
    body = {"device_provides": provides() if said is None else dict(said)}
    return app.call("POST", f"{DEVICES_V2}/next", body, token=device.token)


def given(answer: Answer) -> str:
    """The deployment that a poll was answered with."""
    return str(expect(200, answer).json()["id"])


def put_status(app: App, device: Device, deployment_id: str, body: object) -> Answer:
    """Report a status with a body of one's own."""
    return app.call("PUT", f"{DEVICES_V1}/{deployment_id}/status", body, token=device.token)


def put_log(app: App, device: Device, deployment_id: str, body: object) -> Answer:
    """Send a log with a body of one's own."""
    return app.call("PUT", f"{DEVICES_V1}/{deployment_id}/log", body, token=device.token)


def error_of(status: int, answer: Answer) -> str:
    """The text of a refusal, which repeats the request id of the answer (contract 1.4)."""
    content = expect(status, answer).json()
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert content["request_id"] == answer.headers["x-men-requestid"]
    return str(content["error"])
