"""Users, devices' keys and inventories through real events (mender contract 5.1, 6.2, 9.1, 9.7)."""

from __future__ import annotations

import base64
import json
from unittest.mock import patch

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sluiceway.domain.errors import Conflict, Invalid
from sluiceway.storage import keys
from sluiceway.storage.inventory_items import read_attributes
from sluiceway.storage.table import Throttled
from sluiceway.usecases.login_attempts import MOST_FAILURES
from tests.handlers.mender.calls import UNKNOWN
from tests.support.app import Answer, App
from tests.support.capacity import measured
from tests.support.device_keys import KINDS, public_pem, shared_key, sign
from tests.support.seeds import (
    AUTH_REQUESTS,
    DEVAUTH,
    DEVICES_V1,
    DEVICES_V2,
    PASSWORD,
    Device,
    Workspace,
    auth_request,
    enrol_device,
    expect,
    introduce_device,
    poll,
    seed_workspace,
    signed,
)
from tests.support.unchanged import nothing_changes
from workflow.create_workspace import handler as create_workspace

LOGIN = "/api/management/v1/useradm/auth/login"
DEVICES = f"{DEVAUTH}/devices"
ATTRIBUTES = "/api/devices/v1/inventory/device/attributes"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture(name="device")
def _device(app: App, workspace: Workspace) -> Device:
    """An accepted one."""
    return enrol_device(app, workspace, 1)


def basic(username: str, password: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"}


def decide(app: App, workspace: Workspace, device: Device, body: object) -> Answer:
    return app.call("PUT", f"{DEVICES}/{device.id}/auth/{device.auth_set}/status", body, token=workspace.token)


def listed(app: App, workspace: Workspace, query: str = "") -> list[str]:
    answer = expect(200, app.call("GET", f"{DEVICES}{query}", token=workspace.token))
    return [device["id"] for device in answer.json()]


def send(app: App, body: bytes, **headers: str) -> Answer:
    return app.call("POST", AUTH_REQUESTS, body, headers={"content-type": "application/json", **headers})


# Login


@pytest.mark.parametrize("body", [b"", b"{}", b'{"token2fa": "123456"}', b'{"no_expiry": true}'])
def test_a_login_answers_the_bare_token(app: App, workspace: Workspace, body: bytes) -> None:
    headers = {**basic(workspace.username, PASSWORD), "content-type": "application/json"}
    answer = expect(200, app.call("POST", LOGIN, body, headers=headers))
    assert answer.headers["content-type"] == "application/jwt"
    assert not answer.text.endswith("\n")
    claims = jwt.decode(answer.text, options={"verify_signature": False})
    assert claims["iss"] == "Mender"
    assert (claims["mender.user"], claims["mender.tenant"], claims["scp"]) == (True, workspace.id, "mender.*")
    assert (claims["sub"], claims["mender.plan"]) == (workspace.user_id, "enterprise")
    assert claims["jti"] != workspace.token_id
    assert listed(app, Workspace(workspace.id, workspace.username, answer.text)) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("a@example.com", "wrong horse"),
        basic("b@example.com", PASSWORD),
        {"authorization": "Basic"},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic é"},
        {"authorization": f"Basic {base64.b64encode(b'no colon').decode()}"},
        {"authorization": f"Basic {base64.b64encode(bytes([255, 58])).decode()}"},
        {"authorization": basic("a@example.com", PASSWORD)["authorization"].replace("Basic", "Bearer")},
    ],
)
@pytest.mark.usefixtures("workspace")
def test_a_login_without_good_credentials_is_401(app: App, headers: dict[str, str]) -> None:
    answer = expect(401, app.call("POST", LOGIN, headers=headers))
    assert set(answer.json()) == {"error", "request_id"}
    assert "www-authenticate" in answer.headers


def test_after_ten_wrong_passwords_a_login_is_429_for_a_while(app: App, workspace: Workspace) -> None:
    for _ in range(MOST_FAILURES):
        expect(401, app.call("POST", LOGIN, headers=basic(workspace.username, "wrong horse")))
    app.pass_time(minutes=5)
    with nothing_changes(app):
        answer = expect(429, app.call("POST", LOGIN, headers=basic(workspace.username, PASSWORD)))
    assert answer.headers["retry-after"] == "600"
    app.pass_time(minutes=10)
    expect(200, app.call("POST", LOGIN, headers=basic(workspace.username, PASSWORD)))


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"no_expiry": "yes"}'])
def test_a_login_with_a_bad_body_is_400(app: App, workspace: Workspace, body: bytes) -> None:
    expect(400, app.call("POST", LOGIN, body, headers=basic(workspace.username, PASSWORD)))


