"""The native API as a program calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.app import Answer, App
from tests.support.seeds import Program, expect

API_KEYS, DEPLOYMENTS, WEBHOOKS, SETTINGS = "/api-keys", "/deployments", "/webhooks", "/settings"
RELEASES = "/releases"


@dataclass(frozen=True, slots=True)
class Native:
    """A program; what is not called `call` expects success."""

    app: App
    program: Program

    def call(self, method: str, target: str, body: object = b"") -> Answer:
        return self.app.call(method, f"/api/v1{target}", body, token=self.program.key)

    def get(self, target: str) -> Any:  # noqa: ANN401 - tests look into it
        return expect(200, self.call("GET", target)).json()

    def add(self, target: str, body: object) -> dict[str, Any]:
        """What was made."""
        made: dict[str, Any] = expect(201, self.call("POST", target, body)).json()
        return made

    def with_scopes(self, *scopes: str) -> Native:
        """Another program of the same workspace."""
        made = self.add(API_KEYS, {"name": "lesser", "scopes": list(scopes)})
        return Native(self.app, Program(made["key"], made["id"]))


def refusal(status: int, code: str, answer: Answer) -> dict[str, Any]:
    """The parameters of a refusal with this code, whose body is whole."""
    content = expect(status, answer).json()
    assert set(content) == {"error", "request_id"}
    assert set(content["error"]) == {"code", "message", "params"}
    assert content["error"]["code"] == code, content
    assert content["request_id"] == answer.headers["x-request-id"]
    params: dict[str, Any] = content["error"]["params"]
    return params


def fields(answer: Answer) -> list[str]:
    """The members that a 400 names."""
    return [fault["field"] for fault in refusal(400, "invalid_request", answer)["fields"]]
