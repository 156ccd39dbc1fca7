"""Applications, their tokens and keys, and the login of devices (contract 5.1, 5.2, 5.4)."""

from __future__ import annotations

import pytest

from tests.handlers.losant.calls import DEPLOYMENTS, UNKNOWN, Json, Losant, invalid, refusal
from tests.support.app import Answer
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes


def holder(losant: Losant, made: Json) -> Losant:
    """Who shows a token that was just made."""
    return Losant(losant.app, losant.workspace, made["token"], made["id"])


def log_in(losant: Losant, body: Json) -> Answer:
    return losant.app.call("POST", "/auth/device", body)


def test_an_application_is_the_workspace_and_counts_nothing_unasked(losant: Losant) -> None:
    assert losant.get("?_links=false") == {
        "id": losant.application,
        "applicationId": losant.application,
        "name": "a",
        "description": "",
        "ownerId": losant.application,
        "ownerType": "organization",
        "creationDate": "2026-03-11T13:00:00.000Z",
        "lastUpdated": "2026-03-11T13:00:00.000Z",
        "summary": {},
    }


def test_an_application_counts_what_is_asked(losant: Losant) -> None:
    losant.delete(f"/flows/{losant.flow('deleted')}")
    for number in range(4):
        losant.flow(f"flow {number}")
    for number in range(3):
        losant.device(f"gateway {number}")
    losant.post("/keys", {})
    losant.post("/keys", {})
    everything = {"deviceCount": 3, "flowCount": 4, "keyCount": 2, "apiTokenCount": 1}
    for names in (["deviceCount"], ["flowCount", "keyCount"], [*everything]):
        query = f"summaryInclude={','.join(names)}"
        assert losant.get(f"?{query}")["summary"] == {name: everything[name] for name in names}
        (listed,) = expect(200, losant.app.call("GET", f"/applications?{query}", token=losant.token)).json()["items"]
        assert listed["summary"] == {name: everything[name] for name in names}
    assert losant.get("?summaryInclude=dashCount,")["summary"] == {}


@pytest.mark.parametrize(
    ("query", "count"), [("", 1), ("filterField=name&filter=a*", 1), ("filterField=name&filter=b", 0)]
)
def test_a_token_sees_its_own_application_only(losant: Losant, stranger: Losant, query: str, count: int) -> None:
    shown = expect(200, losant.app.call("GET", f"/applications?{query}", token=losant.token)).json()
    assert [application["id"] for application in shown["items"]] == [losant.application] * count
    assert shown["_links"]["self"] == {"href": "/applications"}
    assert stranger.application not in str(shown)


def test_nobody_makes_an_application_here(losant: Losant) -> None:
    answer = losant.app.call("POST", "/applications", {"name": "x"}, token=losant.token)
    assert "create_workspace" in refusal(403, "Forbidden", answer)


def test_nobody_logs_in_as_a_person_and_is_told_how_else(losant: Losant) -> None:
    answer = losant.app.call("POST", "/auth/user", {"email": "a@example.com", "password": "correct horse"})
    assert "application token" in refusal(403, "Forbidden", answer)


def test_a_token_is_shown_once(losant: Losant) -> None:
    answer = expect(201, losant.call("POST", "/tokens?_links=false", {"name": "pipeline"}))
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    shown = {name: value for name, value in made.items() if name != "token"}
    assert shown == {
        "id": made["id"],
        "apiTokenId": made["id"],
        "name": "pipeline",
        "description": "",
        "scope": ["all.Application"],
        "status": "active",
        "ownerId": losant.application,
        "ownerType": "application",
        "creatorId": losant.token_id,
        "creatorType": "apiToken",
        "creationDate": "2026-03-11T13:00:00.000Z",
        "lastUpdated": "2026-03-11T13:00:00.000Z",
    }
    assert losant.get(f"/tokens/{made['id']}?_links=false") == shown
    assert made["token"] not in losant.call("GET", "/tokens").text
    own = losant.get(f"/tokens/{losant.token_id}")
    assert (own["creatorId"], own["creatorType"]) == (losant.application, "application")


