"""What holds on every route of the Mender surface, in the order of mender contract 1.5.

Proof comes first, then method, size, type and identifiers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import jwt
import pytest

from mender._routes import ROUTES
from sluiceway.http.routes import DEFAULT, MEBIBYTE, Body, Caller, Route
from tests.support.app import NOW, ROUTERS, SIGNING_KEY, Answer
from tests.support.seeds import SeededApp, report, seeded_app, send_log

SECURED = [route for route in ROUTES if route.caller is not Caller.ANYONE]
JSON_ROUTES = [route for route in ROUTES if route.body is Body.JSON]
BODY_IS_OPTIONAL = {"useradm.log_in", "artifacts.invite_upload", "artifacts.complete_upload"}
NEEDS_A_BODY = [route for route in JSON_ROUTES if route.module not in BODY_IS_OPTIONAL]
LISTED = [route for route in ROUTES if route.path != DEFAULT]
NAMED_BY_US = ("/deployments/{id}", "/artifacts/{id}", "/directupload/{id}", "/filters/{id}")
"""Device ids, which other paths hold, are opaque (contract 1.5)."""
WITH_UUID = [route for route in SECURED if any(part in route.path for part in NAMED_BY_US)]
UNKNOWN = "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01"
METHODS = {route.method for route in LISTED}
OTHER_METHODS = ("HEAD", "OPTIONS", "TRACE")
GARBAGE = {"content-type": "text/plain"}


@pytest.fixture(scope="module", name="seeds")
def _seeds() -> Iterator[SeededApp]:
    """Shared: no call of these tests changes anything."""
    with seeded_app() as seeds:
        yield seeds


def path_of(route: Route, identifier: str = UNKNOWN) -> str:
    filled = route.path.replace("{id}", identifier)
    filled = filled.replace("{name}", "storage")
    return filled.replace("{aid}", identifier).replace("{device_id}", identifier).replace("{token}", "x")


def is_routed(method: str, route: Route) -> bool:
    """Whether any route takes this method on the path of a route."""
    match = ROUTERS["mender"].match(method, path_of(route))
    return match is not None and match.route.path != DEFAULT


def token_for(route: Route, seeds: SeededApp) -> str | None:
    return {Caller.USER: seeds.workspace.token, Caller.DEVICE: seeds.updating.token, Caller.ANYONE: None}[route.caller]


def forged(token: str, *, key: str = SIGNING_KEY, algorithm: str = "HS256", **claims: object) -> str:
    """A token that differs from a good one in some claims, its key or its algorithm."""
    good = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**good, **claims}, key, algorithm=algorithm)


def bad_credentials(kind: str, route: Route, seeds: SeededApp) -> dict[str, str]:
    good = token_for(route, seeds) or ""
    other = seeds.updating.token if route.caller is Caller.USER else seeds.workspace.token
    past = int((NOW - timedelta(seconds=1)).timestamp())
    values = {
        "none": None,
        "empty": "",
        "no token": "Bearer ",
        "two tokens": f"Bearer {good} {good}",
        "no scheme": good,
        "another scheme": f"Basic {good}",
        "not a token": "Bearer not.a.token",
        "not ASCII": "Bearer \u00e9\u00e9",
        "another kind": f"Bearer {other}",
        "expired": f"Bearer {forged(good, exp=past)}",
        "another algorithm": f"Bearer {forged(good, algorithm='HS512', key=SIGNING_KEY * 2)}",
        "no algorithm": f"Bearer {forged(good, algorithm='none', key='')}",
        "another key": f"Bearer {forged(good, key='another key of thirty-two bytes!')}",
        "another issuer": f"Bearer {forged(good, iss='Somebody')}",
        "another workspace": f"Bearer {forged(good, **{'mender.tenant': UNKNOWN})}",
        "a token that was never given": f"Bearer {forged(good, jti=UNKNOWN)}",
        "an older epoch": f"Bearer {forged(good, ep=-1)}",
    }
    value = values[kind]
    return {} if value is None else {"authorization": value}


KINDS = (
    "none",
    "empty",
    "no token",
    "two tokens",
    "no scheme",
    "another scheme",
    "not a token",
    "not ASCII",
    "another kind",
    "expired",
    "another algorithm",
    "no algorithm",
    "another key",
    "another issuer",
    "another workspace",
    "a token that was never given",
    "an older epoch",
)


def check_refusal(answer: Answer, status: int) -> str:
    """An error body of mender contract 1.4; its text."""
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert set(body) == {"error", "request_id"}
    assert isinstance(body["error"], str)
    assert body["error"]
    assert body["request_id"] == answer.headers["x-men-requestid"]
    return str(body["error"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("route", SECURED, ids=lambda route: route.key)
def test_28_decision_25_without_good_credentials_the_answer_is_401_whatever_else_is_wrong(
    seeds: SeededApp, route: Route, kind: str
) -> None:
    headers = {**bad_credentials(kind, route, seeds), **GARBAGE}
    answer = seeds.app.call(route.method, f"{path_of(route, 'foo')}?page=x", b"\xff" * 10, headers=headers)
    check_refusal(answer, 401)
    realm = 'Bearer realm="ManagementJWT"' if route.caller is Caller.USER else None
    assert answer.headers.get("www-authenticate") == realm


@pytest.mark.parametrize("route", SECURED, ids=lambda route: route.key)
def test_no_refusal_shows_the_credentials(seeds: SeededApp, route: Route) -> None:
    token = token_for(route, seeds) or ""
    for value in (token, f"Token {token}", f"{token} x"):
        assert token not in seeds.app.call(route.method, path_of(route), headers={"authorization": value}).text


@pytest.mark.parametrize("method", OTHER_METHODS)
@pytest.mark.parametrize("route", LISTED, ids=lambda route: route.key)
def test_28_another_method_is_405_for_callers_who_are_known(seeds: SeededApp, route: Route, method: str) -> None:
    answer = seeds.app.call(method, path_of(route), token=token_for(route, seeds))
    check_refusal(answer, 405)
    assert answer.headers["allow"].split(", ") == [known for known in sorted(METHODS) if is_routed(known, route)]


@pytest.mark.parametrize("method", OTHER_METHODS)
@pytest.mark.parametrize("route", SECURED, ids=lambda route: route.key)
def test_another_method_is_401_for_callers_who_are_not(seeds: SeededApp, route: Route, method: str) -> None:
    check_refusal(seeds.app.call(method, path_of(route)), 401)
    headers = bad_credentials("another kind", route, seeds)
    check_refusal(seeds.app.call(method, path_of(route), headers=headers), 401)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", *OTHER_METHODS])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/management/v1/deployments",
        "/api/management/v1/deployments/deployments/",
        "/api/management/v1/deployments/deployments/x/y",
        "/api/management/v9/deployments/deployments",
        "/API/management/v1/deployments/deployments",
        "/favicon.ico",
    ],
)
def test_28_an_unknown_path_is_404_for_everybody(seeds: SeededApp, path: str, method: str) -> None:
    for token in (None, seeds.workspace.token, seeds.updating.token):
        assert check_refusal(seeds.app.call(method, path, token=token, surface="mender"), 404) == "Resource not found"


@pytest.mark.parametrize("route", JSON_ROUTES, ids=lambda route: route.key)
def test_a_json_body_has_at_most_one_mebibyte(seeds: SeededApp, route: Route) -> None:
    body, token = b'{"a":"' + b"x" * MEBIBYTE + b'"}', token_for(route, seeds)
    for headers in ({}, GARBAGE, {"content-type": "application/json"}):
        answer = seeds.app.call(route.method, path_of(route, "foo"), body, token=token, headers=headers)
        check_refusal(answer, 413)


@pytest.mark.parametrize("route", JSON_ROUTES, ids=lambda route: route.key)
def test_a_body_of_another_type_is_415_and_of_no_type_at_all_400(seeds: SeededApp, route: Route) -> None:
    path, token = path_of(route, "foo"), token_for(route, seeds)
    answer = seeds.app.call(route.method, path, b"{}", token=token, headers=GARBAGE)
    assert check_refusal(answer, 415) == "Bad Content-Type, expected 'application/json'"
    answer = seeds.app.call(route.method, path, b"{}", token=token, headers={"content-type": "json"})
    assert check_refusal(answer, 400) == "malformed Content-Type header"


@pytest.mark.parametrize("route", WITH_UUID, ids=lambda route: route.key)
def test_an_identifier_that_is_no_uuid_is_400_before_the_query_and_the_body(seeds: SeededApp, route: Route) -> None:
    target = f"{path_of(route, 'foo')}?page=x&per_page=0&status=foo&expire=x"
    answer = seeds.app.call(route.method, target, b"{", token=token_for(route, seeds))
    assert check_refusal(answer, 400) == "ID is not a valid UUID"


def test_a_log_of_a_deployment_that_a_device_has_no_part_in_is_404_in_words_of_its_own(seeds: SeededApp) -> None:
    for deployment in (UNKNOWN, seeds.untouched):
        assert check_refusal(send_log(seeds.app, seeds.updating, deployment), 404) == "Deployment not found"
        assert check_refusal(report(seeds.app, seeds.updating, deployment, "success"), 404) == "Resource not found"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"status": "\\ud800"}', b"[" * 100_000])
@pytest.mark.parametrize("route", NEEDS_A_BODY, ids=lambda route: route.key)
def test_a_body_that_is_not_json_is_400(seeds: SeededApp, route: Route, body: bytes) -> None:
    check_refusal(seeds.app.call(route.method, path_of(route), body, token=token_for(route, seeds)), 400)


@pytest.mark.parametrize("route", LISTED, ids=lambda route: route.key)
def test_28_every_answer_repeats_the_callers_request_id(seeds: SeededApp, route: Route) -> None:
    answer = seeds.app.call(route.method, path_of(route), headers={"X-MEN-RequestID": "mine"})
    assert answer.headers["x-men-requestid"] == "mine"


@pytest.mark.parametrize("headers", [{}, *({"X-MEN-RequestID": given} for given in ("", "x" * 129, "\u00e9"))])
def test_28_a_request_id_that_is_absent_or_cannot_be_kept_is_made(seeds: SeededApp, headers: dict[str, str]) -> None:
    answer = seeds.app.call("GET", "/api/devices/nowhere", headers=headers)
    assert UUID(answer.headers["x-men-requestid"]).version == 4
    assert check_refusal(answer, 404)
