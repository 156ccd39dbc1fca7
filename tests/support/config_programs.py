"""A program of a workspace that deploys configurations, over HTTP to a running service, in any version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.support.service import RunningService, in_another_workspace

Json = dict[str, Any]
TETONS, ZION, APPROVALS = "2026-03-09.tetons", "2025-10-21.zion", "v1"
SPEED = {"max_speed_mps": 1.5}


@dataclass(frozen=True)
class Workspace:
    """A workspace's program, which speaks every version and uses the native API too."""

    miru: httpx.Client
    native: httpx.Client

    def call(self, version: str, method: str, path: str, body: object = None) -> Json:
        answer = self.miru.request(method, f"/v1{path}", json=body, headers={"miru-version": version})
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found

    def listen(self, url: str) -> Json:
        """Add an endpoint."""
        made: Json = self.native.post("/api/v1/webhooks", json={"url": url}).raise_for_status().json()
        return made


@contextmanager
def programs(url: str, native_url: str, api_key: str) -> Iterator[Workspace]:
    with (
        httpx.Client(base_url=url, headers={"x-api-key": api_key}, timeout=60, trust_env=False) as miru,
        httpx.Client(
            base_url=native_url, headers={"authorization": f"Bearer {api_key}"}, timeout=60, trust_env=False
        ) as native,
    ):
        yield Workspace(miru, native)


@contextmanager
def in_workspace_of_its_own(service: RunningService) -> Iterator[Workspace]:
    """A program of a new workspace: whatever happens in one is told to all of its endpoints."""
    own = in_another_workspace(service).credentials
    with programs(own["miru"]["url"], own["native"]["url"], own["native"]["api_key"]) as workspace:
        yield workspace


@dataclass(frozen=True)
class Catalogue:
    """A device, and a release whose deployments are validated."""

    workspace: Workspace
    device: str
    schema: str
    instance: str
    release: str

    def create(self, version: str, target: str) -> Json:
        body: Json = {
            "target_status": target,
            "description": "slower",
            "device_id": self.device,
            "release_id": self.release,
        }
        if version == TETONS:
            body["config_instance_ids"] = [self.instance]
        else:
            inline = {"config_schema_id": self.schema, "relative_filepath": "drive.json", "content": SPEED}
            body["new_config_instances"] = [inline]
        return self.workspace.call(version, "POST", "/deployments", body)

    def validate(self, *, custom: bool) -> None:
        self.workspace.call(TETONS, "PATCH", f"/releases/{self.release}", {"custom_validation": custom})

    def make_current(self) -> None:
        """Give the device a deployment of the release that nobody validates."""
        staged = self.create(TETONS, "staged")["id"]
        self.workspace.call(TETONS, "POST", f"/deployments/{staged}/deploy")


def catalogue(workspace: Workspace) -> Catalogue:
    name = uuid4().hex[:8]

    def make(path: str, **body: object) -> str:
        return str(workspace.call(TETONS, "POST", path, body)["id"])

    make("/config_types", name=name, slug=name)
    schema = make(
        "/config_schemas",
        config_type_ref={"slug": name},
        language="jsonschema",
        format="json",
        documents=[{"name": "drive.json", "data": '{"type": "object"}'}],
        instance_filepath=f"/srv/{name}.json",
    )
    return Catalogue(
        workspace,
        device=make("/devices", name=f"cart-{name}"),
        schema=schema,
        instance=make(
            "/config_instances", config_schema_id=schema, content={"format": "json", "data": json.dumps(SPEED)}
        ),
        release=make("/releases", version=f"v1.0.0-{name}", config_schema_ids=[schema]),
    )
