"""The Miru dialect as a program speaks it, in one of its versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from miru._versions import Version
from tests.support.app import Answer, App
from tests.support.seeds import Program, Workspace, expect, seed_program

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Miru:
    """A program; what is not called `call` expects success."""

    app: App
    workspace: Workspace
    program: Program
    version: Version = Version.TETONS

    def call(self, method: str, target: str, body: object = b"", **headers: str) -> Answer:
        shown = {"x-api-key": self.program.key, "miru-version": self.version.value, **headers}
        return self.app.call(method, f"/beta{target}", body, headers=shown)

    def get(self, target: str) -> Json:
        found: Json = expect(200, self.call("GET", target)).json()
        return found

    def post(self, target: str, body: object = b"") -> Json:
        made: Json = expect(200, self.call("POST", target, body)).json()
        return made

    def patch(self, target: str, body: object) -> Json:
        changed: Json = expect(200, self.call("PATCH", target, body)).json()
        return changed

    def in_version(self, version: Version) -> Miru:
        """The same program, in another version."""
        return replace(self, version=version)

    def with_scopes(self, *scopes: str) -> Miru:
        """Another program of the same workspace."""
        return replace(self, program=seed_program(self.app, self.workspace, *scopes))


def refusal(status: int, code: str, answer: Answer) -> Mapping[str, Any]:
    """The parameters of a refusal with this code, whose body is whole."""
    content = expect(status, answer).json()
    assert set(content) == {"error"}
    error = content["error"]
    assert set(error) == {"code", "params", "message", "debug_message"}
    assert error["code"] == code, content
    assert answer.headers.get("x-should-retry") == ("false" if status == 409 else None)
    params: Mapping[str, Any] = error["params"]
    return params
