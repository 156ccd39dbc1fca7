from __future__ import annotations

import pytest

from sluiceway.domain.event import EventType
from sluiceway.domain.happenings import Happening
from sluiceway.usecases.deployment_events import event_writes
from sluiceway.usecases.deployments import load
from tests.handlers.native.calls import Native, fields, refusal
from tests.support.app import NOW, App
from tests.support.executions import advance
from tests.support.seeds import Workspace, create_deployment, enrol_device, expect, upload_artifact

HAPPENED = (
    Happening(EventType.DEPLOYMENT_PHASE_OPENED, NOW, 0),
    Happening(EventType.DEPLOYMENT_PAUSED, NOW, reason="operator", by="key-1"),
    Happening(EventType.DEPLOYMENT_ROLLED_BACK, NOW, rolled_back_by="d-2"),
)


@pytest.fixture(name="deployment")
def _deployment(app: App, workspace: Workspace) -> str:
    """A deployment to which three things have happened."""
    upload_artifact(app, workspace, "app-2")
    made = create_deployment(app, workspace, "fix", "app-2", enrol_device(app, workspace, 1))
    head = load(app.service, workspace.id, made).deployment
    writes, _ = event_writes(app.service, head, HAPPENED, NOW)
    app.table.write(*writes)
    return made


def events_of(deployment: str) -> str:
    return f"/deployments/{deployment}/events"


def test_the_history_says_what_happened_when_why_and_who_asked_for_it(native: Native, deployment: str) -> None:
    opened, paused, undone = native.get(events_of(deployment))
    assert opened == {
        "event_id": opened["event_id"],
        "type": "deployment.phase_opened",
        "at": "2026-03-11T13:00:00.000Z",
        "phase": 1,
        "reason": None,
        "by": None,
        "rolled_back_by": None,
    }
    assert opened["event_id"].startswith("msg_")
    assert (paused["phase"], paused["reason"], paused["by"]) == (None, "operator", "key-1")
    assert undone["rolled_back_by"] == "d-2"


def test_a_history_has_pages(native: Native, deployment: str) -> None:
    answer = expect(200, native.call("GET", f"{events_of(deployment)}?per_page=2&page=2"))
    assert [each["type"] for each in answer.json()] == ["deployment.rolled_back"]
    assert answer.headers["x-total-count"] == "3"
    assert fields(native.call("GET", f"{events_of(deployment)}?page=0")) == ["page"]


def test_a_deployment_of_nobody_or_of_another_workspace_is_404(
    native: Native, stranger: Native, deployment: str
) -> None:
    refusal(404, "not_found", native.call("GET", events_of("6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01")))
    refusal(404, "not_found", stranger.call("GET", events_of(deployment)))


def test_the_history_is_for_who_may_read_rollouts(native: Native, deployment: str) -> None:
    assert len(native.with_scopes("rollouts:read").get(events_of(deployment))) == 3
    refusal(403, "forbidden", native.with_scopes("webhooks:read").call("GET", events_of(deployment)))


def test_what_no_execution_controls_has_no_history_as_the_document_says(
    app: App, native: Native, workspace: Workspace
) -> None:
    upload_artifact(app, workspace, "app-2")
    device = enrol_device(app, workspace, 1)
    uncontrolled = create_deployment(app, workspace, "fix", "app-2", device)
    planned = native.add("/deployments", {"name": "plan", "release": "app-2", "target": {"devices": [device.id]}})["id"]
    for made in (uncontrolled, planned):
        for command in ("pause", "resume", "abort"):
            expect(200, native.call("POST", f"/deployments/{made}/{command}"))
    advance(app.service, workspace.id, planned, NOW)
    assert native.get(events_of(uncontrolled)) == []
    assert {f"deployment.{told}" for told in ("paused", "resumed", "aborted")} <= {
        each["type"] for each in native.get(events_of(planned))
    }

    paths = app.call("GET", "/docs/native/openapi.json").json()["paths"]
    told = {path.rpartition("/")[2]: str(path_item) for path, path_item in paths.items()}
    assert "no event is told" in told["events"]
    assert all("only while an execution controls" in told[command] for command in ("pause", "resume", "abort"))
