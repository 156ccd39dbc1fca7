"""What holds on every route of the native surface: proof first, then scope, then size and type, then the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from native._routes import ROUTES
from sluiceway.domain.scopes import EVERYTHING, KNOWN, MANAGE
from sluiceway.http.routes import DEFAULT, MEBIBYTE, Body, Caller, Route
from sluiceway.usecases.api_keys import revoke_api_key
from tests.handlers.native.calls import refusal
from tests.handlers.test_event_samples import sample_of
from tests.support.app import Answer
from tests.support.seeds import SeededApp, seed_program, seed_workspace, seeded_app
from tests.support.unchanged import nothing_changes, stored_items

SECURED = [route for route in ROUTES if route.caller is Caller.PROGRAM]
WITH_IDS = [route for route in SECURED if "{id}" in route.path]
LISTS = [route for route in SECURED if route.method == "GET" and "{id}" not in route.path]
JSON_ROUTES = [route for route in SECURED if route.body is Body.JSON]
BODY_IS_OPTIONAL = {"webhooks.rotate_secret", "deployments.approve_phase", "deployments.open_next_phase"}
GARBAGE = {"content-type": "text/plain"}
UNKNOWN = "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01"
every_secured_route = pytest.mark.parametrize("route", SECURED, ids=lambda route: route.key)


@pytest.fixture(name="seeds")
def _seeds() -> Iterator[SeededApp]:
    with seeded_app() as seeds:
        assert seeds.rollouts
        assert seeds.configs, "made before anything is compared"
        yield seeds


def call_sample(route: Route, seeds: SeededApp, key: str | None, **headers: str) -> Answer:
    """Send what the sample sends, with other credentials."""
    event = sample_of("native", route.module, seeds)["event"]
    kept = {name: value for name, value in event["headers"].items() if name != "authorization"}
    shown = {} if key is None else {"authorization": f"Bearer {key}"}
    return seeds.app.invoke(f"native.{route.module}", {**event, "headers": {**kept, **shown, **headers}})


def path_of(route: Route) -> str:
    return route.path.replace("{id}", UNKNOWN)


def test_every_route_but_the_documents_needs_a_scope_that_exists() -> None:
    assert {route.module for route in ROUTES if not route.scopes} == {
        "docs.get_page",
        "docs.get_openapi",
        "answer_unrouted",
    }
    assert {scope for route in ROUTES for scope in route.scopes} <= KNOWN


@pytest.mark.parametrize("kind", ["none", "wrong", "of no form", "a user's token", "revoked", "of another workspace"])
@every_secured_route
def test_without_a_good_key_a_good_request_is_401_and_changes_nothing(
    seeds: SeededApp, route: Route, kind: str
) -> None:
    revoked, other = (seed_program(seeds.app, seeds.workspace) for _ in range(2))
    revoke_api_key(seeds.app.service, seeds.workspace.id, revoked.id)
    keys = {
        "none": None,
        "wrong": f"{seeds.program.key[:-43]}{other.key[-43:]}",
        "of no form": "wrong",
        "a user's token": seeds.workspace.token,
        "revoked": revoked.key,
        "of another workspace": seeds.program.key.replace(seeds.workspace.id, UNKNOWN),
    }
    with nothing_changes(seeds.app):
        answer = call_sample(route, seeds, keys[kind])
    refusal(401, "invalid_api_key", answer)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "{key}", "Basic {key}", "Bearer {key} {key}", "Bearer é"])
@every_secured_route
def test_a_header_that_is_none_is_401_and_is_not_repeated(seeds: SeededApp, route: Route, value: str) -> None:
    answer = call_sample(route, seeds, None, authorization=value.replace("{key}", seeds.program.key))
    refusal(401, "invalid_api_key", answer)
    assert seeds.program.key not in answer.text


@every_secured_route
def test_a_key_with_every_scope_but_the_needed_ones_is_403_and_told_which(seeds: SeededApp, route: Route) -> None:
    implying = {f"{scope.partition(':')[0]}:{MANAGE}" for scope in route.scopes}
    others = KNOWN - {EVERYTHING, *route.scopes, *implying}
    lesser = seed_program(seeds.app, seeds.workspace, *others)
    with nothing_changes(seeds.app):
        params = refusal(403, "forbidden", call_sample(route, seeds, lesser.key, **GARBAGE))
    assert params == {"required": [*route.scopes], "missing": [*route.scopes]}


@pytest.mark.parametrize("scopes", ["exactly", "manage", "everything"])
@every_secured_route
def test_a_key_with_the_needed_scope_or_one_that_implies_it_may_call(
    seeds: SeededApp, route: Route, scopes: str
) -> None:
    (needed,) = route.scopes
    resource = needed.partition(":")[0]
    held = {"exactly": needed, "manage": f"{resource}:{MANAGE}", "everything": EVERYTHING}[scopes]
    program = seed_program(seeds.app, seeds.workspace, held, "devices:read")
    assert call_sample(route, seeds, program.key).status == sample_of("native", route.module, seeds)["status"]


@pytest.mark.parametrize("route", WITH_IDS, ids=lambda route: route.key)
def test_ids_of_another_workspace_are_those_of_nothing(seeds: SeededApp, route: Route) -> None:
    stranger = seed_program(seeds.app, seed_workspace(seeds.app, "b"))
    with nothing_changes(seeds.app):
        refusal(404, "not_found", call_sample(route, seeds, stranger.key))


@pytest.mark.parametrize("route", WITH_IDS, ids=lambda route: route.key)
@pytest.mark.parametrize("identifier", ["x" * 300, "%00", "a%23b"])
def test_what_nothing_can_be_called_is_404(seeds: SeededApp, route: Route, identifier: str) -> None:
    target = route.path.replace("{id}", identifier)
    body = sample_of("native", route.module, seeds)["event"].get("body", "")
    refusal(404, "not_found", seeds.app.call(route.method, target, body, token=seeds.program.key))


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.key)
def test_no_list_shows_anything_of_another_workspace(seeds: SeededApp, route: Route) -> None:
    stranger = seed_program(seeds.app, seed_workspace(seeds.app, "b"))
    shown = call_sample(route, seeds, stranger.key).text
    assert [own for own in (seeds.program.id, seeds.reader.id, seeds.webhook, seeds.workspace.id) if own in shown] == []


@pytest.mark.parametrize("route", JSON_ROUTES, ids=lambda route: route.key)
def test_a_body_of_another_type_is_415_and_a_large_one_413(seeds: SeededApp, route: Route) -> None:
    before = stored_items(seeds.app)
    answer = seeds.app.call(route.method, path_of(route), b"{}", token=seeds.program.key, headers=GARBAGE)
    refusal(415, "unsupported_media_type", answer)
    answer = seeds.app.call(route.method, path_of(route), b" " * (MEBIBYTE + 1), token=seeds.program.key)
    refusal(413, "payload_too_large", answer)
    assert stored_items(seeds.app) == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null", b'{"name": "\\ud800"}', b"[" * 100_000])
@pytest.mark.parametrize("route", JSON_ROUTES, ids=lambda route: route.key)
def test_a_body_that_is_no_json_object_is_400(seeds: SeededApp, route: Route, body: bytes) -> None:
    if body or route.module not in BODY_IS_OPTIONAL:
        refusal(400, "invalid_request", seeds.app.call(route.method, path_of(route), body, token=seeds.program.key))


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "TRACE"])
@every_secured_route
def test_another_method_is_405_for_callers_who_are_known(seeds: SeededApp, route: Route, method: str) -> None:
    refusal(401, "invalid_api_key", seeds.app.call(method, path_of(route)))
    answer = seeds.app.call(method, path_of(route), token=seeds.reader.key)
    known = sorted({each.method for each in ROUTES if each.path == route.path})
    assert refusal(405, "method_not_allowed", answer) == {"allowed": known}
    assert answer.headers["allow"] == ", ".join(known)


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v1/api-keys/", "/api/v1/nothing", "/docs/native/x"])
def test_an_unknown_path_is_404_for_everybody(seeds: SeededApp, path: str) -> None:
    for key in (None, seeds.program.key):
        answer = seeds.app.call("GET", path, token=key)
        refusal(404, "no_such_path", answer)
        assert answer.json()["error"]["message"] == f"no call has the path {path}. /docs/native has all calls."


@pytest.mark.parametrize("route", [route for route in ROUTES if route.path != DEFAULT], ids=lambda route: route.key)
def test_every_answer_repeats_the_callers_request_id(seeds: SeededApp, route: Route) -> None:
    answer = seeds.app.call(route.method, path_of(route), headers={"X-Request-Id": "mine"})
    assert answer.headers["x-request-id"] == "mine"
