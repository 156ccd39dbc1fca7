"""The paged lists of artifacts, and the bytes that they occupy (mender contract 4.1)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.handlers.mender.calls import Management
from tests.support.app import Answer, App
from tests.support.mender_files import mender_file
from tests.support.seeds import MANAGEMENT, Workspace, expect, multipart, seed_workspace

MANAGEMENT_V2 = "/api/management/v2/deployments"


@pytest.fixture
def management(app: App, workspace: Workspace) -> Management:
    management = Management(app, workspace)
    for name, device_types in {"app*": ["board-a"], "App-1": ["board-a", "other"], "app-2": ["board-b"]}.items():
        management.upload(name, device_types)
    return management


def get(management: Management, target: str, base: str = MANAGEMENT) -> Answer:
    return management.app.call("GET", f"{base}{target}", token=management.workspace.token)


def names(answer: Answer) -> list[str]:
    return [artifact["name"] for artifact in expect(200, answer).json()]


def test_a_page_has_its_part_of_the_sorted_list_and_the_number_of_all_matches(management: Management) -> None:
    answer = get(management, "/artifacts/list?sort=name:desc&page=2&per_page=2")
    assert names(answer) == ["App-1"]
    assert answer.headers["x-total-count"] == "3"
    assert [part.rpartition("rel=")[2] for part in answer.headers["link"].split(", ")] == [
        '"first"',
        '"prev"',
        '"last"',
    ]


def test_the_paged_list_filters_as_the_whole_one_does(management: Management) -> None:
    answer = get(management, "/artifacts/list?name=APP-&device_type=BOARD&description=made%20by")
    assert names(answer) == names(get(management, "/artifacts?name=APP-&device_type=BOARD&description=made%20by"))
    assert names(answer) == ["App-1", "app-2"]


@pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=501", "per_page=0", "per_page=-1", "page=9" * 9])
def test_a_bad_page_falls_back_to_the_default_in_silence(management: Management, query: str) -> None:
    answer = get(management, f"/artifacts/list?{query}")
    assert len(names(answer)) == 3
    assert "page=1&per_page=20" in answer.headers["link"]


def test_a_page_past_the_end_is_empty_and_never_404(management: Management) -> None:
    answer = get(management, "/artifacts/list?page=7")
    assert (names(answer), answer.headers["x-total-count"]) == ([], "3")


def test_an_unknown_order_is_refused_by_the_paged_list_too(management: Management) -> None:
    expect(400, get(management, "/artifacts/list?sort=size"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["App-1", "app*", "app-2"]),
        ("name=app-2", ["app-2"]),
        ("name=APP-2", []),
        ("name=app-2&name=App-1", ["App-1", "app-2"]),
        ("name=app-*", ["App-1", "app-2"]),
        ("name=*", ["App-1", "app*", "app-2"]),
        (f"name={quote('app')}%5C*", ["app*"]),
        ("device_type=board-b", ["app-2"]),
        ("device_type=BOARD*", ["App-1", "app*", "app-2"]),
        ("device_type=board", []),
        ("description=made*&device_type=other", ["App-1"]),
        ("description=made", []),
    ],
)
def test_the_second_version_takes_whole_texts_and_prefixes(
    management: Management, query: str, found: list[str]
) -> None:
    assert names(get(management, f"/artifacts?{query}", MANAGEMENT_V2)) == found


@pytest.mark.parametrize("query", ["name=a*&name=b*", "name=a&name=b*"])
def test_a_prefix_is_the_only_name(management: Management, query: str) -> None:
    answer = get(management, f"/artifacts?{query}", MANAGEMENT_V2)
    text = "invalid filter: cannot filter by both exact names and name prefix"
    assert expect(400, answer).json()["error"] == text


def test_a_hundred_names_are_taken_and_no_more(management: Management) -> None:
    query = "&".join(["name=app-2"] * 100)
    assert names(get(management, f"/artifacts?{query}", MANAGEMENT_V2)) == ["app-2"]
    expect(400, get(management, f"/artifacts?{query}&name=x", MANAGEMENT_V2))


def test_the_second_version_says_whether_there_is_more_and_not_how_much(management: Management) -> None:
    first, last = (get(management, f"/artifacts?page={page}&per_page=2", MANAGEMENT_V2) for page in (1, 2))
    assert (names(first), names(last)) == (["App-1", "app*"], ["app-2"])
    assert 'rel="next"' in first.headers["link"]
    for answer in (first, last):
        assert 'rel="last"' not in answer.headers["link"]
        assert "x-total-count" not in answer.headers
    assert 'rel="next"' not in last.headers["link"]


def test_the_second_version_refuses_a_bad_page(management: Management) -> None:
    expect(400, get(management, "/artifacts?per_page=501", MANAGEMENT_V2))


def test_the_usage_is_that_of_the_artifacts_that_are_there(app: App, management: Management) -> None:
    def limits() -> dict[str, int]:
        read: dict[str, int] = expect(200, get(management, "/limits/storage")).json()
        return read

    before = limits()
    content = mender_file("app-9", payload=b"x" * 9000, compression="none")
    body, headers = multipart(content)
    token = management.workspace.token
    made = expect(201, app.call("POST", f"{MANAGEMENT}/artifacts", body, token=token, headers=headers))
    assert limits() == {"limit": 0, "usage": before["usage"] + len(content)}
    expect(204, app.call("DELETE", made.headers["location"], token=token))
    assert limits() == before
    assert before["usage"] == sum(stored.size for stored in app.objects.stored)


@pytest.mark.usefixtures("management")
def test_another_workspaces_bytes_do_not_count(app: App) -> None:
    stranger = Management(app, seed_workspace(app, "b"))
    assert get(stranger, "/limits/storage").json() == {"limit": 0, "usage": 0}
    assert names(get(stranger, "/artifacts/list")) == names(get(stranger, "/artifacts", MANAGEMENT_V2)) == []


@pytest.mark.parametrize("name", ["max_devices", "Storage"])
def test_there_is_no_other_limit(management: Management, name: str) -> None:
    expect(400, get(management, f"/limits/{name}"))
