"""How devices are given the tokens that they call with (miru contract 8.3, 8.4)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from infra.local.config_device_client import self_signed_token, signed_claims
from sluiceway.usecases.config_keys import key_id_of
from tests.handlers.miru.agents import ROOT, Agent, Fleet
from tests.handlers.miru.calls import Json, Miru, refusal
from tests.support.app import NOW, Answer
from tests.support.config_agents import device_key
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes


@pytest.fixture
def fleet(miru: Miru) -> Fleet:
    return Fleet(miru)


@pytest.fixture
def agent(fleet: Fleet) -> Agent:
    return fleet.agent(fleet.device())


def show_jwt(agent: Agent, text: str) -> Answer:
    return agent.app.call("POST", f"{ROOT}/devices/token", token=text)


def own_jwt(number: int = 0, algorithm: str = "RS512", kid: object = None, **claims: Any) -> str:  # noqa: ANN401
    """A JWT that differs from what a genuine device makes in its algorithm, key or claims; None leaves one out."""
    key = device_key(number)
    good = {"jti": "t", "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 120, **claims}
    sent = {name: value for name, value in good.items() if value is not None}
    headers = {"kid": key_id_of(key.public_key()) if kid is None else kid}
    return jwt.encode(sent, key, algorithm=algorithm, headers=headers)


def test_the_token_is_a_jwt_with_five_claims_for_an_hour(agent: Agent) -> None:
    answer: Json = expect(200, agent.show(agent.claims())).json()
    claims = jwt.decode(answer["token"], options={"verify_signature": False})
    assert set(answer) == {"token", "expires_at"}
    assert (claims["sub"], claims["iss"], claims["aud"]) == (agent.device_id, "miru", "device")
    assert claims["exp"] - claims["iat"] == timedelta(minutes=60).total_seconds()
    assert datetime.fromisoformat(answer["expires_at"]) == NOW + timedelta(minutes=60)


def test_a_token_ends_after_an_hour(agent: Agent) -> None:
    agent.app.pass_time(minutes=59)
    expect(200, agent.call("GET", "/device"))
    agent.app.pass_time(minutes=1)
    refusal(401, "invalid_jwt_auth", agent.call("GET", "/device"))


def test_what_is_signed_is_compact_json_in_this_order_with_whole_seconds(agent: Agent) -> None:
    """The bytes are spelled out here, since the simulated device could be wrong in the same way as the service."""
    signed = f'{{"device_id":"{agent.device_id}","nonce":"0f7c","expiration":{int(NOW.timestamp()) + 60}}}'
    signature = base64.b64encode(device_key(0).sign(signed.encode(), PKCS1v15(), SHA256())).decode()
    claims = {"device_id": agent.device_id, "nonce": "0f7c", "expiration": "2026-03-11T13:01:00.999999999+00:00"}
    expect(200, agent.show({"claims": claims, "signature": signature}))


@pytest.mark.parametrize(
    "text", ["2026-03-11T13:01:00Z", "2026-03-11T14:01:00.5+01:00", "2026-03-11T13:01:00.000000001+00:00"]
)
def test_the_time_may_be_written_in_any_offset_and_fraction(agent: Agent, text: str) -> None:
    body = signed_claims(device_key(0), agent.device_id, text, NOW + timedelta(minutes=1))
    body["claims"]["expiration"] = text
    expect(200, agent.show(body))


@pytest.mark.parametrize(("member", "value"), [("nonce", "other"), ("expiration", "2026-03-11T13:01:59Z")])
def test_claims_that_differ_from_what_was_signed_are_refused(agent: Agent, member: str, value: str) -> None:
    body = agent.claims()
    body["claims"][member] = value
    refusal(401, "invalid_jwt_auth", agent.show(body))


def test_claims_are_good_once(agent: Agent) -> None:
    claims = agent.claims()
    expect(200, agent.show(claims))
    refusal(401, "invalid_jwt_auth", agent.show(claims))
    refusal(401, "invalid_jwt_auth", agent.show(agent.claims(claims["claims"]["nonce"], lasts=119)))


@pytest.mark.parametrize(("lasts", "status"), [(-1, 401), (0, 401), (1, 200), (300, 200), (301, 401), (86_400, 401)])
def test_claims_end_in_the_future_and_at_most_five_minutes_ahead(agent: Agent, lasts: float, status: int) -> None:
    expect(status, agent.show(agent.claims(lasts=lasts)))


def test_claims_of_another_device_or_key_or_no_device_are_refused(fleet: Fleet, agent: Agent) -> None:
    other = fleet.agent(fleet.device("cart-8"), 1)
    path = f"{ROOT}/devices/{agent.device_id}/issue_token"
    refusal(401, "invalid_jwt_auth", agent.app.call("POST", path, other.claims()))
    refusal(
        401, "invalid_jwt_auth", Agent(agent.app, agent.device_id, 1).show(agent.claims("x") | {"signature": "AA=="})
    )
    refusal(401, "invalid_jwt_auth", agent.show(Agent(agent.app, agent.device_id, 1).claims()))
    refusal(401, "invalid_jwt_auth", (nobody := Agent(agent.app, "dvc_nobody")).show(nobody.claims()))
    never = Agent(agent.app, fleet.device("cart-9"))
    refusal(401, "invalid_jwt_auth", never.show(never.claims()))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"signature": None}, "signature"),
        ({"signature": 1}, "signature"),
        ({"claims": None}, "claims"),
        ({"claims": []}, "claims"),
        ({"claims": {"device_id": "d", "nonce": "n"}}, "claims.expiration"),
        ({"claims": {"device_id": "d", "nonce": "n", "expiration": "soon"}}, "claims.expiration"),
        ({"claims": {"device_id": "d", "nonce": "n", "expiration": "2026-03-11T13:01:00"}}, "claims.expiration"),
        ({"claims": {"device_id": "d", "nonce": "n" * 257, "expiration": "2026-03-11T13:01:00Z"}}, "claims.nonce"),
    ],
)
def test_what_are_no_signed_claims_is_400(agent: Agent, change: Json, field: str) -> None:
    (fault,) = refusal(400, "invalid_request", agent.show({**agent.claims(), **change}))["fields"]
    assert fault["field"] == field


def test_a_signature_that_is_no_base64_is_401(agent: Agent) -> None:
    refusal(401, "invalid_jwt_auth", agent.show({**agent.claims(), "signature": "not base64!"}))


# v0.9: self-signed JWTs


def test_a_jwt_of_a_devices_own_is_answered_with_a_token_that_calls(agent: Agent) -> None:
    answer = expect(200, show_jwt(agent, self_signed_token(device_key(0), "t", datetime.now(UTC)))).json()
    agent.token = answer["token"]
    assert agent.get("/device")["id"] == agent.device_id


def test_a_jwt_of_a_devices_own_is_good_once(agent: Agent) -> None:
    expect(200, show_jwt(agent, own_jwt()))
    refusal(401, "invalid_jwt_auth", show_jwt(agent, own_jwt()))
    refusal(401, "invalid_jwt_auth", show_jwt(agent, own_jwt(exp=int(NOW.timestamp()) + 60)))
    expect(200, show_jwt(agent, own_jwt(jti="other")))


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": "RS256"},
        {"algorithm": "PS512"},
        {"kid": "0" * 64},
        {"kid": ""},
        {"kid": "#"},
        {"jti": None},
        {"jti": 1},
        {"iat": None},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 2**62},
        {"exp": int(NOW.timestamp())},
        {"exp": int(NOW.timestamp()) + 301},
    ],
    ids=str,
)
def test_a_jwt_that_is_not_as_a_device_makes_it_is_refused(agent: Agent, change: dict[str, Any]) -> None:
    refusal(401, "invalid_jwt_auth", show_jwt(agent, own_jwt(**change)))


def test_a_jwt_signed_with_another_key_than_it_names_is_refused(agent: Agent) -> None:
    kid = key_id_of(device_key(0).public_key())
    refusal(401, "invalid_jwt_auth", show_jwt(agent, own_jwt(1, kid=kid)))


@pytest.mark.parametrize("text", ["x", "a.b.c", "\u00e9.\u00e9.\u00e9"])
def test_what_is_no_jwt_is_refused(agent: Agent, text: str) -> None:
    refusal(401, "invalid_jwt_auth", show_jwt(agent, text))


# Whether a device is there


def standing(fleet: Fleet, agent: Agent) -> tuple[str, str | None, str | None]:
    shown = fleet.miru.get(f"/devices/{agent.device_id}")
    return shown["status"], shown["last_connected_at"], shown["last_disconnected_at"]


def test_a_device_is_online_from_its_first_call_until_a_minute_after_its_last(fleet: Fleet) -> None:
    device = fleet.device()
    agent = fleet.agent(device)
    assert standing(fleet, agent) == ("activating", None, None)
    agent.get("/device")
    assert standing(fleet, agent) == ("online", "2026-03-11T13:00:00.000Z", None)
    fleet.miru.app.pass_time(seconds=50)
    agent.get("/device")
    fleet.miru.app.pass_time(seconds=59)
    assert standing(fleet, agent)[0] == "online"
    fleet.miru.app.pass_time(seconds=1)
    assert standing(fleet, agent) == ("offline", "2026-03-11T13:00:00.000Z", "2026-03-11T13:01:50.000Z")
    agent.get("/device")
    assert standing(fleet, agent) == ("online", "2026-03-11T13:01:50.000Z", None)


def test_a_call_is_noted_once_in_45_seconds_and_at_once_after_an_activation(fleet: Fleet, agent: Agent) -> None:
    agent.get("/device")
    with nothing_changes(fleet.miru.app):
        fleet.miru.app.pass_time(seconds=44)
        agent.get("/device")
    again = fleet.agent(agent.device_id, 1)
    assert standing(fleet, again)[0] == "activating"
    again.get("/device")
    assert standing(fleet, again)[0] == "online"


def test_a_device_tells_which_program_it_runs(fleet: Fleet, agent: Agent, stranger: Miru) -> None:
    path = f"/devices/{agent.device_id}"
    shown = expect(200, agent.call("PATCH", path, {"agent_version": "v0.8.1"})).json()
    assert (shown["agent_version"], shown["id"]) == ("v0.8.1", agent.device_id)
    assert fleet.miru.get(path)["agent_version"] == "v0.8.1"
    assert expect(200, agent.call("PATCH", path, {})).json()["agent_version"] == "v0.8.1"
    other = fleet.device("cart-8")
    for foreign in (other, Fleet(stranger).device(), "dvc_nobody"):
        refusal(404, "record_not_found", agent.call("PATCH", f"/devices/{foreign}", {"agent_version": "v9"}))
    refusal(400, "invalid_request", agent.call("PATCH", path, {"agent_version": 8}))
