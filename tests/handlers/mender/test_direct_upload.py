"""Uploads that do not pass through the API (mender contract 4.1, 13.2)."""

from __future__ import annotations

from typing import Any

import pytest

from sluiceway.domain.direct_upload import MOST_BYTES, MOST_BYTES_AT_ONCE, PART_BYTES
from tests.handlers.mender.calls import UNKNOWN, Management, ask, error_of
from tests.support.app import Answer, App
from tests.support.mender_files import mender_file
from tests.support.seeds import (
    DIRECT_UPLOADS,
    MANAGEMENT,
    Device,
    Workspace,
    expect,
    seed_workspace,
    upload_directly,
)
from tests.support.unchanged import nothing_changes
from workflow.verify_upload import handler as verification

JSON = {"content-type": "application/json; charset=UTF-8"}


def call(app: App, workspace: Workspace, method: str, target: str = "", body: object = b"") -> Answer:
    return app.call(method, f"{DIRECT_UPLOADS}{target}", body, token=workspace.token)


def complete(app: App, workspace: Workspace, upload_id: str, body: object = b"") -> Answer:
    return call(app, workspace, "POST", f"/{upload_id}/complete", body)


def verify(app: App) -> None:
    """Do what the state machine does with the upload that was completed last."""
    upload = app.verifications.started[-1]
    verification({"workspace": upload.workspace, "upload_id": upload.id}, None)


