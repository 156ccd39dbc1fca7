"""The Losant surface as programs and devices call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sluiceway.domain.object_ids import application_id
from tests.support.app import Answer, App
from tests.support.seeds import Workspace, expect
from tests.support.workflow_seeds import seed_token

UNKNOWN = "64b1f0c2a9d3e85f7c10de99"
DEPLOYMENTS, RELEASE = "/edge/deployments", "/edge/deployments/release"
REMOVE, REPLACE = "/edge/deployments/remove", "/edge/deployments/replace"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Losant:
    """A program of one application; what is not called `call` expects success."""

    app: App
    workspace: str
    token: str
    token_id: str

    @staticmethod
    def of(app: App, workspace: Workspace, *scopes: str) -> Losant:
        """A program of a workspace, with all rights unless told which."""
        made = seed_token(app.service, workspace.id, *scopes)
        return Losant(app, workspace.id, made.text, made.token.id)

    @property
    def application(self) -> str:
        return application_id(self.workspace)

    def call(self, method: str, target: str, body: object = b"", **headers: str) -> Answer:
        """Send one request about the application."""
        path = f"/applications/{self.application}{target}"
        return self.app.call(method, path, body, token=self.token, headers=headers)

    def get(self, target: str) -> Json:
        found: Json = expect(200, self.call("GET", target)).json()
        return found

    def post(self, target: str, body: object) -> Json:
        made: Json = expect(201, self.call("POST", target, body)).json()
        return made

    def patch(self, target: str, body: object) -> Json:
        changed: Json = expect(200, self.call("PATCH", target, body)).json()
        return changed

    def delete(self, target: str) -> None:
        assert expect(200, self.call("DELETE", target, {})).json() == {"success": True}

    def flow(self, name: str = "pump", flow_class: str = "edge", **members: object) -> str:
        return str(self.post("/flows", {"name": name, "flowClass": flow_class, **members})["id"])

    def publish(self, flow: str, *versions: str, **members: object) -> None:
        for version in versions:
            self.post(f"/flows/{flow}/versions", {"version": version, "nodes": [{"type": version}], **members})

    def device(self, name: str = "gateway", device_class: str = "edgeCompute", **members: object) -> str:
        return str(self.post("/devices", {"name": name, "deviceClass": device_class, **members})["id"])

    def release(self, flow: str, version: str | None, *devices: str) -> None:
        body = {"flowId": flow, "version": version, "deviceIds": list(devices)}
        assert self.post(RELEASE, body) == {"success": True}

    def records(self, query: str = "") -> list[Json]:
        """What a list shows."""
        items: list[Json] = self.get(f"{DEPLOYMENTS}?{query}")["items"]
        return items

    def record(self, device: str, flow: str) -> Json:
        """The one record of a pair."""
        (found,) = self.records(f"deviceId={device}&flowId={flow}")
        return found

    def log_in(self, device: str) -> Edge:
        """A device with a token of its own."""
        key = self.post("/keys", {})
        body = {"deviceId": device, "key": key["key"], "secret": key["secret"]}
        token = expect(200, self.app.call("POST", "/auth/device", body)).json()["token"]
        return Edge(self, device, token)


@dataclass(frozen=True, slots=True)
class Edge:
    """A device that shows its token."""

    program: Losant
    id: str
    token: str

    def call(self, method: str, target: str, body: object = b"", **headers: str) -> Answer:
        path = f"/applications/{self.program.application}/devices/{self.id}/edge{target}"
        return self.program.app.call(method, path, body, token=self.token, headers=headers)

    def desired(self) -> list[Json]:
        wanted: list[Json] = expect(200, self.call("GET", "/desired")).json()["deployments"]
        return wanted

    def report(self, *entries: Json, **members: object) -> list[str]:
        """Report, and return what was ignored."""
        answer = expect(200, self.call("POST", "/report", {"deployments": list(entries), **members})).json()
        assert answer["success"] is True
        ignored: list[str] = answer["ignored"]
        return ignored


def refusal(status: int, kind: str, answer: Answer) -> str:
    """The message of a refusal, whose body is whole and which pages of any origin may read."""
    content = expect(status, answer).json()
    assert set(content) <= {"type", "message", "validationErrors"}
    assert content["type"] == kind, content
    assert content["message"]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    return str(content["message"])


def invalid(answer: Answer) -> str:
    """The message of a 400."""
    return refusal(400, "Validation", answer)
