"""What holds on every management route of the Miru surface: version, key, scope, then the rest (miru contract 3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from miru._routes import MANAGEMENT_ROOTS, ROUTES
from miru._versions import Version
from sluiceway.domain.scopes import EITHER, EVERYTHING, KNOWN, MANAGE
from sluiceway.http.routes import Body, Caller, Route
from sluiceway.usecases.api_keys import revoke_api_key
from tests.handlers.miru.calls import refusal
from tests.handlers.test_event_samples import sample_of
from tests.support.app import Answer
from tests.support.seeds import Program, SeededApp, seed_program, seed_workspace, seeded_app
from tests.support.unchanged import nothing_changes

SECURED = [route for route in ROUTES if route.caller is Caller.PROGRAM]
SCOPED = [route for route in SECURED if route.scopes]
WITH_IDS = [route for route in SECURED if "{" in route.path]
LISTS = [route for route in SECURED if ".list_" in route.module and "{" not in route.path]
JSON_ROUTES = [route for route in SECURED if route.body is Body.JSON]
CREATE = "deployments.create_deployment"
"""Its sample stages a deployment, which takes a scope more than its route names."""
UNKNOWN = "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01"
_PLACE = re.compile(r"\{\w+\}")
every_secured_route = pytest.mark.parametrize("route", SECURED, ids=lambda route: route.key)
every_route_with_an_id = pytest.mark.parametrize("route", WITH_IDS, ids=lambda route: route.key)


@pytest.fixture(scope="module", name="seeds")
def _seeds() -> Iterator[SeededApp]:
    """Shared: no call of these tests changes what another one needs."""
    with seeded_app() as seeds:
        assert seeds.configs.device
        yield seeds


@pytest.fixture(scope="module", name="stranger")
def _stranger(seeds: SeededApp) -> Program:
    """A program of another workspace, with all rights there."""
    return seed_program(seeds.app, seed_workspace(seeds.app, "b"))


@pytest.fixture(name="fresh")
def _fresh() -> Iterator[SeededApp]:
    with seeded_app() as seeds:
        yield seeds


def call_sample(route: Route, seeds: SeededApp, key: str | None, **headers: str | None) -> Answer:
    """Send what the sample sends, with other credentials; a header that is None is left out."""
    event = sample_of("miru", route.module, seeds)["event"]
    shown = {**event["headers"], "x-api-key": key, **headers}
    kept = {name: value for name, value in shown.items() if value is not None}
    return seeds.app.invoke(f"miru.{route.module}", {**event, "headers": kept})


def in_every_version(route: Route, seeds: SeededApp, key: str) -> list[Answer]:
    """Send what the sample sends in each version."""
    return [call_sample(route, seeds, key, **{"miru-version": version.value}) for version in Version]


def call(seeds: SeededApp, method: str, target: str, key: str | None, body: object = b"", **headers: str) -> Answer:
    headers = {"miru-version": Version.TETONS.value, **({} if key is None else {"x-api-key": key}), **headers}
    return seeds.app.call(method, target, body, headers=headers)


def path_of(route: Route, identifier: str = UNKNOWN) -> str:
    return _PLACE.sub(identifier, route.path)


def needed_scopes(route: Route) -> list[str]:
    """Scopes with which the sample of a route may be called: the first of those that are enough."""
    extra = ["deployments:stage"] if route.module == CREATE else []
    return [*(scope.partition(EITHER)[0] for scope in route.scopes), *extra]


def test_every_management_route_but_the_principals_needs_scopes_that_exist() -> None:
    assert {route.module for route in SECURED if not route.scopes} == {"principal.get_principal"}
    assert {one for route in SECURED for scope in route.scopes for one in scope.split(EITHER)} <= KNOWN


def test_every_management_route_is_under_both_roots() -> None:
    for route in SECURED:
        _, _, rest = route.path.removeprefix("/").partition("/")
        assert route.paths == tuple(f"{root}/{rest}" for root in MANAGEMENT_ROOTS)


@pytest.mark.parametrize("kind", ["none", "empty", "wrong", "of no form", "a user's token", "revoked", "of another"])
@every_secured_route
def test_without_a_good_key_a_good_request_is_401_and_changes_nothing(
    seeds: SeededApp, route: Route, kind: str
) -> None:
    revoked, other = (seed_program(seeds.app, seeds.workspace) for _ in range(2))
    revoke_api_key(seeds.app.service, seeds.workspace.id, revoked.id)
    keys: dict[str, str | None] = {
        "none": None,
        "empty": "",
        "wrong": f"{seeds.program.key[:-43]}{other.key[-43:]}",
        "of no form": "wrong",
        "a user's token": seeds.workspace.token,
        "revoked": revoked.key,
        "of another": seeds.program.key.replace(seeds.workspace.id, UNKNOWN),
    }
    shown = keys[kind]
    with nothing_changes(seeds.app):
        answer = call_sample(route, seeds, shown)
    refusal(401, "invalid_api_key", answer)
    assert answer.headers["miru-version"] == Version.TETONS.value
    assert not shown or shown not in answer.text


@every_secured_route
def test_the_version_is_checked_before_the_key(seeds: SeededApp, route: Route) -> None:
    with nothing_changes(seeds.app):
        refusal(400, "unsupported_api_version", call_sample(route, seeds, None, **{"miru-version": "2020-01-01.x"}))
        refusal(400, "missing_api_version", call_sample(route, seeds, None, **{"miru-version": None}))


@pytest.mark.parametrize("route", SCOPED, ids=lambda route: route.key)
def test_a_key_with_every_scope_but_the_needed_ones_is_403_and_told_which(seeds: SeededApp, route: Route) -> None:
    enough = {one for scope in route.scopes for one in scope.split(EITHER)}
    implying = {f"{one.partition(':')[0]}:{MANAGE}" for one in enough}
    lesser = seed_program(seeds.app, seeds.workspace, *(KNOWN - {EVERYTHING} - enough - implying))
    with nothing_changes(seeds.app):
        for answer in in_every_version(route, seeds, lesser.key):
            assert refusal(403, "forbidden", answer) == {"required": sorted(enough)}


@pytest.mark.parametrize("scopes", ["exactly", "manage", "everything"])
@every_secured_route
def test_a_key_with_the_needed_scopes_or_one_that_implies_them_may_call(
    fresh: SeededApp, route: Route, scopes: str
) -> None:
    needed = needed_scopes(route)
    held = {
        "exactly": needed,
        "manage": [f"{scope.partition(':')[0]}:{MANAGE}" for scope in needed],
        "everything": [EVERYTHING],
    }[scopes]
    program = seed_program(fresh.app, fresh.workspace, *(held or ["webhooks:read"]))
    assert call_sample(route, fresh, program.key).status == sample_of("miru", route.module, fresh)["status"]


@pytest.mark.parametrize("route", [route for route in SCOPED if EITHER in route.scopes[0]], ids=lambda each: each.key)
def test_either_of_two_scopes_is_enough(fresh: SeededApp, route: Route) -> None:
    (scope,) = route.scopes
    for one in scope.split(EITHER):
        program = seed_program(fresh.app, fresh.workspace, one)
        answer = call_sample(route, fresh, program.key)
        assert answer.status in {200, 409}, "not for want of a scope"


@every_route_with_an_id
def test_ids_of_another_workspace_are_those_of_nothing(seeds: SeededApp, stranger: Program, route: Route) -> None:
    with nothing_changes(seeds.app):
        for answer in in_every_version(route, seeds, stranger.key):
            assert set(refusal(404, "record_not_found", answer)) == {"record_type", "record_id"}


@every_route_with_an_id
@pytest.mark.parametrize("identifier", ["x" * 300, "%00", "a%23b", "dpl_none", "%C3%A9"])
def test_what_nothing_is_called_is_404_whatever_the_body_and_the_query(
    seeds: SeededApp, route: Route, identifier: str
) -> None:
    target = f"{path_of(route, identifier)}?expand=nothing&limit=ten&disposition=x"
    refusal(404, "record_not_found", call(seeds, route.method, target, seeds.program.key, b"{"))


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.key)
def test_no_list_shows_anything_of_another_workspace(seeds: SeededApp, stranger: Program, route: Route) -> None:
    for version in Version:
        spoken = {"miru-version": version.value}
        assert call(seeds, "GET", route.path, seeds.program.key, **spoken).json()["data"] != []
        assert call(seeds, "GET", route.path, stranger.key, **spoken).json()["data"] == []


@pytest.mark.parametrize("route", JSON_ROUTES, ids=lambda route: route.key)
def test_a_body_of_more_than_4_mib_is_413(seeds: SeededApp, route: Route) -> None:
    with nothing_changes(seeds.app):
        answer = call(seeds, route.method, path_of(route), seeds.program.key, b" " * (4 * 1024 * 1024 + 1))
    refusal(413, "payload_too_large", answer)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "TRACE"])
@every_secured_route
def test_another_method_is_404_for_callers_who_are_known(seeds: SeededApp, route: Route, method: str) -> None:
    for path in (path_of(route), path_of(route).replace("/beta", "/v1")):
        refusal(401, "invalid_api_key", call(seeds, method, path, None))
        refusal(404, "record_not_found", call(seeds, method, path, seeds.program.key))


@pytest.mark.parametrize("path", ["/beta", "/v1/", "/v1/devices/", "/beta/nothing", "/docs/miru/x", "/docs/miru/a/b"])
def test_an_unknown_path_is_404_for_everybody(seeds: SeededApp, path: str) -> None:
    for key in (None, seeds.program.key):
        refusal(404, "record_not_found", call(seeds, "GET", path, key))


@every_secured_route
def test_an_expansion_that_there_is_not_is_refused_in_every_version(seeds: SeededApp, route: Route) -> None:
    event = sample_of("miru", route.module, seeds)["event"]
    for version in Version:
        headers = {**event["headers"], "miru-version": version.value}
        with nothing_changes(seeds.app):
            unknown = {**event, "rawQueryString": "expand=nothing", "headers": headers}
            params = refusal(400, "invalid_expansion", seeds.app.invoke(f"miru.{route.module}", unknown))
        assert params["name"] == "nothing"


@every_secured_route
def test_every_answer_names_its_version(seeds: SeededApp, route: Route) -> None:
    for version in Version:
        answer = call(seeds, route.method, path_of(route), seeds.program.key, **{"miru-version": version.value})
        assert answer.headers["miru-version"] == version.value