# Workspaces


def test_a_workspace_can_be_worked_in_at_once(app: App) -> None:
    made = create_workspace({"name": "b", "username": "B@example.com"}, None)
    assert set(made) == {"workspace", "username", "password", "token"}
    expect(200, app.call("GET", DEVICES, token=made["token"]))
    expect(200, app.call("POST", LOGIN, headers=basic(made["username"], made["password"])))


def test_a_password_that_is_given_is_used(app: App) -> None:
    made = create_workspace({"name": "b", "username": "b@example.com", "password": PASSWORD}, None)
    assert made["password"] == PASSWORD
    expect(200, app.call("POST", LOGIN, headers=basic("b@example.com", PASSWORD)))


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({}, Invalid),
        ({"name": "b"}, Invalid),
        ({"name": 7, "username": "b@example.com"}, Invalid),
        ({"name": "b", "username": "b@example.com", "password": None}, Invalid),
        ({"name": "b", "username": "a@example.com"}, Conflict),
    ],
)
@pytest.mark.usefixtures("workspace")
def test_a_workspace_that_cannot_be_fails_the_invocation(event: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        create_workspace(event, None)


# Auth requests


@pytest.mark.parametrize("kind", KINDS)
def test_19_every_kind_of_key_waits_401_and_is_accepted_200(app: App, workspace: Workspace, kind: str) -> None:
    key = shared_key(kind)
    body = json.dumps({"id_data": '{"mac": "x"}', "pubkey": public_pem(key), "tier": "standard"}).encode() + b"\n"
    headers = {"X-Men-Signature": sign(key, body), "Authorization": "Bearer "}
    assert expect(401, send(app, body, **headers)).json()["error"] == "dev auth: unauthorized"
    (shown,) = expect(200, app.call("GET", f"{DEVICES}?status=pending", token=workspace.token)).json()
    (auth_set,) = shown["auth_sets"]
    assert auth_set["pubkey"] == public_pem(key)
    expect(204, decide(app, workspace, Device(0, shown["id"], auth_set["id"]), {"status": "accepted"}))
    answer = expect(200, send(app, body, **headers))
    assert answer.headers["content-type"] == "application/jwt"
    claims = jwt.decode(answer.text, options={"verify_signature": False})
    assert (claims["sub"], claims["jti"], claims["iss"]) == (shown["id"], auth_set["id"], "Mender")
    expect(401, send(app, body.replace(b'{\\"mac', b'{ \\"mac'), **headers))
    expect(401, send(app, body[:-1], **headers))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"id_data": None}, "invalid auth request: id_data"),
        ({"pubkey": None}, "invalid auth request: pubkey"),
        ({"pubkey": "garbage"}, "invalid auth request: cannot decode public key"),
        ({"id_data": "[]"}, "invalid auth request: id_data"),
        ({"id_data": {"mac": "x"}}, "invalid auth request: id_data"),
        ({"id_data": '{"mac": 1e400}'}, "invalid auth request: id_data is not a JSON object"),
        ({"id_data": '{"serial": {"a": 1}}'}, "invalid auth request: id_data must be flat"),
        ({"id_data": '{"mac": 5}'}, "invalid auth request: the value of 'mac' in id_data must be a string"),
        ({"tenant_token": 7}, "invalid auth request: tenant_token"),
    ],
)
def test_19_a_malformed_auth_request_is_400_and_makes_no_device(
    app: App, workspace: Workspace, change: dict[str, object], text: str
) -> None:
    good = json.loads(auth_request("x", KEY))
    body = json.dumps({**good, **change}).encode()
    assert expect(400, send(app, body, **signed(body, KEY))).json()["error"].startswith(text)
    assert listed(app, workspace) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_an_auth_request_that_is_no_json_object_is_400(app: App, body: bytes) -> None:
    answer = expect(400, send(app, body, **signed(body, KEY)))
    assert answer.json()["error"].startswith("failed to decode auth request")


@pytest.mark.parametrize(
    ("headers", "status", "text"),
    [
        ({}, 400, "missing request signature header"),
        ({"x-men-signature": "AAAA"}, 401, "signature verification failed"),
        ({"x-men-signature": "é"}, 401, "signature verification failed"),
    ],
)
def test_19_an_unsigned_auth_request_makes_no_device(
    app: App, workspace: Workspace, headers: dict[str, str], status: int, text: str
) -> None:
    assert expect(status, send(app, auth_request("x", KEY), **headers)).json()["error"] == text
    assert listed(app, workspace) == []


def test_devices_without_any_workspace_are_401(app: App) -> None:
    expect(401, Device(1).ask_for_token(app))


# Decisions


