"""How machines become devices (miru contract 5.4, 8.2, 8.4, 8.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infra.local.config_device_client import public_pem, self_signed_token
from miru._versions import Version
from sluiceway.usecases.config_enrolment import MOST_CHANGED_AT_ONCE
from tests.handlers.miru.agents import ROOT, Agent, Fleet
from tests.handlers.miru.calls import Json, Miru, refusal
from tests.support.app import NOW, Answer
from tests.support.config_agents import device_key
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes, stored_items

DEVICE_KEYS = {
    "object",
    "id",
    "name",
    "status",
    "agent_version",
    "last_connected_at",
    "last_disconnected_at",
    "created_at",
    "updated_at",
    "session_id",
}


@pytest.fixture
def fleet(miru: Miru) -> Fleet:
    return Fleet(miru)


def claims_of(token: str) -> Json:
    claims: Json = jwt.decode(token, options={"verify_signature": False})
    return claims


def test_an_activation_token_is_a_jwt_with_what_the_device_reads_for_five_minutes(fleet: Fleet) -> None:
    device = fleet.device()
    made = fleet.miru.post(f"/devices/{device}/activation_token", {"allow_reactivation": True})
    claims = claims_of(made["token"])
    assert set(made) == {"token", "expires_at"}
    assert (claims["sub"], claims["iss"], claims["aud"]) == (device, "miru", "device")
    assert (claims["iat"], claims["exp"]) == (int(NOW.timestamp()), int((NOW + timedelta(minutes=5)).timestamp()))
    assert datetime.fromisoformat(made["expires_at"]) == NOW + timedelta(minutes=5)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"allow_reactivation": false}'])
@pytest.mark.parametrize("version", Version)
def test_10_3_the_body_of_an_activation_token_may_be_empty_and_labelled_as_a_form(
    fleet: Fleet, body: bytes, version: Version
) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = fleet.miru.in_version(version).call("POST", f"/devices/{fleet.device()}/activation_token", body, **form)
    assert claims_of(expect(200, answer).json()["token"])["allow_reactivation"] is False


def test_an_activation_token_takes_a_device_of_the_workspace_and_the_right_to_provision(
    fleet: Fleet, stranger: Miru
) -> None:
    device = fleet.device()
    target = f"/devices/{device}/activation_token"
    refusal(404, "record_not_found", stranger.call("POST", target))
    assert refusal(403, "forbidden", fleet.miru.with_scopes("devices:read", "devices:write").call("POST", target))
    expect(200, fleet.miru.with_scopes("devices:provision").call("POST", target))
    refusal(400, "invalid_request", fleet.miru.call("POST", target, {"allow_reactivation": "yes"}))


def test_an_activation_answers_what_the_device_parses_strictly(fleet: Fleet) -> None:
    device = fleet.device()
    answer = Agent(fleet.miru.app, device).activate(fleet.invite(device), agent_version="v0.8.1")
    shown = expect(200, answer).json()
    assert set(shown) == DEVICE_KEYS
    assert shown["session_id"].startswith("dvc_sess_")
    assert (shown["status"], shown["agent_version"], shown["name"]) == ("activating", "v0.8.1", "cart-7")
    assert (shown["last_connected_at"], shown["last_disconnected_at"]) == (None, None)


def test_an_activation_token_is_good_once_and_for_its_own_device(fleet: Fleet) -> None:
    device, other = fleet.device(), fleet.device("cart-8")
    token = fleet.invite(device, reactivates=True)
    refusal(401, "invalid_jwt_auth", Agent(fleet.miru.app, other).activate(token))
    expect(200, Agent(fleet.miru.app, device).activate(token))
    refusal(401, "invalid_jwt_auth", Agent(fleet.miru.app, device).activate(token))


def test_an_activation_token_ends_after_five_minutes(fleet: Fleet) -> None:
    device = fleet.device()
    token = fleet.invite(device)
    fleet.miru.app.pass_time(minutes=5)
    refusal(401, "invalid_jwt_auth", Agent(fleet.miru.app, device).activate(token))


def test_a_device_in_use_is_activated_again_only_by_leave(fleet: Fleet) -> None:
    device = fleet.device()
    first = fleet.agent(device)
    token = fleet.invite(device)
    params = refusal(409, "device_already_activated", Agent(fleet.miru.app, device, 1).activate(token))
    assert params == {"device_id": device}
    expect(200, first.call("GET", "/device"))
    expect(200, Agent(fleet.miru.app, device, 1).activate(fleet.invite(device, reactivates=True)))


def test_a_refused_activation_does_not_use_the_token_up(fleet: Fleet) -> None:
    device = fleet.device()
    agent, token = Agent(fleet.miru.app, device), fleet.invite(device)
    refusal(400, "invalid_request", agent.activate(token, public_key_pem="x"))
    expect(200, agent.activate(token))


def test_a_token_to_call_with_activates_nothing_and_one_to_activate_calls_nothing(fleet: Fleet) -> None:
    device = fleet.device()
    agent = fleet.agent(device)
    refusal(401, "invalid_jwt_auth", agent.activate(agent.token))
    agent.token = fleet.invite(device, reactivates=True)
    refusal(401, "invalid_jwt_auth", agent.call("GET", "/device"))


def test_reactivation_ends_the_tokens_and_the_session_of_the_machine_before(fleet: Fleet) -> None:
    device = fleet.device()
    first = fleet.agent(device)
    session = first.get("/device")["session_id"]
    second = fleet.agent(device, 1)
    refusal(401, "invalid_jwt_auth", first.call("GET", "/device"))
    refusal(401, "invalid_jwt_auth", first.show(first.claims()))
    assert second.get("/device")["session_id"] != session


def test_a_deleted_device_is_refused_whatever_it_shows(fleet: Fleet) -> None:
    device = fleet.device()
    agent, token = fleet.agent(device), fleet.invite(device, reactivates=True)
    expect(200, fleet.miru.in_version(Version.ZION).call("DELETE", f"/devices/{device}"))
    refusal(401, "invalid_jwt_auth", agent.call("GET", "/deployments"))
    refusal(401, "invalid_jwt_auth", agent.show(agent.claims()))
    refusal(401, "invalid_jwt_auth", agent.activate(token))


def test_the_key_of_a_deleted_device_is_free_for_another_one(fleet: Fleet) -> None:
    device, other = fleet.device(), fleet.device("cart-8")
    fleet.agent(device)
    token = fleet.invite(other)
    refusal(409, "device_key_taken", Agent(fleet.miru.app, other).activate(token))
    expect(200, fleet.miru.in_version(Version.ZION).call("DELETE", f"/devices/{device}"))
    expect(200, Agent(fleet.miru.app, other).activate(token))


def test_the_key_of_another_workspaces_device_is_taken(fleet: Fleet, stranger: Miru) -> None:
    fleet.agent(fleet.device())
    others = Fleet(stranger)
    device = others.device()
    refusal(409, "device_key_taken", Agent(stranger.app, device).activate(others.invite(device)))


def test_a_replaced_key_is_free_again(fleet: Fleet) -> None:
    device, other = fleet.device(), fleet.device("cart-8")
    fleet.agent(device, 0)
    fleet.agent(device, 1)
    fleet.agent(other, 0)


def test_a_name_that_comes_with_the_activation_renames_unless_it_is_taken(fleet: Fleet) -> None:
    device = fleet.device()
    fleet.device("taken")
    names = []
    for name in ("cart-7", "taken", "renamed", ""):
        token = fleet.invite(device, reactivates=True)
        names.append(expect(200, Agent(fleet.miru.app, device).activate(token, name=name)).json()["name"])
    assert names == ["cart-7", "cart-7", "renamed", "renamed"]
    (found,) = fleet.miru.get("/devices?name=renamed")["data"]
    assert found["id"] == device
    expect(200, fleet.miru.call("POST", "/devices", {"name": "cart-7"}))


@pytest.mark.parametrize("kind", ["nothing", "text", "Ed25519", "short RSA", "long"])
def test_only_an_rsa_key_of_a_good_length_is_taken(fleet: Fleet, kind: str) -> None:
    device = fleet.device()
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - refused for that
    curve = ed25519.Ed25519PrivateKey.generate().public_key()
    pem = {
        "nothing": None,
        "text": "not a key",
        "Ed25519": curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "short RSA": public_pem(short),
        "long": "x" * 5000,
    }[kind]
    agent = Agent(fleet.miru.app, device)
    refusal(400, "invalid_request", agent.activate(fleet.invite(device), public_key_pem=pem))
    assert fleet.miru.get(f"/devices/{device}")["status"] == "inactive"


def test_6_2_row_22_reactivation_delivers_the_target_again_and_archives_what_waits_for_removal(fleet: Fleet) -> None:
    device = fleet.device()
    first = fleet.agent(device)
    old = fleet.deploy(device, "1")
    first.listed()
    first.report(old, "deployed")
    target = fleet.deploy(device, "2")
    first.listed()
    first.report(target, "deployed")
    assert fleet.standing(old) == ("archived", "deployed", "none")
    second = fleet.agent(device, 1)
    assert fleet.standing(target) == ("deployed", "queued", "none")
    assert fleet.standing(old) == ("archived", "archived", "none")
    assert [(each["id"], each["activity_status"]) for each in second.listed()] == [(target.id, "queued")]


def test_reactivation_archives_more_than_fits_into_one_transaction(fleet: Fleet) -> None:
    device = fleet.device()
    agent = fleet.agent(device)
    waiting = []
    for number in range(MOST_CHANGED_AT_ONCE + 3):
        waiting.append(fleet.deploy(device, str(number)))
        agent.listed()
    *superseded, target = waiting
    fleet.agent(device, 1)
    assert {fleet.standing(each) for each in superseded} == {("archived", "archived", "none")}
    assert fleet.standing(target) == ("deployed", "queued", "none")


# v0.9: provisioning tokens


def provisioning_token(miru: Miru) -> str:
    token: str = miru.post("/provisioning_tokens")["token"]
    return token


def provision(
    miru: Miru, token: str, number: int = 0, call: str = "provision", members: Mapping[str, object] | None = None
) -> Answer:
    body = {
        "public_key_pem": public_pem(device_key(number)),
        "agent_version": "v0.9.0",
        "name": "cart-7",
        **(members or {}),
    }
    return miru.app.call("POST", f"{ROOT}/devices/{call}", body, token=token)


def test_a_provisioning_token_takes_both_scopes_and_lasts_five_minutes(fleet: Fleet) -> None:
    made = fleet.miru.post("/provisioning_tokens")
    assert made["token"].startswith("mirupt_")
    assert datetime.fromisoformat(made["expires_at"]) == NOW + timedelta(minutes=5)
    for scope in ("devices:provision", "provisioning_tokens:write"):
        refusal(403, "forbidden", fleet.miru.with_scopes(scope).call("POST", "/provisioning_tokens"))
    both = fleet.miru.with_scopes("devices:provision", "provisioning_tokens:write")
    expect(200, both.call("POST", "/provisioning_tokens"))
    fleet.miru.app.pass_time(minutes=5)
    refusal(401, "invalid_jwt_auth", provision(fleet.miru, made["token"]))


def test_provisioning_makes_a_device_of_a_name_that_nobody_has_once(fleet: Fleet) -> None:
    token = provisioning_token(fleet.miru)
    shown = expect(200, provision(fleet.miru, token)).json()
    assert (set(shown), shown["name"], shown["status"]) == (DEVICE_KEYS, "cart-7", "activating")
    refusal(401, "invalid_jwt_auth", provision(fleet.miru, token, 1, members={"name": "cart-8"}))
    assert [each["name"] for each in fleet.miru.get("/devices")["data"]] == ["cart-7"]


def test_provisioning_finds_a_device_that_was_never_activated_by_its_name(fleet: Fleet) -> None:
    device = fleet.device()
    assert expect(200, provision(fleet.miru, provisioning_token(fleet.miru))).json()["id"] == device


def test_provisioning_never_takes_the_place_of_a_device_in_use(fleet: Fleet) -> None:
    agent = fleet.agent(fleet.device())
    answer = provision(fleet.miru, provisioning_token(fleet.miru), 1)
    refusal(409, "device_already_activated", answer)
    expect(200, agent.call("GET", "/device"))


def test_an_activation_token_provisions_the_device_that_it_names(fleet: Fleet) -> None:
    device = fleet.device()
    shown = expect(200, provision(fleet.miru, fleet.invite(device), members={"name": "cart-9"})).json()
    assert (shown["id"], shown["name"]) == (device, "cart-9")


@pytest.mark.parametrize("missing", ["public_key_pem", "agent_version", "name"])
def test_provisioning_takes_all_members(fleet: Fleet, missing: str) -> None:
    answer = provision(fleet.miru, provisioning_token(fleet.miru), members={missing: None})
    (fault,) = refusal(400, "invalid_request", answer)["fields"]
    assert fault == {"field": missing, "problem": "cannot be blank"}
    assert answer.json()["error"]["message"] == f"{missing}: cannot be blank."


def test_reprovisioning_replaces_the_key_and_delivers_again(fleet: Fleet) -> None:
    device = fleet.device()
    first = fleet.agent(device)
    target = fleet.deploy(device)
    first.listed()
    first.report(target, "deployed")
    token = fleet.invite(device, reactivates=True)
    expect(200, provision(fleet.miru, token, 1, "reprovision", {"name": None}))
    refusal(401, "invalid_jwt_auth", first.call("GET", "/device"))
    assert fleet.standing(target) == ("deployed", "queued", "none")
    own = self_signed_token(device_key(1), "t", NOW)
    expect(200, fleet.miru.app.call("POST", f"{ROOT}/devices/token", token=own))


def test_a_provisioning_token_reprovisions_nothing_and_activates_nothing(fleet: Fleet) -> None:
    device = fleet.device()
    token = provisioning_token(fleet.miru)
    refusal(401, "invalid_jwt_auth", provision(fleet.miru, token, call="reprovision"))
    refusal(401, "invalid_jwt_auth", Agent(fleet.miru.app, device).activate(token))


# Asked for again


ACTIVATION = "/devices/{device}/activation_token"


@pytest.mark.parametrize(
    ("target", "body", "other"),
    [(ACTIVATION, {"allow_reactivation": True}, b""), (ACTIVATION, b"", b"{}"), ("/provisioning_tokens", b"", b"{}")],
)
def test_3_4_a_token_with_an_idempotency_key_is_issued_once(
    fleet: Fleet, target: str, body: object, other: bytes
) -> None:
    target = target.format(device=fleet.device())

    def ask(sent: object, key: str = "mine", miru: Miru = fleet.miru) -> Answer:
        return miru.call("POST", target, sent, **{"idempotency-key": key})

    first = expect(200, ask(body)).json()
    fleet.miru.app.pass_time(seconds=90)
    with nothing_changes(fleet.miru.app):
        assert expect(200, ask(body)).json() == first
        refusal(409, "idempotency_mismatch", ask(other))
    colleague = fleet.miru.with_scopes("devices:provision", "provisioning_tokens:write")
    others = [ask(body, "other"), ask(body, miru=colleague), fleet.miru.call("POST", target, body)]
    assert len({first["token"], *(expect(200, answer).json()["token"] for answer in others)}) == 4


def test_3_4_what_is_kept_for_it_is_no_token_and_a_used_one_is_not_good_again(fleet: Fleet) -> None:
    agent = Agent(fleet.miru.app, fleet.device())

    def token() -> str:
        target = ACTIVATION.format(device=agent.device_id)
        answer = fleet.miru.call("POST", target, {"allow_reactivation": True}, **{"idempotency-key": "mine"})
        return str(expect(200, answer).json()["token"])

    first = token()
    kept = str(stored_items(agent.app))
    assert claims_of(first)["jti"] in kept
    assert all(part not in kept for part in first.split("."))
    expect(200, agent.activate(first))
    assert token() == first
    refusal(401, "invalid_jwt_auth", agent.activate(first))


def test_a_device_does_not_answer_a_ping(fleet: Fleet, stranger: Miru) -> None:
    target = f"/devices/{fleet.device()}/ping"
    assert fleet.miru.post(target, {"timeout_nanos": 1_000_000_000}) == {"code": "timeout"}
    for body in ({}, {"timeout_nanos": 10_000_000_001}, {"timeout_nanos": -1}, {"timeout_nanos": "1"}):
        refusal(400, "invalid_request", fleet.miru.call("POST", target, body))
    refusal(404, "record_not_found", stranger.call("POST", target, {"timeout_nanos": 1}))
    refusal(403, "forbidden", fleet.miru.with_scopes("devices:write").call("POST", target, {"timeout_nanos": 1}))
