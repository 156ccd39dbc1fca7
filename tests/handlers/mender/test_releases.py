"""Releases, their notes and tags (mender contract 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sluiceway.artifacts.mender_writer import Payload
from tests.handlers.mender.calls import Management, error_of
from tests.support.app import Answer, App
from tests.support.mender_files import mender_file
from tests.support.seeds import MANAGEMENT, Workspace, expect, multipart, poll, seed_workspace
from tests.support.unchanged import nothing_changes

V2 = "/api/management/v2/deployments"
RELEASES = f"{V2}/deployments/releases"
RELEASES_V1 = f"{MANAGEMENT}/deployments/releases"


@pytest.fixture
def management(app: App, workspace: Workspace) -> Management:
    """`app-1` for two types of device, a second apart, then `Base`, then `app-2` of another type of payload."""
    management = Management(app, workspace)
    for name, device_types in (("app-1", ["board-b"]), ("app-1", ["board-a"]), ("Base", ["board-a"])):
        management.upload(name, device_types)
        app.pass_time(seconds=1)
    payload = Payload(type="script", files={"run.sh": b"true"})
    body, headers = multipart(mender_file("app-2", payloads=[payload]))
    expect(201, app.call("POST", f"{MANAGEMENT}/artifacts", body, token=workspace.token, headers=headers))
    return management


def call(management: Management, method: str, target: str, body: object = b"") -> Answer:
    return management.app.call(method, target, body, token=management.workspace.token)


def listed(management: Management, target: str) -> list[Any]:
    releases: list[Any] = expect(200, call(management, "GET", target)).json()
    return releases


def names(management: Management, query: str) -> list[str]:
    return [release["name"] for release in listed(management, f"{RELEASES}?{query}")]


def release(management: Management, name: str) -> dict[str, Any]:
    shown: dict[str, Any] = expect(200, call(management, "GET", f"{RELEASES}/{name}")).json()
    return shown


def tag(management: Management, name: str, tags: object) -> Answer:
    return call(management, "PUT", f"{RELEASES}/{name}/tags", tags)


def test_a_release_has_the_artifacts_of_its_name_as_they_were_uploaded(management: Management) -> None:
    shown = release(management, "app-1")
    artifacts = shown.pop("artifacts")
    assert shown == {
        "name": "app-1",
        "modified": "2026-03-11T13:00:01.000Z",
        "artifacts_count": 2,
        "tags": [],
        "notes": "",
    }
    assert [each["device_types_compatible"] for each in artifacts] == [["board-b"], ["board-a"]]
    assert artifacts == [management.artifact(each["id"]) for each in artifacts]


def test_the_first_version_writes_capital_letters(management: Management) -> None:
    first, *_ = listed(management, f"{RELEASES_V1}?name=app-1")
    lower = release(management, "app-1")
    assert first == {
        "Name": "app-1",
        "Artifacts": lower["artifacts"],
        "Modified": lower["modified"],
        "ArtifactsCount": 2,
        "tags": [],
        "notes": "",
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Base", "app-1", "app-2"]),
        ("name=APP", ["app-1", "app-2"]),
        ("name=ase", ["Base"]),
        ("update_type=script", ["app-2"]),
        ("update_type=scr", []),
        ("sort=name:desc", ["app-2", "app-1", "Base"]),
        ("sort=modified:desc", ["app-2", "Base", "app-1"]),
        ("sort=artifacts_count:desc", ["app-1", "Base", "app-2"]),
        ("page=2&per_page=2", ["app-2"]),
        ("page=9", []),
    ],
)
def test_releases_are_found_and_sorted(management: Management, query: str, found: list[str]) -> None:
    assert names(management, query) == found
    if "page" not in query:
        assert [each["Name"] for each in listed(management, f"{RELEASES_V1}?{query}")] == found
    assert [each["Name"] for each in listed(management, f"{RELEASES_V1}/list?{query}")] == found


@pytest.mark.parametrize(
    ("query", "found"),
    [("device_type=board-B", ["app-1"]), ("description=made", ["Base", "app-1", "app-2"]), ("description=nothing", [])],
)
def test_the_first_version_looks_at_the_artifacts_too(management: Management, query: str, found: list[str]) -> None:
    assert [each["Name"] for each in listed(management, f"{RELEASES_V1}?{query}")] == found


@pytest.mark.parametrize("target", [RELEASES, f"{RELEASES_V1}/list"])
def test_a_page_comes_with_links_and_the_total(management: Management, target: str) -> None:
    answer = call(management, "GET", f"{target}?per_page=2&name=a")
    assert answer.headers["x-total-count"] == "3"
    assert 'page=2&per_page=2>; rel="next"' in answer.headers["link"]
    expect(400, call(management, "GET", f"{target}?per_page=501"))
    expect(400, call(management, "GET", f"{target}?sort=size"))


@pytest.mark.parametrize("name", ["app", "APP-1", "app-1%23"])
def test_no_release_of_that_very_name_is_404(management: Management, name: str) -> None:
    for answer in (
        call(management, "GET", f"{RELEASES}/{name}"),
        call(management, "PATCH", f"{RELEASES}/{name}", {"notes": "x"}),
        tag(management, name, ["x"]),
    ):
        assert error_of(404, answer) == "release not found"


def test_a_release_goes_with_its_last_artifact_and_comes_back_without_notes_and_tags(management: Management) -> None:
    expect(204, tag(management, "Base", ["stable"]))
    expect(204, call(management, "PATCH", f"{RELEASES}/Base", {"notes": "x"}))
    (artifact,) = release(management, "Base")["artifacts"]
    expect(204, call(management, "DELETE", f"{MANAGEMENT}/artifacts/{artifact['id']}"))
    expect(404, call(management, "GET", f"{RELEASES}/Base"))
    assert listed(management, f"{V2}/releases/all/tags") == []
    management.upload("Base")
    assert (release(management, "Base")["tags"], release(management, "Base")["notes"]) == ([], "")


@pytest.mark.parametrize("notes", ["the second build", "", "\u00e9" * 1024])
def test_notes_are_kept_and_the_release_is_modified(management: Management, notes: str) -> None:
    management.app.pass_time(seconds=5)
    expect(204, call(management, "PATCH", f"{RELEASES}/app-1", {"notes": notes}))
    shown = release(management, "app-1")
    assert (shown["notes"], shown["modified"]) == (notes, "2026-03-11T13:00:08.000Z")


@pytest.mark.parametrize("body", [{}, {"notes": "x" * 1025}, {"notes": "a\nb"}, {"notes": None}, {"notes": 1}, "[]"])
def test_bad_notes_are_400(management: Management, body: object) -> None:
    with nothing_changes(management.app):
        expect(400, call(management, "PATCH", f"{RELEASES}/app-1", body))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["b", "a"], ["b", "a"]),
        ([" Stable ", "stable", "v1.0_x-y"], ["stable", "v1.0_x-y"]),
        (["x" * 1024], ["x" * 1024]),
        ([f"t{number}" for number in range(20)] * 2, [f"t{number}" for number in range(20)]),
    ],
)
def test_tags_are_trimmed_in_lower_case_and_each_once(
    management: Management, given: list[str], kept: list[str]
) -> None:
    expect(204, tag(management, "app-1", ["old"]))
    expect(204, tag(management, "app-1", given))
    assert release(management, "app-1")["tags"] == kept
    assert listed(management, f"{V2}/releases/all/tags") == sorted(kept)


def test_an_empty_list_clears_the_tags(management: Management) -> None:
    expect(204, tag(management, "app-1", ["old"]))
    expect(204, tag(management, "app-1", []))
    assert release(management, "app-1")["tags"] == []
    assert listed(management, f"{V2}/releases/all/tags") == []


@pytest.mark.parametrize(
    "body",
    [{"tags": []}, "x", [1], [None], [""], ["a b"], ["\u00e9"], ["x" * 1025], [f"t{number}" for number in range(21)]],
)
def test_bad_tags_are_400(management: Management, body: object) -> None:
    with nothing_changes(management.app):
        expect(400, tag(management, "app-1", body))


def test_a_workspace_has_a_hundred_distinct_tags_and_no_more(management: Management) -> None:
    for number, name in enumerate(["app-1", "app-2", "Base"]):
        expect(204, tag(management, name, [f"{number}-{each}" for each in range(20)]))
    for number in (3, 4):
        management.upload(f"more-{number}")
        expect(204, tag(management, f"more-{number}", [f"{number}-{each}" for each in range(20)]))
    management.upload("last")
    expect(204, tag(management, "last", ["4-19"]))
    with nothing_changes(management.app):
        assert error_of(409, tag(management, "last", ["4-19", "one-too-many"]))
    expect(204, tag(management, "app-1", ["0-0"]))
    expect(204, tag(management, "last", ["4-19", "room-again"]))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag=stable", ["app-1", "app-2"]),
        ("tag=BETA&tag=none", ["app-2"]),
        ("tag=none", []),
        ("tag=stable&name=2", ["app-2"]),
    ],
)
def test_any_of_several_tags_is_enough(management: Management, query: str, found: list[str]) -> None:
    expect(204, tag(management, "app-1", ["stable"]))
    expect(204, tag(management, "app-2", ["stable", "beta"]))
    assert names(management, query) == found


def test_releases_and_artifacts_are_sorted_by_tags(management: Management) -> None:
    expect(204, tag(management, "app-2", ["z", "a"]))
    expect(204, tag(management, "Base", ["b"]))
    assert names(management, "sort=tags:desc") == ["Base", "app-2", "app-1"]
    artifacts = listed(management, f"{MANAGEMENT}/artifacts?sort=tags:desc")
    assert [each["name"] for each in artifacts] == ["Base", "app-2", "app-1", "app-1"]


def test_types_of_payloads_stay_known_after_the_last_of_them_is_gone(management: Management) -> None:
    (artifact,) = release(management, "app-2")["artifacts"]
    expect(204, call(management, "DELETE", f"{MANAGEMENT}/artifacts/{artifact['id']}"))
    assert listed(management, f"{V2}/releases/all/types") == ["script", "single-file"]


def delete(management: Management, *given: str) -> Answer:
    return call(management, "DELETE", f"{RELEASES}?{'&'.join(f'name={name}' for name in given)}")


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (["app-1"], ["Base", "app-2"]),
        (["app-1", "Base", "app-1", "unknown"], ["app-2"]),
        (["unknown"], ["Base", "app-1", "app-2"]),
    ],
)
def test_releases_are_deleted_with_all_that_is_in_them(
    management: Management, given: Sequence[str], left: list[str]
) -> None:
    expect(204, delete(management, *given))
    assert names(management, "") == left
    kept = [artifact for each in left for artifact in release(management, each)["artifacts"]]
    assert sorted(stored.size for stored in management.app.objects.stored) == sorted(each["size"] for each in kept)


def test_nothing_is_deleted_while_one_of_the_releases_is_in_use(management: Management) -> None:
    (device,) = management.enrol(1)
    deployments = [management.deploy(device, name=name, artifact_name="app-2") for name in ("one", "two")]
    with nothing_changes(management.app):
        answer = delete(management, "app-1", "app-2")
    assert error_of(409, answer)
    assert sorted(answer.json()["active_deployments"]) == sorted(deployments)
    for deployment in deployments:
        management.abort(deployment)
    expect(204, delete(management, "app-1", "app-2"))
    assert names(management, "") == ["Base"]


def test_an_artifact_that_devices_were_given_stays_in_their_history_only(management: Management) -> None:
    (device,) = management.enrol(1)
    deployment = management.deploy(device, artifact_name="Base")
    expect(200, poll(management.app, device))
    management.abort(deployment)
    expect(204, delete(management, "Base"))
    assert names(management, "") == ["app-1", "app-2"]
    (shown,) = management.devices(deployment)
    assert shown["image"]["name"] == "Base"


@pytest.mark.parametrize(
    "query", ["", "?name=", "?names=app-1", "?" + "&".join(f"name=n{number}" for number in range(26))]
)
def test_no_name_or_too_many_are_400(management: Management, query: str) -> None:
    with nothing_changes(management.app):
        expect(400, call(management, "DELETE", f"{RELEASES}{query}"))


def test_a_release_of_more_artifacts_than_a_transaction_takes_is_deleted_whole(
    app: App, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sluiceway.usecases.delete_releases._ARTIFACTS_AT_ONCE", 2)
    management = Management(app, workspace)
    for number in range(5):
        management.upload("many", [f"board-{number}"])
    expect(204, delete(management, "many"))
    assert (names(management, ""), app.objects.stored) == ([], frozenset())


@pytest.mark.usefixtures("management")
def test_another_workspaces_releases_are_not_there(app: App) -> None:
    stranger = Management(app, seed_workspace(app, "b"))
    assert (names(stranger, ""), listed(stranger, RELEASES_V1)) == ([], [])
    assert listed(stranger, f"{V2}/releases/all/tags") == listed(stranger, f"{V2}/releases/all/types") == []
    expect(404, call(stranger, "GET", f"{RELEASES}/app-1"))
    with nothing_changes(app):
        expect(404, tag(stranger, "app-1", ["x"]))
        expect(204, delete(stranger, "app-1"))


def test_names_that_sort_below_the_separator_keep_their_artifacts(app: App, workspace: Workspace) -> None:
    """The keys of artifacts sort `a` after `a!`, those of releases before it."""
    management = Management(app, workspace)
    for name in ("a", "a!", "a b", "a$"):
        management.upload(name)
    shown = listed(management, f"{RELEASES}?per_page=2")
    assert [(each["name"], [one["name"] for one in each["artifacts"]]) for each in shown] == [
        ("a", ["a"]),
        ("a b", ["a b"]),
    ]
