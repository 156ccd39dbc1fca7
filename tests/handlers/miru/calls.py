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

    def delete(self, target: str) -> Json:
        gone: Json = expect(200, self.call("DELETE", target)).json()
        return gone

    def ids(self, target: str) -> list[str]:
        """The ids on a page of a list, in its order."""
        return [each["id"] for each in self.get(target)["data"]]

    def in_version(self, version: Version) -> Miru:
        """The same program, in another version."""
        return replace(self, version=version)

    def with_scopes(self, *scopes: str) -> Miru:
        """Another program of the same workspace."""
        return replace(self, program=seed_program(self.app, self.workspace, *scopes))


SPEED = '{"type": "object", "properties": {"speed": {"type": "number", "maximum": 2}}}'
CONTENT = '{"speed": 1.0}\n'


@dataclass(frozen=True, slots=True)
class Bench:
    """A device, a schema with an instance, and three releases of the schema; all made in the newest version."""

    miru: Miru
    device: str
    schema: str
    instance: str
    releases: tuple[str, ...]

    def draft(self, release: int = 0, target: str = "staged", **members: object) -> Json:
        """The body of a new deployment, in the newest version."""
        return {
            "target_status": target,
            "description": "slow down in aisle 4",
            "device_id": self.device,
            "release_id": self.releases[release],
            "config_instance_ids": [self.instance],
            **members,
        }

    def older_draft(self, release: int = 0, target: str = "approved", **members: object) -> Json:
        """The same in the older ones."""
        inline = {"config_schema_id": self.schema, "relative_filepath": "/v1/drive.json", "content": {"speed": 0.6}}
        draft = self.draft(release, target)
        del draft["config_instance_ids"]
        return {**draft, "new_config_instances": [inline], **members}

    def create(self, release: int = 0, target: str = "staged", **members: object) -> str:
        """Create a deployment in the newest version, and return its id."""
        return str(self.miru.post("/deployments", self.draft(release, target, **members))["id"])

    def create_pending(self, release: int = 0) -> str:
        """Create a deployment that waits for approval, and return its id."""
        pending = self.older_draft(release, "pending")
        return str(self.miru.in_version(Version.APPROVALS).post("/deployments", pending)["id"])

    def deployed(self, release: int = 0) -> str:
        """Create a deployment, deploy it, and return its id."""
        made = self.create(release)
        self.act(made, "deploy")
        return made

    def validate(self, release: int = 0) -> None:
        """Have the deployments of a release validated."""
        self.miru.patch(f"/releases/{self.releases[release]}", {"custom_validation": True})

    def act(self, deployment: str, call: str) -> Json:
        return self.miru.post(f"/deployments/{deployment}/{call}")

    def stands(self, deployment: str, version: Version = Version.TETONS) -> str:
        """What a version says of a deployment: its target, a slash and its activity."""
        shown = self.miru.in_version(version).get(f"/deployments/{deployment}")
        return f"{shown['target_status']}/{shown['activity_status']}"


def make_schema(miru: Miru, slug: str = "drive", document: str = SPEED) -> str:
    """A schema of a new type."""
    miru.post("/config_types", {"name": slug.capitalize(), "slug": slug})
    documents = [{"name": f"{slug}.json", "data": document}]
    new = {
        "config_type_ref": {"slug": slug},
        "language": "jsonschema",
        "format": "json",
        "documents": documents,
        "instance_filepath": f"/srv/miru/configs/{slug}.json",
    }
    return str(miru.post("/config_schemas", new)["id"])


def make_instance(miru: Miru, schema: str, content: str = CONTENT) -> str:
    new = {"config_schema_id": schema, "content": {"format": "json", "data": content}}
    return str(miru.post("/config_instances", new)["id"])


def make_release(miru: Miru, version: str, *schemas: str) -> str:
    return str(miru.post("/releases", {"version": version, "config_schema_ids": [*schemas]})["id"])


def make_bench(miru: Miru) -> Bench:
    schema = make_schema(miru)
    return Bench(
        miru,
        device=str(miru.post("/devices", {"name": "cart-7"})["id"]),
        schema=schema,
        instance=make_instance(miru, schema),
        releases=tuple(make_release(miru, f"v{number}", schema) for number in range(3)),
    )


def refusal(status: int, code: str, answer: Answer) -> Mapping[str, Any]:
    """The parameters of a refusal with this code, whose body is whole."""
    content = expect(status, answer).json()
    assert set(content) == {"error"}
    error = content["error"]
    assert set(error) == {"code", "params", "message", "debug_message"}
    assert error["code"] == code, content
    if code == "invalid_request":
        assert error["params"]["fields"]
        assert all(told["field"] and told["problem"] for told in error["params"]["fields"])
    assert answer.headers.get("x-should-retry") == ("false" if status == 409 else None)
    params: Mapping[str, Any] = error["params"]
    return params
