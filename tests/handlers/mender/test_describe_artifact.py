"""Changing an artifact's description (mender contract 2.4)."""

from __future__ import annotations

import pytest

from tests.handlers.mender.calls import UNKNOWN, Management
from tests.support.app import Answer, App
from tests.support.seeds import MANAGEMENT, Device, expect, poll, seed_workspace
from tests.support.unchanged import nothing_changes

LONGEST = "\u00e9" * 4096


@pytest.fixture
def artifact_id(management: Management) -> str:
    return management.upload("app-3")


def describe(management: Management, artifact_id: str, body: object) -> Answer:
    token = management.workspace.token
    return management.app.call("PUT", f"{MANAGEMENT}/artifacts/{artifact_id}", body, token=token)


def shown(management: Management, artifact_id: str) -> dict[str, object]:
    answer = management.app.call("GET", f"{MANAGEMENT}/artifacts/{artifact_id}", token=management.workspace.token)
    body: dict[str, object] = expect(200, answer).json()
    return body


@pytest.mark.parametrize(
    ("body", "described"),
    [
        ({"description": "the second build"}, "the second build"),
        ({"description": LONGEST}, LONGEST),
        ({"description": ""}, ""),
        ({}, ""),
        ({"description": "x", "name": "ignored"}, "x"),
    ],
)
def test_06_the_description_and_the_time_of_the_edit_change_and_nothing_else(
    management: Management, artifact_id: str, body: object, described: str
) -> None:
    before = shown(management, artifact_id)
    management.app.pass_time(seconds=5)
    assert expect(204, describe(management, artifact_id, body)).body == b""
    edited = {"description": described, "modified": "2026-03-11T13:00:05.000Z"}
    assert shown(management, artifact_id) == {**before, **edited}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "failed to decode request body"),
        ("[]", "Validating request body: "),
        ({"description": LONGEST + "x"}, "Validating request body: description: "),
        ({"description": 1}, "Validating request body: description: "),
        ({"description": None}, "Validating request body: description: "),
    ],
)
def test_a_bad_body_is_400_and_changes_nothing(
    management: Management, artifact_id: str, body: object, text: str
) -> None:
    with nothing_changes(management.app):
        answer = describe(management, artifact_id, body)
    assert expect(400, answer).json()["error"].startswith(text)


@pytest.mark.parametrize(("identifier", "status"), [("foo", 400), (UNKNOWN, 404)])
def test_no_such_artifact(management: Management, identifier: str, status: int) -> None:
    expect(status, describe(management, identifier, {"description": "x"}))


def test_another_workspaces_artifact_is_404(app: App, artifact_id: str) -> None:
    stranger = Management(app, seed_workspace(app, "b"))
    with nothing_changes(app):
        expect(404, describe(stranger, artifact_id, {"description": "x"}))


def test_06_decision_2_a_deployment_alone_does_not_use_an_artifact_but_an_assignment_does_for_ever(
    management: Management, device: Device, artifact_id: str
) -> None:
    deployment = management.deploy(device, artifact_name="app-3")
    expect(204, describe(management, artifact_id, {"description": "not yet assigned"}))
    expect(200, poll(management.app, device))
    management.abort(deployment)
    with nothing_changes(management.app):
        answer = describe(management, artifact_id, {"description": "too late"})
    assert expect(422, answer).json()["error"] == "Image has already been used in deployment"


def test_a_deleted_artifact_that_was_used_is_404(management: Management, device: Device, artifact_id: str) -> None:
    deployment = management.deploy(device, artifact_name="app-3")
    expect(200, poll(management.app, device))
    management.abort(deployment)
    token = management.workspace.token
    expect(204, management.app.call("DELETE", f"{MANAGEMENT}/artifacts/{artifact_id}", token=token))
    expect(404, describe(management, artifact_id, {"description": "x"}))