@pytest.mark.parametrize("status", ["rejected", "pending"])
def test_20_an_old_token_is_401_on_the_very_next_call(
    app: App, workspace: Workspace, device: Device, status: str
) -> None:
    expect(200, app.call("PUT", ATTRIBUTES, [], token=device.token))
    expect(204, decide(app, workspace, device, {"status": status}))
    expect(401, app.call("PUT", ATTRIBUTES, [], token=device.token))
    expect(204, decide(app, workspace, device, {"status": "accepted"}))
    expect(401, app.call("PUT", ATTRIBUTES, [], token=device.token))
    again = expect(200, device.ask_for_token(app)).text
    expect(200, app.call("PUT", ATTRIBUTES, [], token=again))


def test_a_newer_token_does_not_end_the_older_one(app: App, device: Device) -> None:
    app.pass_time(minutes=5)
    newer = expect(200, device.ask_for_token(app)).text
    assert newer != device.token
    for token in (newer, device.token):
        expect(200, app.call("PUT", ATTRIBUTES, [], token=token))


@pytest.mark.parametrize(
    "body", [{}, {"status": None}, {"status": "foo"}, {"status": "preauthorized"}, {"status": "noauth"}, [], "accepted"]
)
def test_a_decision_that_is_none_of_the_three_is_400(
    app: App, workspace: Workspace, device: Device, body: object
) -> None:
    expect(400, decide(app, workspace, device, json.dumps(body)))
    assert listed(app, workspace, "?status=accepted") == [device.id]


def test_a_decision_about_what_does_not_exist_is_404(app: App, workspace: Workspace, device: Device) -> None:
    stranger = introduce_device(app, workspace, 2)
    for unknown in (
        Device(0, "foo", device.auth_set),
        Device(0, device.id, "foo"),
        Device(0, device.id, stranger.auth_set),
    ):
        answer = expect(404, decide(app, workspace, unknown, {"status": "rejected"}))
        assert answer.json()["error"] == "Resource not found"


def test_the_same_decision_twice_is_204_twice(app: App, workspace: Workspace, device: Device) -> None:
    for _ in range(2):
        expect(204, decide(app, workspace, device, {"status": "accepted"}))
    expect(200, app.call("PUT", ATTRIBUTES, [], token=device.token))


def test_09_nothing_of_one_workspace_is_visible_in_another(app: App, workspace: Workspace, device: Device) -> None:
    other = seed_workspace(app, "b")
    assert listed(app, other) == []
    assert listed(app, other, f"?id={device.id}") == []
    expect(404, decide(app, other, device, {"status": "rejected"}))
    assert listed(app, workspace, "?status=accepted") == [device.id]


# Lists


def test_a_device_is_shown_as_the_contract_has_it(app: App, workspace: Workspace, device: Device) -> None:
    (shown,) = expect(200, app.call("GET", DEVICES, token=workspace.token)).json()
    (auth_set,) = shown["auth_sets"]
    assert {name: shown[name] for name in ("id", "status", "identity_data", "decommissioning")} == {
        "id": device.id,
        "status": "accepted",
        "identity_data": {"mac": device.mac},
        "decommissioning": False,
    }
    assert shown["created_ts"] == shown["updated_ts"] == auth_set["ts"] == "2026-03-11T13:00:00.000Z"
    assert (auth_set["id"], auth_set["status"]) == (device.auth_set, "accepted")
    assert auth_set["identity_data"] == {"mac": device.mac}
    assert "check_in_time" not in shown


def test_a_device_that_called_shows_when(app: App, workspace: Workspace, device: Device) -> None:
    app.pass_time(minutes=30)
    expect(200, app.call("PUT", ATTRIBUTES, [], token=device.token))
    (shown,) = expect(200, app.call("GET", DEVICES, token=workspace.token)).json()
    assert shown["check_in_time"] == "2026-03-11T13:30:00.000Z"


@pytest.mark.parametrize(
    ("status", "call"),
    [
        (400, ("PUT", ATTRIBUTES, b"{")),
        (413, ("PUT", ATTRIBUTES, b" " * (2**20 + 1))),
        (400, ("POST", f"{DEVICES_V2}/next", b"[]")),
        (404, ("PUT", f"{DEVICES_V1}/{UNKNOWN}/status", b'{"status": "installing"}')),
    ],
)
def test_a_refused_call_of_a_device_writes_nothing(
    app: App, device: Device, status: int, call: tuple[str, str, bytes]
) -> None:
    app.pass_time(hours=2)
    with nothing_changes(app):
        expect(status, app.call(*call, token=device.token))
        expect(415, app.call(*call[:2], b"{}", headers={"content-type": "text/plain"}, token=device.token))


