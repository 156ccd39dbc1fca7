from __future__ import annotations

import pytest

from tests.handlers.native.calls import API_KEYS, SETTINGS, Native, fields, refusal
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes

READER = {"name": "reader", "scopes": ["devices:read", "deployments:read"]}


def names(native: Native, query: str = "") -> list[str]:
    return [api_key["name"] for api_key in native.get(f"{API_KEYS}?{query}")]


def test_a_key_is_shown_once_and_then_listed_without_itself(native: Native) -> None:
    answer = expect(201, native.call("POST", API_KEYS, READER))
    made = answer.json()
    assert set(made) == {"id", "name", "scopes", "created_at", "last_used_at", "key"}
    assert answer.headers["location"] == f"/api/v1/api-keys/{made['id']}"
    assert answer.headers["cache-control"] == "no-store"
    shown = {name: value for name, value in made.items() if name != "key"}
    assert native.get(f"{API_KEYS}/{made['id']}") == shown
    listed = expect(200, native.call("GET", API_KEYS))
    assert shown in listed.json()
    assert made["key"] not in listed.text


def test_a_key_shows_its_scopes_in_order_and_when_it_was_made(native: Native) -> None:
    made = native.add(API_KEYS, {**READER, "scopes": ["releases:read", "devices:read", "devices:read"]})
    assert made["scopes"] == ["devices:read", "releases:read"]
    assert (made["created_at"], made["last_used_at"]) == ("2026-03-11T13:00:00.000Z", None)


def test_a_key_works_until_it_is_revoked(native: Native) -> None:
    other = native.with_scopes("settings:read")
    assert other.get(SETTINGS)
    assert expect(204, native.call("DELETE", f"{API_KEYS}/{other.program.id}")).body == b""
    refusal(401, "invalid_api_key", other.call("GET", SETTINGS))
    refusal(404, "not_found", native.call("GET", f"{API_KEYS}/{other.program.id}"))
    refusal(404, "not_found", native.call("DELETE", f"{API_KEYS}/{other.program.id}"))
    assert names(native) == ["seeded"]


def test_a_key_may_end_itself(native: Native) -> None:
    expect(204, native.call("DELETE", f"{API_KEYS}/{native.program.id}"))
    refusal(401, "invalid_api_key", native.call("GET", API_KEYS))


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("devices:read", "devices:manage"),
        ("devices:read", "devices:write"),
        ("devices:manage", "releases:read"),
        ("devices:manage", "*:manage"),
    ],
)
def test_a_key_makes_none_that_may_do_more(native: Native, held: str, wanted: str) -> None:
    lesser = native.with_scopes("api_keys:manage", held)
    body = {"name": "greater", "scopes": ["api_keys:manage", wanted]}
    lesser.get(API_KEYS)
    with nothing_changes(native.app):
        params = refusal(403, "forbidden", lesser.call("POST", API_KEYS, body))
    assert params == {"required": sorted(body["scopes"]), "missing": [wanted]}


def test_a_key_gives_away_what_it_has_or_implies(native: Native) -> None:
    lesser = native.with_scopes("api_keys:manage", "devices:manage")
    made = lesser.add(API_KEYS, {"name": "x", "scopes": ["devices:provision", "api_keys:read"]})
    assert made["scopes"] == ["api_keys:read", "devices:provision"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["name", "scopes"]),
        ({"name": "", "scopes": ["devices:read"]}, ["name"]),
        ({"name": "x" * 257, "scopes": ["devices:read"]}, ["name"]),
        ({"name": 1, "scopes": ["devices:read"]}, ["name"]),
        ({"name": "x", "scopes": []}, ["scopes"]),
        ({"name": "x", "scopes": "devices:read"}, ["scopes"]),
        ({"name": "x", "scopes": [1]}, ["scopes.0"]),
        ({"name": "x", "scopes": ["devices:read"], "expires": 1}, ["expires"]),
        ([], [""]),
    ],
)
def test_a_body_that_makes_no_key_is_400_and_names_each_member(native: Native, body: object, named: list[str]) -> None:
    assert names(native) == ["seeded"]
    with nothing_changes(native.app):
        assert fields(native.call("POST", API_KEYS, body)) == named


@pytest.mark.parametrize(("name", "scope"), [("x", "devices:fly"), ("x", "*"), ("  ", "devices:read")])
def test_what_is_no_scope_or_no_name_is_400_in_words(native: Native, name: str, scope: str) -> None:
    answer = native.call("POST", API_KEYS, {"name": name, "scopes": [scope]})
    refusal(400, "invalid_request", answer)
    assert answer.json()["error"]["message"].startswith(
        "name: " if not name.strip() else f"scopes: there is no {scope};"
    )


def test_keys_come_in_pages_oldest_first(native: Native) -> None:
    for number in range(4):
        native.app.pass_time(seconds=1)
        native.add(API_KEYS, {**READER, "name": f"{number}"})
    answer = expect(200, native.call("GET", f"{API_KEYS}?page=2&per_page=2"))
    assert [api_key["name"] for api_key in answer.json()] == ["1", "2"]
    assert answer.headers["x-total-count"] == "5"
    assert '</api/v1/api-keys?page=3&per_page=2>; rel="next"' in answer.headers["link"]
    assert names(native, "page=4&per_page=2") == []


@pytest.mark.parametrize("target", [API_KEYS, "/webhooks"])
@pytest.mark.parametrize(
    ("query", "field"),
    [("page=0", "page"), ("page=x", "page"), ("page=", "page"), ("per_page=101", "per_page"), ("page=+1", "page")],
)
def test_a_page_that_is_none_is_400(native: Native, target: str, query: str, field: str) -> None:
    assert fields(native.call("GET", f"{target}?{query}")) == [field]


def test_the_last_use_of_a_key_is_known_to_the_day(native: Native) -> None:
    def last_used() -> object:
        return native.get(f"{API_KEYS}/{native.program.id}")["last_used_at"]

    assert last_used() is None
    native.app.pass_time(hours=23)
    assert last_used() == "2026-03-11T13:00:00.000Z"
    native.app.pass_time(hours=1)
    assert last_used() == "2026-03-11T13:00:00.000Z"
    assert last_used() == "2026-03-12T13:00:00.000Z"


def test_keys_of_another_workspace_do_not_exist(native: Native, stranger: Native) -> None:
    own = f"{API_KEYS}/{native.program.id}"
    for method in ("GET", "DELETE"):
        refusal(404, "not_found", stranger.call(method, own))
    assert names(stranger) == ["seeded"]
    assert native.get(own)


def test_a_workspace_with_as_many_keys_as_it_may_have_is_told_so(
    native: Native, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sluiceway.usecases.api_keys.MOST_API_KEYS", 1)
    refusal(409, "too_many_api_keys", native.call("POST", API_KEYS, READER))
