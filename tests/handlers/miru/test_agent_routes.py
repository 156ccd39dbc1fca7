"""What holds on every call of devices: a good token of theirs comes before everything else (miru contract 3.2, 8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import jwt
import pytest

from miru._routes import AGENT_ROOT, ROUTES
from miru._surface import MOST_BODY_BYTES
from sluiceway.http.routes import Body, Caller, Route
from tests.handlers.miru.calls import refusal
from tests.support.app import NOW, SIGNING_KEY
from tests.support.seeds import SeededApp, expect, seeded_app
from tests.support.unchanged import nothing_changes

OF_DEVICES = [route for route in ROUTES if route.caller is Caller.DEVICE]
ENROLLING = [route for route in ROUTES if route.caller is Caller.ANYONE and route.path.startswith(f"{AGENT_ROOT}/")]
WITH_BEARER = [*OF_DEVICES, *(route for route in ENROLLING if route.module != "agent.issue_token")]
WITH_BODY = [route for route in (*OF_DEVICES, *ENROLLING) if route.body is Body.JSON]
of_devices = pytest.mark.parametrize("route", OF_DEVICES, ids=lambda route: route.key)
with_bearer = pytest.mark.parametrize("route", WITH_BEARER, ids=lambda route: route.key)
with_body = pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.key)


@pytest.fixture(scope="module", name="seeds")
def _seeds() -> Iterator[SeededApp]:
    """Shared: no call of these tests changes more than when the device was last heard of."""
    with seeded_app() as seeds:
        assert seeds.agent
        yield seeds


def path_of(route: Route, seeds: SeededApp) -> str:
    ids = {
        "device_id": seeds.configs.device,
        "deployment_id": seeds.configs.deployed,
        "release_id": seeds.configs.release,
        "git_commit_id": seeds.configs.commit,
        "config_instance_id": seeds.configs.instance,
    }
    return route.path.format(**ids)


def token_for(route: Route, seeds: SeededApp) -> str | None:
    return {
        "agent.activate_device": seeds.agent.activation_token,
        "agent.provision_device": seeds.agent.provisioning_token,
        "agent.reprovision_device": seeds.agent.activation_token,
        "agent.request_token": seeds.agent.self_signed_token,
        "agent.issue_token": None,
    }.get(route.module, seeds.agent.token)


def forged(token: str, *, key: str = SIGNING_KEY, algorithm: str = "HS256", **claims: object) -> str:
    """A token that differs from a good one in some claims, its key or its algorithm."""
    good = jwt.decode(token, options={"verify_signature": False})
    changed = {name: value for name, value in {**good, **claims}.items() if value is not None}
    return jwt.encode(changed, key, algorithm=algorithm)


def bad_credentials(kind: str, seeds: SeededApp) -> dict[str, str]:
    good = seeds.agent.token
    values = {
        "none": None,
        "empty": "",
        "no token": "Bearer ",
        "no scheme": good,
        "another scheme": f"Basic {good}",
        "not a token": "Bearer not.a.token",
        "not ASCII": "Bearer \u00e9\u00e9",
        "a user's": f"Bearer {seeds.workspace.token}",
        "an API key": f"Bearer {seeds.program.key}",
        "a device's of another dialect": f"Bearer {seeds.updating.token}",
        "expired": f"Bearer {forged(good, exp=int((NOW - timedelta(seconds=1)).timestamp()))}",
        "another key": f"Bearer {forged(good, key='another key of thirty-two bytes!')}",
        "no algorithm": f"Bearer {forged(good, algorithm='none', key='')}",
        "another issuer": f"Bearer {forged(good, iss='Mender')}",
        "another audience": f"Bearer {forged(good, aud='devices')}",
        "another workspace": f"Bearer {forged(good, ws='another')}",
        "another device": f"Bearer {forged(good, sub='dvc_another')}",
        "an older epoch": f"Bearer {forged(good, ep=0)}",
        "no epoch": f"Bearer {forged(good, ep=None)}",
    }
    value = values[kind]
    return {} if value is None else {"authorization": value}


KINDS = (
    "none",
    "empty",
    "no token",
    "no scheme",
    "another scheme",
    "not a token",
    "not ASCII",
    "a user's",
    "an API key",
    "a device's of another dialect",
    "expired",
    "another key",
    "no algorithm",
    "another issuer",
    "another audience",
    "another workspace",
    "another device",
    "an older epoch",
    "no epoch",
)


@pytest.mark.parametrize("kind", KINDS)
@with_bearer
def test_without_good_credentials_the_answer_is_401_whatever_else_is_wrong(
    seeds: SeededApp, route: Route, kind: str
) -> None:
    headers = {**bad_credentials(kind, seeds), "content-type": "text/plain"}
    with nothing_changes(seeds.app):
        answer = seeds.app.call(route.method, f"{path_of(route, seeds)}?limit=x", b"\xff", headers=headers)
    refusal(401, "invalid_jwt_auth", answer)


@with_bearer
def test_an_api_key_is_no_credential_of_a_device(seeds: SeededApp, route: Route) -> None:
    headers = {"x-api-key": seeds.program.key}
    refusal(401, "invalid_jwt_auth", seeds.app.call(route.method, path_of(route, seeds), b"{}", headers=headers))


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.caller is Caller.PROGRAM], ids=lambda route: route.key
)
def test_a_devices_token_is_no_api_key(seeds: SeededApp, route: Route) -> None:
    path = route.path.format_map({**dict.fromkeys(("config_type_id", "config_schema_id"), "x"), **_ids(seeds)})
    headers = {"x-api-key": seeds.agent.token, "miru-version": "v1"}
    refusal(401, "invalid_api_key", seeds.app.call(route.method, path, b"{}", headers=headers))


def _ids(seeds: SeededApp) -> dict[str, str]:
    names = ("device_id", "deployment_id", "release_id", "git_commit_id", "config_instance_id")
    return dict.fromkeys(names, seeds.configs.device)


@with_bearer
def test_no_refusal_shows_the_credentials(seeds: SeededApp, route: Route) -> None:
    token = seeds.agent.token
    for value in (token, f"Token {token}", f"Bearer {token}x"):
        answer = seeds.app.call(route.method, path_of(route, seeds), headers={"authorization": value})
        assert token not in answer.text


@with_body
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"name": "\\ud800"}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_400(seeds: SeededApp, route: Route, body: bytes) -> None:
    with nothing_changes(seeds.app):
        answer = seeds.app.call(route.method, path_of(route, seeds), body, token=token_for(route, seeds))
    refusal(400, "invalid_request", answer)


@with_body
def test_a_body_has_at_most_four_mebibytes(seeds: SeededApp, route: Route) -> None:
    body = b'{"a": "' + b"x" * MOST_BODY_BYTES + b'"}'
    answer = seeds.app.call(route.method, path_of(route, seeds), body, token=token_for(route, seeds))
    refusal(413, "payload_too_large", answer)


@pytest.mark.parametrize("version", ["v0.2", "v0.3", "v0.4", "v0.17", "v9", "2026-03-09.tetons", None])
@of_devices
def test_8_1_no_version_of_a_device_is_refused(seeds: SeededApp, route: Route, version: str | None) -> None:
    headers = {} if version is None else {"miru-version": version}
    body = b'{"activity_status": "queued", "error_status": "none"}'
    answer = seeds.app.call(route.method, path_of(route, seeds), body, token=seeds.agent.token, headers=headers)
    expect(200, answer)
    assert "miru-version" not in answer.headers


@pytest.mark.parametrize("path", ["/agent/v1", "/agent/v1/nothing", "/agent/v2/device", "/agent/v1/deployments/x/y"])
def test_what_no_route_takes_is_404_in_the_dialects_words(seeds: SeededApp, path: str) -> None:
    refusal(404, "record_not_found", seeds.app.call("GET", path, token=seeds.agent.token, surface="miru"))