def status(app: App, workspace: Workspace, upload_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = expect(200, call(app, workspace, "GET", f"/{upload_id}")).json()
    return shown


def get_artifact(app: App, workspace: Workspace, artifact_id: str) -> Answer:
    return app.call("GET", f"{MANAGEMENT}/artifacts/{artifact_id}", token=workspace.token)


def test_the_link_is_for_a_put_within_the_hour(app: App, workspace: Workspace) -> None:
    """mender-cli states a content type and sends no body."""
    answer = app.call("POST", DIRECT_UPLOADS, token=workspace.token, headers=JSON)
    invitation = expect(200, answer).json()
    assert set(invitation) == {"id", "uri", "expire", "method"}
    assert (invitation["expire"], invitation["method"]) == ("2026-03-11T14:00:00.000Z", "PUT")
    assert f"/incoming/{workspace.id}/{invitation['id']}?" in invitation["uri"]
    assert status(app, workspace, invitation["id"]) == {"id": invitation["id"], "status": "pending"}


def test_a_completed_upload_appears_under_its_id_once_it_is_verified(app: App, workspace: Workspace) -> None:
    content = mender_file("app-2")
    upload_id = upload_directly(app, workspace, content)
    answer = expect(202, complete(app, workspace, upload_id))
    assert (answer.body, answer.headers.get("content-type")) == (b"", None)
    assert status(app, workspace, upload_id)["status"] == "processing"
    expect(404, get_artifact(app, workspace, upload_id))
    verify(app)
    assert status(app, workspace, upload_id) == {"id": upload_id, "status": "completed"}
    shown = expect(200, get_artifact(app, workspace, upload_id)).json()
    assert (shown["name"], shown["size"], shown["description"]) == ("app-2", len(content), "")


def test_a_file_that_is_no_artifact_never_appears_and_the_reason_is_kept(app: App, workspace: Workspace) -> None:
    before = app.objects.stored
    upload_id = upload_directly(app, workspace, b"no artifact at all" * 100)
    expect(202, complete(app, workspace, upload_id))
    verify(app)
    shown = status(app, workspace, upload_id)
    assert shown["status"] == "aborted"
    assert shown["error"].startswith("the artifact is ")
    expect(404, get_artifact(app, workspace, upload_id))
    assert app.objects.stored == before


def test_a_duplicate_never_appears_and_the_reason_is_kept(app: App, workspace: Workspace) -> None:
    for expected in ("completed", "aborted"):
        upload_id = upload_directly(app, workspace, mender_file("app-2"))
        expect(202, complete(app, workspace, upload_id))
        verify(app)
        assert status(app, workspace, upload_id)["status"] == expected
    assert status(app, workspace, upload_id)["error"] == "an artifact with the same name and depends already exists"


def test_an_unfinished_deployment_takes_what_was_uploaded_after_it_was_made(
    app: App, management: Management, device: Device
) -> None:
    """`device` is of a type that `app-2` does not serve when the deployment is made."""
    other = {"artifact_name": "app-1", "device_type": "board-new"}
    management.deploy(device)
    upload_id = upload_directly(app, management.workspace, mender_file("app-2", ["board-new"]))
    expect(202, complete(app, management.workspace, upload_id))
    verify(app)
    offered = expect(200, ask(app, device, other)).json()
    assert offered["artifact"]["artifact_name"] == "app-2"


@pytest.mark.parametrize(
    "hint",
    [
        {"size": 1, "updates": [{"type_info": {"type": "x"}, "files": []}]},
        {"updates": "x" * 1800},
        [],
    ],
)
def test_a_hint_about_the_file_is_not_believed(app: App, workspace: Workspace, hint: object) -> None:
    upload_id = upload_directly(app, workspace, mender_file("app-2"))
    expect(202, complete(app, workspace, upload_id, hint))
    verify(app)
    assert status(app, workspace, upload_id)["status"] == "completed"


@pytest.mark.parametrize(("hint", "refused"), [("{", 400), ({"updates": "x" * 2048}, 413)])
def test_a_hint_that_is_none_is_refused(app: App, workspace: Workspace, hint: object, refused: int) -> None:
    upload_id = upload_directly(app, workspace, mender_file("app-2"))
    with nothing_changes(app):
        expect(refused, complete(app, workspace, upload_id, hint))


def test_what_is_not_there_yet_cannot_be_completed(app: App, workspace: Workspace) -> None:
    upload_id = expect(200, call(app, workspace, "POST")).json()["id"]
    with nothing_changes(app):
        assert error_of(404, complete(app, workspace, upload_id)) == "Resource not found"


def test_an_upload_is_completed_once(app: App, workspace: Workspace) -> None:
    upload_id = upload_directly(app, workspace, mender_file("app-2"))
    expect(202, complete(app, workspace, upload_id))
    for _ in range(2):
        with nothing_changes(app):
            expect(404, complete(app, workspace, upload_id))
        verify(app)


@pytest.mark.parametrize(("upload_id", "refused"), [("foo", 400), (UNKNOWN, 404)])
def test_an_upload_that_was_never_invited(app: App, workspace: Workspace, upload_id: str, refused: int) -> None:
    expect(refused, complete(app, workspace, upload_id))
    expect(refused, call(app, workspace, "GET", f"/{upload_id}"))


def test_another_workspaces_upload_is_404(app: App, workspace: Workspace) -> None:
    upload_id, stranger = upload_directly(app, workspace, mender_file("app-2")), seed_workspace(app, "b")
    with nothing_changes(app):
        expect(404, complete(app, stranger, upload_id))
        expect(404, call(app, stranger, "GET", f"/{upload_id}"))


def test_a_hundred_megabytes_take_one_link(app: App, workspace: Workspace) -> None:
    assert MOST_BYTES_AT_ONCE == 100_000_000
    invitation = expect(200, call(app, workspace, "POST", body={"size": MOST_BYTES_AT_ONCE})).json()
    assert "uri" in invitation
    assert "parts" not in invitation


def test_above_that_there_is_a_link_for_each_part(app: App, workspace: Workspace) -> None:
    size = MOST_BYTES_AT_ONCE + 1
    invitation = expect(200, call(app, workspace, "POST", body={"size": size})).json()
    assert "uri" not in invitation
    parts = invitation["parts"]
    assert [part["number"] for part in parts] == list(range(1, len(parts) + 1))
    assert [part["size"] for part in parts] == [PART_BYTES, size - PART_BYTES]
    assert len({part["uri"] for part in parts}) == len(parts)


@pytest.mark.parametrize(
    "body", [{"size": 0}, {"size": -1}, {"size": "1"}, {"size": 1.5}, {"size": MOST_BYTES + 1}, "[]"]
)
def test_a_size_that_nobody_can_upload_is_400(app: App, workspace: Workspace, body: object) -> None:
    with nothing_changes(app):
        expect(400, call(app, workspace, "POST", body=body))