def test_a_token_works_until_it_is_deleted(losant: Losant) -> None:
    made = losant.post("/tokens", {"name": "x", "scope": ["edgeDeployments.get"]})
    assert holder(losant, made).records() == []
    losant.delete(f"/tokens/{made['id'].upper()}")
    refusal(401, "Unauthorized", holder(losant, made).call("GET", DEPLOYMENTS))
    assert refusal(404, "NotFound", losant.call("GET", f"/tokens/{made['id']}")) == "API token was not found"


def test_a_token_ends_when_it_said_and_an_inactive_one_never_began(losant: Losant) -> None:
    made = losant.post("/tokens", {"name": "x", "expirationDate": "2026-03-11T14:00:01+01:00"})
    assert made["expirationDate"] == "2026-03-11T13:00:01.000Z"
    assert holder(losant, made).records() == []
    losant.app.pass_time(seconds=1)
    refusal(401, "Unauthorized", holder(losant, made).call("GET", DEPLOYMENTS))
    made = losant.post("/tokens", {"name": "x", "status": "inactive"})
    refusal(401, "Unauthorized", holder(losant, made).call("GET", DEPLOYMENTS))


def test_a_token_makes_none_that_may_do_more(losant: Losant) -> None:
    lesser = holder(losant, losant.post("/tokens", {"name": "x", "scope": ["applicationApiTokens.*", "flows.get"]}))
    assert lesser.post("/tokens", {"name": "y", "scope": ["flows.get"]})["scope"] == ["flows.get"]
    for scope in (["flows.post"], ["all.Application"], ["flows.*"]):
        with nothing_changes(losant.app):
            answer = lesser.call("POST", "/tokens", {"name": "y", "scope": ["flows.get", *scope]})
        assert scope[0] in refusal(403, "Forbidden", answer)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "scope": []}, "scope"),
        ({"name": "x", "scope": ["flows.get", "flows.get"]}, "scope"),
        ({"name": "x", "scope": ["a b"]}, "scope"),
        ({"name": "x", "status": "asleep"}, "status"),
        ({"name": "x", "expirationDate": "tomorrow"}, "expirationDate"),
        ({"name": "x", "expirationDate": "2026-03-11T13:00:00"}, "expirationDate"),
        ({"name": "x", "expirationDate": "0001-01-01T00:00:00+10:00"}, "expirationDate"),
        ({"name": "x", "unknown": 1}, "unknown"),
    ],
    ids=str,
)
def test_a_token_that_is_none_is_400_and_named(losant: Losant, body: Json, named: str) -> None:
    assert f"{named}: " in invalid(losant.call("POST", "/tokens", body))


def test_tokens_are_listed_sorted_and_filtered(losant: Losant) -> None:
    for name in ("b", "a"):
        losant.post("/tokens", {"name": name, "status": "inactive"})
    assert [token["name"] for token in losant.get("/tokens")["items"]] == ["a", "b", "seeded"]
    shown = losant.get("/tokens?filterField=status&filter=in*&sortDirection=desc&perPage=1")
    assert ([token["name"] for token in shown["items"]], shown["totalCount"]) == (["b"], 2)
    invalid(losant.call("GET", "/tokens?filterField=scope&filter=x"))


def test_a_key_shows_its_secret_once(losant: Losant) -> None:
    body = {
        "name": "line 1",
        "deviceIds": [UNKNOWN.upper()],
        "deviceTags": [{"key": "site"}],
        "addresses": ["10.0.0.1"],
    }
    answer = expect(201, losant.call("POST", "/keys?_links=false", body))
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert shown == {
        **body,
        "id": made["id"],
        "applicationKeyId": made["id"],
        "applicationId": losant.application,
        "key": made["key"],
        "status": "active",
        "deviceIds": [UNKNOWN],
        "creationDate": "2026-03-11T13:00:00.000Z",
        "lastUpdated": "2026-03-11T13:00:00.000Z",
    }
    assert losant.get(f"/keys/{made['id'].upper()}?_links=false") == shown
    assert made["secret"] not in losant.call("GET", "/keys").text


@pytest.mark.parametrize("body", [b"", {}])
def test_a_key_needs_no_body(losant: Losant, body: object) -> None:
    made = losant.post("/keys", body)
    assert (made["deviceIds"], made["deviceTags"]) == ([], [])


