"""Devices and their keys as operators manage them (mender contract 6.2; conformance points 20 and 21)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sluiceway.domain.device import AuthStatus
from sluiceway.domain.errors import DeviceLimitReached
from sluiceway.storage import keys
from sluiceway.storage.table import Update
from sluiceway.usecases.service import Service
from sluiceway.usecases.set_auth_status import AuthDecision, set_auth_status
from tests.handlers.mender.calls import Management, ask, error_of, given, put_status
from tests.support.app import NOW, Answer, App
from tests.support.device_keys import new_key, public_pem
from tests.support.seeds import (
    AUTH_REQUESTS,
    DEVAUTH,
    Device,
    Workspace,
    auth_request,
    enrol_device,
    expect,
    introduce_device,
    seed_workspace,
    signed,
)
from tests.unit.usecases.stores import before_call, over

DEVICES = f"{DEVAUTH}/devices"
KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([200 + number]) * 32) for number in range(3)]
MAC = "02:00:00:00:00:63"


def call(app: App, workspace: Workspace, method: str, path: str, body: object = b"") -> Answer:
    return app.call(method, f"{DEVAUTH}{path}", body, token=workspace.token)


def expected_device(key: Ed25519PrivateKey = KEYS[0], **members: object) -> dict[str, object]:
    return {"identity_data": {"mac": MAC}, "pubkey": public_pem(key), **members}


def preauthorize(app: App, workspace: Workspace, key: Ed25519PrivateKey = KEYS[0], **members: object) -> str:
    answer = expect(201, call(app, workspace, "POST", "/devices", expected_device(key, **members)))
    prefix, _, device_id = answer.headers["location"].partition("/")
    assert prefix == "devices"
    return device_id


def ask_for_token(app: App, key: Ed25519PrivateKey) -> Answer:
    body = auth_request(MAC, key)
    return app.call("POST", AUTH_REQUESTS, body, headers=signed(body, key))


def show(app: App, workspace: Workspace, device_id: str) -> dict[str, object]:
    shown: dict[str, object] = expect(200, call(app, workspace, "GET", f"/devices/{device_id}")).json()
    return shown


def statuses(app: App, workspace: Workspace, device_id: str) -> dict[str, str]:
    """The status of each key of a device, by the key."""
    shown = expect(200, call(app, workspace, "GET", f"/devices/{device_id}")).json()
    return {auth_set["pubkey"]: auth_set["status"] for auth_set in shown["auth_sets"]}


def decide(app: App, workspace: Workspace, device: Device, status: str) -> Answer:
    return call(app, workspace, "PUT", f"/devices/{device.id}/auth/{device.auth_set}/status", {"status": status})


def count(app: App, workspace: Workspace, query: str = "") -> int:
    number: int = expect(200, call(app, workspace, "GET", f"/devices/count{query}")).json()["count"]
    return number


# Reading


def test_a_device_is_shown_as_the_list_shows_it(app: App, workspace: Workspace, device: Device) -> None:
    (listed,) = call(app, workspace, "GET", "/devices").json()
    assert show(app, workspace, device.id) == listed


@pytest.mark.parametrize("device_id", ["foo", "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01", "x" * 300])
def test_an_unknown_device_is_404_whatever_its_id_looks_like(app: App, workspace: Workspace, device_id: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/auth/x/status"), ("DELETE", "/auth/x")):
        assert error_of(404, call(app, workspace, method, f"/devices/{device_id}{path}")) == "Resource not found"


def test_devices_are_counted_by_status(app: App, workspace: Workspace) -> None:
    enrol_device(app, workspace, 1)
    introduce_device(app, workspace, 2)
    introduce_device(app, workspace, 3)
    words = ("accepted", "pending", "rejected", "preauthorized", "noauth")
    assert [count(app, workspace, f"?status={word}") for word in words] == [1, 2, 0, 0, 0]
    assert count(app, workspace) == 3
    error_of(400, call(app, workspace, "GET", "/devices/count?status=foo"))
    assert count(app, seed_workspace(app, "b")) == 0


def test_a_search_finds_by_one_or_several_statuses_and_ids(app: App, workspace: Workspace) -> None:
    accepted = enrol_device(app, workspace, 1)
    pending = [introduce_device(app, workspace, number) for number in (2, 3)]

    def found(body: object, query: str = "") -> list[str]:
        answer = expect(200, call(app, workspace, "POST", f"/devices/search{query}", body))
        return [device["id"] for device in answer.json()]

    everybody = [accepted.id, *sorted(device.id for device in pending)]
    assert found({}) == everybody
    assert found({"status": "pending"}) == everybody[1:]
    assert found({"status": ["pending", "accepted"]}) == everybody
    assert found({"status": ["rejected"]}) == []
    assert found({"id": accepted.id}) == [accepted.id]
    assert found({"id": [pending[0].id, accepted.id, "nobody"], "status": ["pending"]}) == [pending[0].id]
    assert found({"status": ["accepted", "pending"]}, "?page=2&per_page=2") == everybody[2:]


@pytest.mark.parametrize("body", [{"status": "foo"}, {"status": ["pending", "foo"]}, {"status": 1}, {"id": 1}, []])
def test_a_search_that_makes_no_sense_is_400(app: App, workspace: Workspace, body: object) -> None:
    error_of(400, call(app, workspace, "POST", "/devices/search", body))


def test_a_search_links_its_pages(app: App, workspace: Workspace) -> None:
    for number in (1, 2, 3):
        introduce_device(app, workspace, number)
    answer = call(app, workspace, "POST", "/devices/search?page=2&per_page=1", {})
    assert [part.split("; ")[1] for part in answer.headers["link"].split(", ")] == [
        'rel="first"',
        'rel="prev"',
        'rel="next"',
    ]
    error_of(400, call(app, workspace, "POST", "/devices/search?per_page=0", {}))


def test_the_status_of_a_key_can_be_read(app: App, workspace: Workspace) -> None:
    device = introduce_device(app, workspace, 1)
    path = f"/devices/{device.id}/auth/{device.auth_set}/status"
    for status in ("pending", "accepted", "rejected"):
        expect(204, decide(app, workspace, device, status))
        assert expect(200, call(app, workspace, "GET", path)).json() == {"status": status}
    other = introduce_device(app, workspace, 2)
    error_of(404, call(app, workspace, "GET", f"/devices/{device.id}/auth/{other.auth_set}/status"))


# Preauthorisation


def test_21_a_preauthorized_device_gets_its_token_at_once(app: App, workspace: Workspace) -> None:
    device_id = preauthorize(app, workspace)
    assert show(app, workspace, device_id)["status"] == "preauthorized"
    expect(200, ask_for_token(app, KEYS[0]))
    assert show(app, workspace, device_id)["status"] == "accepted"


def test_21_an_identity_that_is_known_is_409_and_shows_the_device(app: App, workspace: Workspace) -> None:
    device_id = preauthorize(app, workspace)
    for key in KEYS[:2]:
        again = expect(409, call(app, workspace, "POST", "/devices", expected_device(key)))
        assert again.json() == show(app, workspace, device_id)
    assert count(app, workspace) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"identity_data": '{"mac": "1"}'},
        {"identity_data": {}},
        {"identity_data": None},
        {"identity_data": {"x": "y" * 5000}},
        {"identity_data": {"mac": 5}},
        {"identity_data": {"serial": {"a": 1}}},
        {"pubkey": "garbage"},
        {"pubkey": ""},
        {"pubkey": public_pem(new_key("RSA 1024"))},
        {"pubkey": None},
        {"force": "yes"},
    ],
)
def test_21_what_cannot_be_preauthorized_is_400(app: App, workspace: Workspace, change: object) -> None:
    error_of(400, call(app, workspace, "POST", "/devices", {**expected_device(), **change}))  # type: ignore[dict-item]
    assert count(app, workspace) == 0


def test_21_force_turns_the_key_of_an_accepted_device_at_once(app: App, workspace: Workspace) -> None:
    device_id = preauthorize(app, workspace)
    token = expect(200, ask_for_token(app, KEYS[0])).text
    assert preauthorize(app, workspace, KEYS[1], force=True) == device_id
    assert statuses(app, workspace, device_id) == {public_pem(KEYS[0]): "rejected", public_pem(KEYS[1]): "accepted"}
    expect(401, ask(app, Device(99, token=token)))
    expect(401, ask_for_token(app, KEYS[0]))
    expect(200, ask_for_token(app, KEYS[1]))
    assert count(app, workspace, "?status=accepted") == 1


def test_21_force_replaces_what_was_preauthorized_before(app: App, workspace: Workspace) -> None:
    device_id = preauthorize(app, workspace)
    assert preauthorize(app, workspace, KEYS[1], force=True) == device_id
    assert statuses(app, workspace, device_id) == {
        public_pem(KEYS[0]): "rejected",
        public_pem(KEYS[1]): "preauthorized",
    }
    expect(401, ask_for_token(app, KEYS[0]))
    expect(200, ask_for_token(app, KEYS[1]))


def test_21_force_on_a_key_that_waits_or_is_good_already(app: App, workspace: Workspace) -> None:
    expect(401, ask_for_token(app, KEYS[0]))
    for _ in range(2):
        device_id = preauthorize(app, workspace, force=True)
        assert statuses(app, workspace, device_id) == {public_pem(KEYS[0]): "preauthorized"}
    expect(200, ask_for_token(app, KEYS[0]))
    preauthorize(app, workspace, force=True)
    assert statuses(app, workspace, device_id) == {public_pem(KEYS[0]): "accepted"}


# Taking away


@pytest.mark.parametrize("revoke", ["reject", "delete set", "decommission", "end tokens"])
def test_20_the_next_call_with_the_old_token_is_401(
    app: App, workspace: Workspace, device: Device, revoke: str
) -> None:
    expect(204, ask(app, device))
    if revoke == "reject":
        expect(204, decide(app, workspace, device, "rejected"))
    else:
        path = {
            "delete set": f"/devices/{device.id}/auth/{device.auth_set}",
            "decommission": f"/devices/{device.id}",
            "end tokens": f"/tokens/{device.auth_set}",
        }[revoke]
        expect(204, call(app, workspace, "DELETE", path))
    expect(401, ask(app, device))


def test_ended_tokens_may_be_replaced_by_an_accepted_device(app: App, workspace: Workspace, device: Device) -> None:
    expect(204, call(app, workspace, "DELETE", f"/tokens/{device.auth_set}"))
    token = expect(200, device.ask_for_token(app)).text
    expect(204, ask(app, Device(device.number, device.id, device.auth_set, token)))
    error_of(404, call(app, workspace, "DELETE", "/tokens/nothing"))
    error_of(404, call(app, seed_workspace(app, "b"), "DELETE", f"/tokens/{device.auth_set}"))
    expect(204, ask(app, Device(device.number, device.id, device.auth_set, token)))


def test_a_device_without_keys_stays_known_and_may_ask_again(app: App, workspace: Workspace, device: Device) -> None:
    expect(204, call(app, workspace, "DELETE", f"/devices/{device.id}/auth/{device.auth_set}"))
    shown = show(app, workspace, device.id)
    assert (shown["status"], shown["auth_sets"]) == ("noauth", [])
    error_of(404, call(app, workspace, "DELETE", f"/devices/{device.id}/auth/{device.auth_set}"))
    assert count(app, workspace, "?status=noauth") == 1
    expect(401, device.ask_for_token(app))
    assert show(app, workspace, device.id)["status"] == "pending"


def test_a_device_goes_with_its_last_key_when_it_was_only_preauthorized(app: App, workspace: Workspace) -> None:
    device_id = preauthorize(app, workspace)
    (auth_set,) = call(app, workspace, "GET", f"/devices/{device_id}").json()["auth_sets"]
    expect(204, call(app, workspace, "DELETE", f"/devices/{device_id}/auth/{auth_set['id']}"))
    error_of(404, call(app, workspace, "GET", f"/devices/{device_id}"))
    assert count(app, workspace) == 0
    assert preauthorize(app, workspace) != device_id


def test_a_key_that_is_taken_away_leaves_the_others_good(app: App, workspace: Workspace) -> None:
    device_id = preauthorize(app, workspace)
    token = expect(200, ask_for_token(app, KEYS[0])).text
    expect(401, ask_for_token(app, KEYS[1]))
    other = [
        a for a in call(app, workspace, "GET", f"/devices/{device_id}").json()["auth_sets"] if a["status"] == "pending"
    ]
    expect(204, call(app, workspace, "DELETE", f"/devices/{device_id}/auth/{other[0]['id']}"))
    expect(204, ask(app, Device(99, token=token)))
    assert statuses(app, workspace, device_id) == {public_pem(KEYS[0]): "accepted"}


def test_a_decommissioned_device_disappears_and_its_participations_end(
    app: App, management: Management, workspace: Workspace
) -> None:
    device, other = management.enrol(2)
    deployment = management.deploy(all_devices=True)
    given(ask(app, device))
    expect(204, call(app, workspace, "DELETE", f"/devices/{device.id}"))
    assert management.statuses(deployment) == {device.id: "decommissioned", other.id: "pending"}
    counted = management.statistics(deployment)
    assert (counted["decommissioned"], counted["pending"], sum(counted.values())) == (1, 1, 2)
    error_of(404, call(app, workspace, "GET", f"/devices/{device.id}"))
    error_of(404, call(app, workspace, "DELETE", f"/devices/{device.id}"))
    assert [shown["id"] for shown in call(app, workspace, "GET", "/devices").json()] == [other.id]
    expect(401, device.ask_for_token(app))
    assert count(app, workspace, "?status=pending") == 1


def test_a_device_of_another_workspace_does_not_exist(app: App, device: Device) -> None:
    other = seed_workspace(app, "b")
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", f"/auth/{device.auth_set}/status"),
        ("DELETE", f"/auth/{device.auth_set}"),
    ):
        error_of(404, call(app, other, method, f"/devices/{device.id}{path}"))
    expect(204, ask(app, device))


# Point 16: DELETE /deployments/devices/{id}


def test_16_decision_14_open_participations_are_decommissioned_and_the_device_told(
    app: App, management: Management, device: Device
) -> None:
    deployment = management.deploy(device)
    given(ask(app, device))
    expect(204, put_status(app, device, deployment, {"status": "installing"}))
    expect(204, management.call("DELETE", f"/devices/{device.id}"))
    assert error_of(409, put_status(app, device, deployment, {"status": "rebooting"})) == "Device decommissioned"
    shown = management.deployment(deployment)
    assert (shown["status"], shown["finished"]) == ("finished", "2026-03-11T13:00:00.000Z")
    assert management.statuses(deployment) == {device.id: "decommissioned"}
    again = management.deploy(device)
    assert given(ask(app, device)) == again


@pytest.mark.parametrize("device_id", ["nobody", "6e5dfb9e-2f3e-4b8e-9d5a-9f3c0f0c8a01", "x" * 300])
def test_16_an_unknown_device_is_204_too(management: Management, device_id: str) -> None:
    assert expect(204, management.call("DELETE", f"/devices/{device_id}")).body == b""


# The limit


def limit(app: App, workspace: Workspace, most: int) -> None:
    app.table.write(Update(keys.workspace(workspace.id), set={"max_devices": most}))


def test_without_a_limit_any_number_is_accepted(app: App, workspace: Workspace) -> None:
    assert expect(200, call(app, workspace, "GET", "/limits/max_devices")).json() == {"limit": 0}


def test_above_the_limit_nobody_is_accepted(app: App, workspace: Workspace) -> None:
    limit(app, workspace, 1)
    assert call(app, workspace, "GET", "/limits/max_devices").json() == {"limit": 1}
    first, second = (introduce_device(app, workspace, number) for number in (1, 2))
    expect(204, decide(app, workspace, first, "accepted"))
    assert "limit" in error_of(422, decide(app, workspace, second, "accepted"))
    preauthorize(app, workspace)
    assert "unauthorized" in error_of(401, ask_for_token(app, KEYS[0]))
    assert count(app, workspace, "?status=accepted") == 1
    expect(204, decide(app, workspace, first, "rejected"))
    expect(204, decide(app, workspace, second, "accepted"))


def test_a_place_that_a_decommissioned_device_leaves_is_free(app: App, workspace: Workspace) -> None:
    limit(app, workspace, 1)
    first = enrol_device(app, workspace, 1)
    expect(204, call(app, workspace, "DELETE", f"/devices/{first.id}"))
    enrol_device(app, workspace, 2)


def test_a_full_workspace_may_turn_the_key_of_an_accepted_device(app: App, workspace: Workspace) -> None:
    limit(app, workspace, 1)
    device_id = preauthorize(app, workspace)
    expect(200, ask_for_token(app, KEYS[0]))
    preauthorize(app, workspace, KEYS[1], force=True)
    assert statuses(app, workspace, device_id)[public_pem(KEYS[1])] == "accepted"


@pytest.mark.parametrize("number", range(6))
def test_the_last_place_is_given_away_once(app: App, workspace: Workspace, number: int) -> None:
    limit(app, workspace, 1)
    first, second = (introduce_device(app, workspace, which) for which in (1, 2))

    def accept(service: Service, device: Device) -> None:
        decision = AuthDecision(device.id, device.auth_set, AuthStatus.ACCEPTED)
        with suppress(DeviceLimitReached):
            set_auth_status(service, workspace.id, decision, NOW)

    accept(over(app.service, before_call(number, lambda: accept(app.service, second))), first)
    assert count(app, workspace, "?status=accepted") == 1
