"""What holds on every route: proof, then the application, then the scope, then the rest (contract 1.3-1.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

import pytest

from losant._routes import ROUTES
from sluiceway.domain.application_token import DEVICE
from sluiceway.domain.workflow import MOST_CONTENT_BYTES
from sluiceway.http.routes import DEFAULT, Body, Caller, Route
from sluiceway.usecases.application_tokens import revoke_application_token
from tests.handlers.losant.calls import UNKNOWN, invalid, refusal
from tests.handlers.test_event_samples import sample_of
from tests.support.app import Answer
from tests.support.seeds import SeededApp, seed_workspace, seeded_app
from tests.support.unchanged import nothing_changes
from tests.support.workflow_seeds import WorkflowSeeds, seed_token, seed_workflows

LISTED = [route for route in ROUTES if route.path != DEFAULT]
SECURED = [route for route in ROUTES if route.caller is not Caller.ANYONE]
PROGRAMS = [route for route in ROUTES if route.caller is Caller.PROGRAM]
DEVICES = [route for route in ROUTES if route.caller is Caller.DEVICE]
OF_APPLICATION = [route for route in SECURED if "{applicationId}" in route.path]
SCOPED = [route for route in PROGRAMS if route.scopes]
JSON_ROUTES = [route for route in SECURED if route.body is Body.JSON]
EVERY_SCOPE = sorted({*chain.from_iterable(route.scopes for route in ROUTES)})
ALL = ("all.Application", "all.Organization", "all.User")
FORBIDDEN = {"applications.create_application"}


@pytest.fixture(scope="module", name="seeds")
def _seeds() -> Iterator[SeededApp]:
    """Shared by the calls that are refused, and so change nothing."""
    with seeded_app() as seeds:
        assert seeds.workflows
        yield seeds


@pytest.fixture(name="fresh")
def _fresh() -> Iterator[SeededApp]:
    """For calls that succeed."""
    with seeded_app() as seeds:
        yield seeds


@pytest.fixture(scope="module", name="foreign")
def _foreign(seeds: SeededApp) -> WorkflowSeeds:
    """Another application, in which as much exists."""
    return seed_workflows(seeds.app.service, seed_workspace(seeds.app, "b").id)


@pytest.fixture(scope="module", name="revoked")
def _revoked(seeds: SeededApp) -> str:
    made = seed_token(seeds.app.service, seeds.workspace.id)
    revoke_application_token(seeds.app.service, seeds.workspace.id, made.token.id)
    return made.text


@pytest.fixture(scope="module", name="lesser")
def _lesser(seeds: SeededApp) -> str:
    return seed_token(seeds.app.service, seeds.workspace.id, "events.get").text


def of_each(routes: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", routes, ids=lambda route: route.key)


def call_sample(
    route: Route,
    seeds: SeededApp,
    credentials: str | None,
    parameters: Mapping[str, str] | None = None,
    *,
    content_type: str = "application/json",
) -> Answer:
    """Send what the sample sends, with other credentials, other path parameters and as another type."""
    event = sample_of("losant", route.module, seeds)["event"]
    kept = {name: value for name, value in event["headers"].items() if name != "authorization"}
    shown = {} if credentials is None else {"authorization": credentials}
    changed = {**event, "headers": {**kept, **shown, "content-type": content_type}}
    if parameters:
        changed["pathParameters"] = {**event.get("pathParameters", {}), **parameters}
    return seeds.app.invoke(f"losant.{route.module}", changed)


def good_token(route: Route, seeds: SeededApp) -> str:
    return seeds.workflows.device_token if route.caller is Caller.DEVICE else seeds.workflows.token


def path_of(route: Route, seeds: SeededApp) -> str:
    path = route.path.replace("{applicationId}", seeds.workflows.application)
    for name in ("deviceId", "flowId", "flowVersionId", "edgeDeploymentId", "applicationKeyId", "apiTokenId"):
        path = path.replace(f"{{{name}}}", UNKNOWN)
    return path


@pytest.mark.parametrize("kind", ["none", "wrong", "of no form", "a user's token", "an API key", "revoked", "changed"])
@of_each(SECURED)
def test_without_a_good_token_a_good_request_is_401_and_changes_nothing(
    seeds: SeededApp, route: Route, kind: str, revoked: str
) -> None:
    good = good_token(route, seeds)
    shown = {
        "none": None,
        "wrong": f"Bearer {seeds.workflows.token[:-43]}{revoked[-43:]}",
        "of no form": "Bearer x",
        "a user's token": f"Bearer {seeds.workspace.token}",
        "an API key": f"Bearer {seeds.program.key}",
        "revoked": f"Bearer {revoked}",
        "changed": f"Bearer {good[:-2]}AA",
    }
    with nothing_changes(seeds.app):
        answer = call_sample(route, seeds, shown[kind])
    refusal(401, "Unauthorized", answer)
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "{token}", "Basic {token}", "Bearer {token} {token}"])
@of_each(SECURED)
def test_a_header_that_is_none_is_401_and_is_not_repeated(seeds: SeededApp, route: Route, value: str) -> None:
    token = good_token(route, seeds)
    answer = call_sample(route, seeds, value.replace("{token}", token))
    refusal(401, "Unauthorized", answer)
    assert token not in answer.text


@pytest.mark.parametrize("application", ["foreign", UNKNOWN, "foo", "0" * 24])
@of_each(OF_APPLICATION)
def test_another_application_is_404_before_the_scope_is_looked_at(
    seeds: SeededApp, route: Route, application: str, foreign: WorkflowSeeds, lesser: str
) -> None:
    given = {"applicationId": foreign.application if application == "foreign" else application}
    with nothing_changes(seeds.app):
        for token in (good_token(route, seeds), lesser, seeds.workflows.device_token):
            answer = call_sample(route, seeds, f"Bearer {token}", given)
            assert refusal(404, "NotFound", answer) == "Application was not found"


@of_each(OF_APPLICATION)
def test_upper_case_ids_are_the_same_application_and_the_same_things(fresh: SeededApp, route: Route) -> None:
    sample = sample_of("losant", route.module, fresh)
    upper = {name: value.upper() for name, value in sample["event"]["pathParameters"].items()}
    assert call_sample(route, fresh, f"Bearer {good_token(route, fresh)}", upper).status == sample["status"]


@of_each([route for route in PROGRAMS if route.path.count("{") > 1])
def test_ids_of_another_application_are_those_of_nothing(
    seeds: SeededApp, route: Route, foreign: WorkflowSeeds
) -> None:
    with nothing_changes(seeds.app):
        answer = call_sample(route, seeds, f"Bearer {foreign.token}", {"applicationId": foreign.application})
    refusal(404, "NotFound", answer)
    assert seeds.workflows.application not in answer.text


@of_each([route for route in PROGRAMS if route.method == "GET" and not route.path.endswith("}")])
def test_no_list_shows_anything_of_another_application(seeds: SeededApp, route: Route, foreign: WorkflowSeeds) -> None:
    own = seeds.workflows
    given = {"applicationId": foreign.application, "flowId": foreign.flow}
    shown = call_sample(route, seeds, f"Bearer {foreign.token}", given).text
    mine = (own.application, own.device, own.flow, own.deployment, own.key_id, own.key, own.token_id, own.released)
    assert [each for each in mine if each in shown] == []


def sufficient(route: Route) -> list[str]:
    """Every scope that permits a route, in all spellings."""
    realms = [f"{realm}{suffix}" for realm in ALL for suffix in ("", ".bounded")]
    readers = [f"{realm}.read" for realm in ALL] if route.method == "GET" else []
    return [*realms, *readers, *route.scopes, *(f"{scope.partition('.')[0]}.*" for scope in route.scopes)]


@of_each(SCOPED)
def test_each_sufficient_scope_suffices_alone(seeds: SeededApp, route: Route) -> None:
    status = sample_of("losant", route.module, seeds)["status"]
    for scope in sufficient(route):
        with seeded_app() as fresh:
            assert fresh.workflows
            granting = {"applicationApiTokens.post"} & set(route.scopes)
            extra = ("edgeDeployments.*",) if granting else ()
            token = seed_token(fresh.app.service, fresh.workspace.id, scope, *extra)
            assert call_sample(route, fresh, f"Bearer {token.text}").status == status, scope


@of_each(SCOPED)
def test_every_other_scope_is_403_and_told_which(seeds: SeededApp, route: Route) -> None:
    known = {*EVERY_SCOPE, *(f"{scope.partition('.')[0]}.*" for scope in EVERY_SCOPE), DEVICE, "all.Device.read"}
    known |= set() if route.method == "GET" else {f"{realm}.read" for realm in ALL}
    token = seed_token(seeds.app.service, seeds.workspace.id, *(known - set(sufficient(route))))
    with nothing_changes(seeds.app):
        message = refusal(403, "Forbidden", call_sample(route, seeds, f"Bearer {token.text}"))
    assert [scope for scope in route.scopes if scope not in message] == []


@of_each(PROGRAMS)
def test_a_devices_token_permits_nothing_that_programs_do(seeds: SeededApp, route: Route) -> None:
    with nothing_changes(seeds.app):
        answer = call_sample(route, seeds, f"Bearer {seeds.workflows.device_token}")
    assert DEVICE in refusal(403, "Forbidden", answer)


@of_each(DEVICES)
def test_a_programs_token_permits_nothing_that_devices_do(seeds: SeededApp, route: Route) -> None:
    with nothing_changes(seeds.app):
        answer = call_sample(route, seeds, f"Bearer {seeds.workflows.token}")
    assert DEVICE in refusal(403, "Forbidden", answer)


@of_each(JSON_ROUTES)
def test_a_body_above_five_mebibytes_is_413_whatever_it_is_called(seeds: SeededApp, route: Route) -> None:
    target, body = path_of(route, seeds).replace(UNKNOWN, seeds.workflows.device, 1), b" " * (MOST_CONTENT_BYTES + 1)
    answer = seeds.app.call(route.method, target, body, token=good_token(route, seeds))
    refusal(413, "TooLarge", answer)


@of_each(JSON_ROUTES)
def test_a_body_may_have_any_content_type(fresh: SeededApp, route: Route) -> None:
    token = f"Bearer {good_token(route, fresh)}"
    answer = call_sample(route, fresh, token, content_type="text/plain")
    assert answer.status == sample_of("losant", route.module, fresh)["status"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"a": 1, "a": 1}'])
@of_each(JSON_ROUTES)
def test_a_body_that_is_no_json_object_is_400(seeds: SeededApp, route: Route, body: bytes) -> None:
    target = path_of(route, seeds).replace(f"devices/{UNKNOWN}", f"devices/{seeds.workflows.device}")
    invalid(seeds.app.call(route.method, target, body, token=good_token(route, seeds)))


@of_each(LISTED)
def test_a_preflight_is_answered_to_anybody(seeds: SeededApp, route: Route) -> None:
    answer = seeds.app.call("OPTIONS", path_of(route, seeds), headers={"origin": "https://example.com"})
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PATCH, DELETE, OPTIONS"
    allowed = "Authorization, Accept, Accept-Version, Content-Type, losantdomain"
    assert answer.headers["access-control-allow-headers"] == allowed
    assert answer.headers["access-control-max-age"] == "86400"


@of_each(LISTED)
def test_pages_of_any_origin_may_read_every_answer(fresh: SeededApp, route: Route) -> None:
    token = None if route.caller is Caller.ANYONE else f"Bearer {good_token(route, fresh)}"
    answer = call_sample(route, fresh, token)
    assert answer.status == sample_of("losant", route.module, fresh)["status"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("method", ["HEAD", "PUT", "TRACE"])
@of_each(LISTED)
def test_another_method_is_405_for_callers_who_are_known(seeds: SeededApp, route: Route, method: str) -> None:
    path = path_of(route, seeds)
    if route.caller is not Caller.ANYONE:
        refusal(401, "Unauthorized", seeds.app.call(method, path))
    answer = seeds.app.call(method, path, token=seeds.workflows.token)
    refusal(405, "MethodNotAllowed", answer)
    assert route.method in answer.headers["allow"].split(", ")


@pytest.mark.parametrize(
    "path", ["/applications//edge/deployments", "/applications/", "/auth", "/auth/x", "/docs/losant/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_the_404_of_this_dialect(seeds: SeededApp, path: str, method: str) -> None:
    for token in (None, seeds.workflows.token):
        refusal(404, "NotFound", seeds.app.call(method, path, token=token))


def test_clients_headers_and_parameters_of_every_version_are_taken(seeds: SeededApp) -> None:
    target = f"/applications/{seeds.workflows.application}/edge/deployments?_actions=false&_links=true&_embedded=true"
    for version in ("^1.20.1", "^1.31.0", "x"):
        headers = {"accept-version": version, "losantdomain": "example.com", "accept": "application/json"}
        assert seeds.app.call("GET", target, token=seeds.workflows.token, headers=headers).status == 200


def test_every_route_of_programs_but_the_refused_one_needs_a_scope() -> None:
    assert {route.module for route in PROGRAMS if not route.scopes} == FORBIDDEN