def test_a_patch_of_a_key_changes_what_it_names(losant: Losant) -> None:
    key = losant.post("/keys", {"name": "a", "description": "old", "deviceIds": [UNKNOWN]})
    losant.patch(f"/keys/{key['id']}", {"description": "new"})
    shown = losant.patch(f"/keys/{key['id']}", {"status": "inactive", "name": None})
    assert (shown["status"], shown["description"], shown["deviceIds"]) == ("inactive", "new", [UNKNOWN])
    assert "name" not in shown


def test_keys_are_listed_sorted_and_filtered(losant: Losant) -> None:
    first, second = losant.post("/keys", {"name": "b"}), losant.post("/keys", {"name": "a"})
    assert [key["id"] for key in losant.get("/keys")["items"]] == [second["id"], first["id"]]
    (found,) = losant.get(f"/keys?filterField=key&filter={first['key']}")["items"]
    assert found["id"] == first["id"]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"deviceIds": ["x"]}, "deviceIds.0"),
        ({"deviceIds": [UNKNOWN] * 1001}, "deviceIds"),
        ({"deviceTags": [{}]}, "deviceTags"),
        ({"filterType": "x"}, "filterType"),
        ({"secret": "mine"}, "secret"),
    ],
    ids=str,
)
def test_a_key_that_is_none_is_400_and_named(losant: Losant, body: Json, named: str) -> None:
    assert f"{named}: " in invalid(losant.call("POST", "/keys", body))


def test_a_device_logs_in_with_a_key_that_admits_it(losant: Losant) -> None:
    device, other = losant.device("a"), losant.device("b")
    key = losant.post("/keys", {"deviceIds": [device]})
    body = {"deviceId": device.upper(), "key": key["key"], "secret": key["secret"], "tokenTTL": 0}
    answer = expect(200, log_in(losant, body))
    assert answer.headers["cache-control"] == "no-store"
    shown = answer.json()
    assert shown == {
        "applicationId": losant.application,
        "deviceId": device,
        "deviceClass": "edgeCompute",
        "token": shown["token"],
    }
    refusal(401, "Unauthorized", log_in(losant, {**body, "deviceId": other}))
    refusal(401, "Unauthorized", log_in(losant, {**body, "secret": "wrong"}))
    refusal(401, "Unauthorized", log_in(losant, {**body, "key": "wrong"}))
    refusal(401, "Unauthorized", log_in(losant, {"deviceId": device}))
    refusal(401, "Unauthorized", log_in(losant, {**body, "deviceId": UNKNOWN}))


@pytest.mark.parametrize(("life", "works"), [({"tokenTTL": 60}, False), ({"tokenTTL": 0}, True), ({}, True)])
def test_a_devices_token_lives_as_long_as_it_asked(losant: Losant, life: Json, *, works: bool) -> None:
    device, key = losant.device(), losant.post("/keys", {})
    body = {"deviceId": device, "key": key["key"], "secret": key["secret"], **life}
    token = log_in(losant, body).json()["token"]
    target = f"/applications/{losant.application}/devices/{device}/edge/desired"
    losant.app.pass_time(seconds=61)
    assert losant.app.call("GET", target, token=token).status == (200 if works else 401)


@pytest.mark.parametrize(
    "change",
    [
        {"deviceId": "x"},
        {"deviceId": None},
        {"tokenTTL": -1},
        {"tokenTTL": 10**12},
        {"requestedScopes": ["all.Application"]},
        {"password": "x"},
    ],
    ids=str,
)
def test_a_login_that_is_none_is_400(losant: Losant, change: Json) -> None:
    invalid(log_in(losant, {"deviceId": UNKNOWN, "key": "k", "secret": "s", **change}))


def test_a_device_is_refused_once_its_key_is_gone(losant: Losant) -> None:
    edge = losant.log_in(losant.device())
    assert edge.desired() == []
    (key,) = losant.get("/keys")["items"]
    losant.delete(f"/keys/{key['id']}")
    refusal(401, "Unauthorized", edge.call("GET", "/desired"))
    assert refusal(404, "NotFound", losant.call("GET", f"/keys/{key['id']}")) == "Application key was not found"
