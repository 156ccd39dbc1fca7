"""A deployment that the workspace's own validation has to pass: from its creation to the verdict (miru contract 7)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.cloud import Cloud
from tests.support.config_programs import (
    APPROVALS,
    SPEED,
    TETONS,
    ZION,
    Workspace,
    catalogue,
    in_workspace_of_its_own,
    programs,
)
from tests.support.receiver import Received, receiving
from tests.support.service import RunningService
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module", name="workspace")
def _workspace(service: RunningService) -> Iterator[Workspace]:
    with in_workspace_of_its_own(service) as workspace:
        yield workspace


@dataclass
class Validator:
    """An endpoint that looks at each deployment and answers with a verdict, in words of an older version."""

    workspace: Workspace
    version: str
    is_valid: bool
    effects: dict[str, str] = field(default_factory=dict)
    contents: dict[str, Any] = field(default_factory=dict)

    def __call__(self, request: Received) -> tuple[int, Mapping[str, str]]:
        told = json.loads(request.body)
        assert (told["object"], told["type"]) == ("event", "deployment.validate")
        path = f"/deployments/{told['data']['deployment']['id']}"
        found = self.workspace.call(self.version, "GET", f"{path}?expand=config_instances.content")
        (instance,) = found["config_instances"]
        self.contents[found["id"]] = instance["content"]
        finding = {"id": instance["id"], "message": "looked at", "parameters": []}
        verdict = {"is_valid": self.is_valid, "message": "a verdict", "config_instances": [finding]}
        answer = self.workspace.call(self.version, "POST", f"{path}/validate", verdict)
        self.effects[found["id"]] = answer["effect"]
        return 202, {}


@contextmanager
def validating(workspace: Workspace, version: str, *, is_valid: bool) -> Iterator[Validator]:
    """A validator that is told everything that happens in the workspace meanwhile."""
    validator = Validator(workspace, version, is_valid)
    with receiving(validator) as receiver:
        endpoint = workspace.listen(receiver.url)
        try:
            yield validator
        finally:
            workspace.native.delete(f"/api/v1/webhooks/{endpoint['id']}").raise_for_status()


@dataclass(frozen=True)
class Case:
    """A deployment in the words of the version that creates it, the verdict on it, and its status in each version."""

    version: str
    target: str
    before: str
    judge: str
    """The version of the endpoint."""
    is_valid: bool
    effect: str
    after: Mapping[str, str]


CASES = [
    Case(TETONS, "staged", "staged", APPROVALS, True, "stage", {TETONS: "staged", APPROVALS: "approved"}),
    Case(APPROVALS, "pending", "validating", APPROVALS, True, "stage", {TETONS: "staged", APPROVALS: "pending"}),
    Case(APPROVALS, "approved", "validating", ZION, True, "stage", {ZION: "staged", APPROVALS: "approved"}),
    Case(ZION, "staged", "validating", ZION, False, "reject", {TETONS: "failed", APPROVALS: "failed"}),
    Case(ZION, "deployed", "validating", APPROVALS, True, "deploy", {TETONS: "queued", ZION: "queued"}),
    Case(TETONS, "deployed", "queued", ZION, False, "reject", {TETONS: "failed", ZION: "failed"}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.target} by {case.version}, {case.effect}")
def test_an_endpoint_is_told_looks_and_decides(workspace: Workspace, case: Case) -> None:
    configs = catalogue(workspace)
    if case.target == "deployed":
        configs.make_current()
    configs.validate(custom=True)
    with validating(workspace, case.judge, is_valid=case.is_valid) as validator:
        created = configs.create(case.version, case.target)
        wait_for("the verdict", lambda: validator.effects.get(created["id"]))
    assert created["status"] == case.before
    assert validator.effects == {created["id"]: case.effect}
    assert validator.contents == {created["id"]: SPEED}
    shown = {each: workspace.call(each, "GET", f"/deployments/{created['id']}") for each in case.after}
    assert {each: deployment["status"] for each, deployment in shown.items()} == case.after
    is_archived = {deployment["target_status"] == "archived" for deployment in shown.values()}
    assert is_archived == {case.effect == "reject"}


@pytest.fixture(scope="module", name="deployed")
def _deployed(cloud: Cloud) -> Iterator[Workspace]:
    """The same on the engine's API Gateway, with the functions' rights enforced."""
    made = cloud.invoke("workflow.create_workspace", {"name": "validating", "username": f"{uuid4().hex}@example.com"})
    key = cloud.invoke("workflow.create_api_key", {"workspace": made["workspace"], "name": "all"})["api_key"]
    with programs(cloud.url_of("miru"), cloud.url_of("native"), key) as workspace:
        yield workspace


def test_an_endpoint_that_fails_is_told_again_by_the_deployed_functions(deployed: Workspace) -> None:
    configs = catalogue(deployed)
    configs.validate(custom=True)
    statuses = iter([500, 302, 204])
    with receiving(lambda _: (next(statuses, 204), {"location": "/elsewhere"})) as receiver:
        deployed.listen(receiver.url)
        created = configs.create(APPROVALS, "pending")
        wait_for("the third attempt", lambda: len(receiver.received) == 3)
    assert {request.path for request in receiver.received} == {"/hook?from=sluiceway"}
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert {json.loads(request.body)["data"]["deployment"]["id"] for request in receiver.received} == {created["id"]}