def test_a_contact_that_the_store_cannot_take_spoils_no_answer(app: App, device: Device) -> None:
    app.pass_time(hours=2)
    with patch.object(app.table, "write", side_effect=Throttled("no capacity")):
        expect(204, poll(app, device))


def test_pages_of_devices_are_linked(app: App, workspace: Workspace) -> None:
    for number in range(1, 4):
        introduce_device(app, workspace, number)
    first = app.call("GET", f"{DEVICES}?per_page=2", token=workspace.token)
    assert 'rel="next"' in first.headers["link"]
    second = app.call("GET", f"{DEVICES}?per_page=2&page=2", token=workspace.token)
    assert 'rel="next"' not in second.headers["link"]
    assert "x-total-count" not in second.headers
    ids = [device["id"] for answer in (first, second) for device in answer.json()]
    assert ids == sorted(set(listed(app, workspace)))
    assert expect(200, app.call("GET", f"{DEVICES}?page=9", token=workspace.token)).text == "[]"


@pytest.mark.parametrize("query", ["status=foo", "page=0", "per_page=501"])
def test_a_list_nobody_can_mean_is_400(app: App, workspace: Workspace, query: str) -> None:
    expect(400, app.call("GET", f"{DEVICES}?{query}", token=workspace.token))


@pytest.mark.parametrize("impossible", ["x" * 300, "%23" * 86])
def test_an_id_that_nothing_can_have_filters_everything_out(
    app: App, workspace: Workspace, device: Device, impossible: str
) -> None:
    assert listed(app, workspace, f"?id={impossible}") == []
    assert listed(app, workspace, f"?id={impossible}&id={device.id}") == [device.id]


# Inventory


def stored(app: App, workspace: Workspace, device: Device) -> dict[str, object]:
    attributes = read_attributes(app.table.get(keys.inventory(workspace.id, device.id)))
    return {name: attribute.value for name, attribute in attributes.items()}


def test_put_replaces_and_patch_merges_with_exactly_200(app: App, workspace: Workspace, device: Device) -> None:
    first = [{"name": "a", "value": "1"}, {"name": "b", "value": [1, 2.5], "description": "two"}]
    answer = expect(200, app.call("PUT", ATTRIBUTES, first, token=device.token))
    assert answer.body == b""
    expect(200, app.call("PATCH", ATTRIBUTES, [{"name": "c", "value": ""}], token=device.token))
    assert stored(app, workspace, device) == {"a": "1", "b": (1, 2.5), "c": ""}
    expect(200, app.call("PUT", ATTRIBUTES, [{"name": "c", "value": ["x"]}], token=device.token))
    assert stored(app, workspace, device) == {"c": ("x",)}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'["a"]',
        b'[{"value": "x"}]',
        b'[{"name": "", "value": "x"}]',
        b'[{"name": 7, "value": "x"}]',
        b'[{"name": "a"}]',
        b'[{"name": "a", "value": null}]',
        b'[{"name": "a", "value": true}]',
        b'[{"name": "a", "value": {"b": 1}}]',
        b'[{"name": "a", "value": ["x", 1]}]',
        b'[{"name": "a", "value": [["x"]]}]',
        b'[{"name": "a", "value": [true]}]',
        b'[{"name": "a", "value": NaN}]',
        b'[{"name": "a", "value": 1e999}]',
        b'[{"name": "a", "value": "\\ud800"}]',
        b'[{"name": "a", "value": "x", "description": 7}]',
        json.dumps([{"name": str(number), "value": ""} for number in range(101)]).encode(),
        json.dumps([{"name": "a", "value": "x" * 65_536}]).encode(),
    ],
)
def test_attributes_that_are_none_are_400_and_change_nothing(
    app: App, workspace: Workspace, device: Device, method: str, body: bytes
) -> None:
    expect(200, app.call("PUT", ATTRIBUTES, [{"name": "kept", "value": 1}], token=device.token))
    expect(400, app.call(method, ATTRIBUTES, body, token=device.token))
    assert stored(app, workspace, device) == {"kept": 1}


def test_credentials_cost_a_user_two_units_and_a_device_one(app: App, workspace: Workspace, device: Device) -> None:
    expect(200, app.call("PUT", ATTRIBUTES, [], token=device.token))
    with measured(app.table) as meter:
        expect(400, app.call("PUT", ATTRIBUTES, b"{", token=device.token))
    assert (meter.usage.calls, meter.usage.read_units, meter.usage.write_units) == (1, 1, 0)
    with measured(app.table) as meter:
        expect(400, decide(app, workspace, device, b"{"))
    assert (meter.usage.calls, meter.usage.read_units, meter.usage.write_units) == (1, 2, 0)
