"""Reading, listing, deleting and downloading artifacts (mender contract 2.2 to 2.6, 3.1, 3.2)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest

from mender._routes import ROUTES
from sluiceway.artifacts.mender_writer import Payload
from sluiceway.domain.artifacts import StoredObject
from sluiceway.http import endpoint
from sluiceway.usecases.links import DOWNLOAD_PATH
from tests.support.app import NOW, Answer, App
from tests.support.mender_files import mender_file
from tests.support.seeds import (
    MANAGEMENT,
    Workspace,
    create_deployment,
    enrol_device,
    expect,
    multipart,
    poll,
    seed_workspace,
    upload_artifact,
)

ARTIFACTS = f"{MANAGEMENT}/artifacts"
UNKNOWN = "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01"


def get(app: App, workspace: Workspace, target: str = "") -> Answer:
    return app.call("GET", f"{ARTIFACTS}{target}", token=workspace.token)


def delete(app: App, workspace: Workspace, artifact_id: str) -> Answer:
    return app.call("DELETE", f"{ARTIFACTS}/{artifact_id}", token=workspace.token)


def upload(app: App, workspace: Workspace, content: bytes) -> str:
    body, headers = multipart(content)
    answer = app.call("POST", ARTIFACTS, body, token=workspace.token, headers=headers)
    return expect(201, answer).headers["location"].rpartition("/")[2]


def test_an_artifact_is_shown_as_its_file_says(app: App, workspace: Workspace) -> None:
    content = mender_file("app-2.0", ("board-a", "board-b"), b"payload\n")
    artifact_id = upload(app, workspace, content)
    shown = expect(200, get(app, workspace, f"/{artifact_id}")).json()
    (update,) = shown.pop("updates")
    assert update["type_info"] == {"type": "single-file"}
    assert [(file["name"], file["checksum"], file["size"]) for file in update["files"]] == [
        ("payload.bin", hashlib.sha256(b"payload\n").hexdigest(), 8)
    ]
    assert shown["artifact_provides"]["artifact_name"] == "app-2.0"
    assert shown["artifact_depends"]["device_type"] == ["board-a", "board-b"]
    assert {name: shown[name] for name in ("id", "name", "description", "info", "signed", "size", "modified")} == {
        "id": artifact_id,
        "name": "app-2.0",
        "description": "made by a test",
        "info": {"format": "mender", "version": 3},
        "signed": False,
        "size": len(content),
        "modified": "2026-03-11T13:00:00.000Z",
    }


def test_decision_13_payload_metadata_is_shown_as_an_object_and_as_pairs(app: App, workspace: Workspace) -> None:
    payload = Payload(files={"payload.bin": b"x"}, metadata={"note": "x", "parts": [1, None]})
    artifact_id = upload(app, workspace, mender_file(payloads=[payload]))
    (update,) = get(app, workspace, f"/{artifact_id}").json()["updates"]
    assert update["metadata"] == {"note": "x", "parts": [1, None]}
    assert update["meta_data"] == [{"Key": "note", "Value": "x"}, {"Key": "parts", "Value": [1, None]}]


def test_decision_13_a_payload_without_metadata_has_neither_member(app: App, workspace: Workspace) -> None:
    (update,) = get(app, workspace, f"/{upload(app, workspace, mender_file())}").json()["updates"]
    assert {"metadata", "meta_data"}.isdisjoint(update)


def test_a_bootstrap_artifact_has_neither_type_nor_files(app: App, workspace: Workspace) -> None:
    artifact_id = upload(app, workspace, mender_file(payloads=[Payload(type=None)]))
    assert get(app, workspace, f"/{artifact_id}").json()["updates"] == [{"type_info": {"type": None}, "files": None}]


@pytest.mark.parametrize("version", [1, 2])
def test_decision_29_old_formats_are_taken_and_have_no_provides(app: App, workspace: Workspace, version: int) -> None:
    shown = get(app, workspace, f"/{upload(app, workspace, mender_file(version=version))}").json()
    assert (shown["info"], shown["signed"]) == ({"format": "mender", "version": version}, False)
    assert shown["artifact_depends"] == {"device_type": ["board-a"]}
    assert {"artifact_provides", "clears_artifact_provides"}.isdisjoint(shown)


@pytest.mark.parametrize(("target", "status"), [("/foo", 400), (f"/{UNKNOWN}", 404), (f"/{UNKNOWN.upper()}", 404)])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_06_ids_must_be_uuids_of_artifacts(
    app: App, workspace: Workspace, method: str, target: str, status: int
) -> None:
    assert app.call(method, f"{ARTIFACTS}{target}", token=workspace.token).status == status


def test_decision_22_ids_are_matched_in_upper_case_too(app: App, workspace: Workspace) -> None:
    artifact_id = upload_artifact(app, workspace, "app-1")
    assert get(app, workspace, f"/{artifact_id.upper()}").json()["id"] == artifact_id


def test_09_another_workspace_sees_and_deletes_nothing(app: App, workspace: Workspace) -> None:
    artifact_id, other = upload_artifact(app, workspace, "app-1"), seed_workspace(app, "b")
    assert get(app, other, f"/{artifact_id}").status == 404
    assert get(app, other, f"/{artifact_id}/download").status == 404
    assert delete(app, other, artifact_id).status == 404
    assert get(app, workspace, f"/{artifact_id}").status == 200


def test_no_artifacts_are_an_empty_list(app: App, workspace: Workspace) -> None:
    assert expect(200, get(app, workspace)).text == "[]"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["app-1", "app-2", "tool"]),
        ("?name=APP", ["app-1", "app-2"]),
        ("?device_type=BOARD&description=by%20A", ["app-1", "app-2", "tool"]),
        ("?description=nothing", []),
        ("?sort=name", ["app-1", "app-2", "tool"]),
        ("?sort=name:desc", ["tool", "app-2", "app-1"]),
        ("?sort=modified:desc&name=app", ["app-2", "app-1"]),
    ],
)
def test_lists_are_filtered_and_sorted(app: App, workspace: Workspace, query: str, names: list[str]) -> None:
    for name in ("tool", "app-1", "app-2"):
        upload_artifact(app, workspace, name)
        app.pass_time(seconds=1)
    assert [shown["name"] for shown in expect(200, get(app, workspace, query)).json()] == names


@pytest.mark.parametrize("sort", ["size", "name:up", ":asc", "name:asc:asc"])
def test_an_unknown_sort_is_refused(app: App, workspace: Workspace, sort: str) -> None:
    assert get(app, workspace, f"?sort={quote(sort)}").status == 400


def test_06_a_deleted_artifact_is_gone_with_its_bytes(app: App, workspace: Workspace) -> None:
    artifact_id = upload_artifact(app, workspace, "app-1")
    answer = delete(app, workspace, artifact_id)
    assert (answer.status, answer.body) == (204, b"")
    assert "content-type" not in answer.headers
    assert delete(app, workspace, artifact_id).status == 404
    assert app.objects.stored == frozenset()


def test_06_decision_3_an_artifact_in_use_is_deleted_after_the_abort(app: App, workspace: Workspace) -> None:
    artifact_id, device = upload_artifact(app, workspace, "app-2"), enrol_device(app, workspace, 1)
    deployment = create_deployment(app, workspace, "update", "app-2", device)
    expect(200, poll(app, device))
    refusal = expect(409, delete(app, workspace, artifact_id))
    assert refusal.json()["error"] == "Artifact is used in active deployment"
    abort = f"{MANAGEMENT}/deployments/{deployment}/status"
    expect(204, app.call("PUT", abort, {"status": "aborted"}, token=workspace.token))
    expect(204, delete(app, workspace, artifact_id))
    assert get(app, workspace, f"/{artifact_id}").status == 404


@pytest.mark.parametrize(("query", "minutes"), [("", 60), ("?expire=1", 1), ("?expire=10080", 10_080)])
def test_07_decision_7_a_link_lives_as_long_as_was_asked(
    app: App, workspace: Workspace, query: str, minutes: int
) -> None:
    artifact_id = upload_artifact(app, workspace, "app-1")
    link = expect(200, get(app, workspace, f"/{artifact_id}/download{query}")).json()
    assert link.keys() == {"uri", "expire"}
    assert datetime.fromisoformat(link["expire"]) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize("expire", ["0", "10081", "1.1", "abc", "-1", "", "1e3", "99999999999999999999", "\u0661"])
def test_07_decision_7_a_link_for_longer_or_for_no_whole_minutes_is_refused(
    app: App, workspace: Workspace, expire: str
) -> None:
    artifact_id = upload_artifact(app, workspace, "app-1")
    answer = expect(400, get(app, workspace, f"/{artifact_id}/download?expire={quote(expire)}"))
    assert answer.json()["error"] == "Invalid expire parameter"


@pytest.mark.parametrize(("target", "status"), [("/foo/download", 400), (f"/{UNKNOWN}/download", 404)])
def test_there_is_no_link_without_an_artifact(app: App, workspace: Workspace, target: str, status: int) -> None:
    assert get(app, workspace, target).status == status


def test_bytes_that_are_gone_are_an_error_of_ours(app: App, workspace: Workspace) -> None:
    artifact_id = upload_artifact(app, workspace, "app-1")
    (stored,) = app.objects.stored
    app.objects.delete(stored)
    answer = expect(500, get(app, workspace, f"/{artifact_id}/download"))
    assert answer.json()["error"] == "internal error"


def link_path(app: App, workspace: Workspace, artifact_id: str) -> str:
    uri = urlsplit(str(get(app, workspace, f"/{artifact_id}/download?expire=1").json()["uri"]))
    assert (uri.scheme, uri.netloc) == ("https", "127.0.0.1:8443")
    return uri.path


def test_07_a_link_leads_to_the_bytes_without_any_token(app: App, workspace: Workspace) -> None:
    path = link_path(app, workspace, upload_artifact(app, workspace, "app-1"))
    answer = expect(302, app.call("GET", path))
    (stored,) = app.objects.stored
    assert isinstance(stored, StoredObject)
    assert urlsplit(answer.headers["location"]).path == f"/{stored.key}"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["HEAD", "PUT", "POST", "DELETE"])
def test_07_a_link_is_for_get_only(app: App, workspace: Workspace, method: str) -> None:
    path = link_path(app, workspace, upload_artifact(app, workspace, "app-1"))
    answer = app.call(method, path)
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


def test_an_expired_link_is_refused_as_the_store_does(app: App, workspace: Workspace) -> None:
    path = link_path(app, workspace, upload_artifact(app, workspace, "app-1"))
    app.pass_time(seconds=59)
    assert app.call("GET", path).status == 302
    app.pass_time(seconds=1)
    assert app.call("GET", path).status == 403


def test_a_forged_link_is_refused(app: App, workspace: Workspace) -> None:
    path = link_path(app, workspace, upload_artifact(app, workspace, "app-1"))
    assert app.call("GET", path[:-4]).status == 403
    assert app.call("GET", f"/api/devices/v1/deployments/download/{workspace.token}").status == 403


def test_a_link_to_a_deleted_artifact_finds_nothing(app: App, workspace: Workspace) -> None:
    artifact_id = upload_artifact(app, workspace, "app-1")
    path = link_path(app, workspace, artifact_id)
    expect(204, delete(app, workspace, artifact_id))
    assert app.call("GET", path).status == 404


def test_links_lead_to_the_route_that_follows_them() -> None:
    (route,) = (route for route in ROUTES if route.module == "artifacts.download_artifact")
    assert route.path == f"{DOWNLOAD_PATH}{{token}}"


def test_a_list_that_does_not_fit_is_500_and_comes_in_pages(
    app: App, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        upload_artifact(app, workspace, f"app-{number}")
    monkeypatch.setattr(endpoint, "MOST_ANSWER_BYTES", len(get(app, workspace).text.encode()))
    refused = get(app, workspace)
    assert refused.status == 500
    assert refused.json()["error"].endswith(f"ask for pages of it at {ARTIFACTS}/list")
    assert [len(get(app, workspace, f"/list?per_page=1&page={page}").json()) for page in (1, 2, 3)] == [1, 1, 1]
