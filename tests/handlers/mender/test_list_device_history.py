"""GET /deployments/devices/{id} (mender contract 1.6, 4.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handlers.mender.calls import DEPLOYMENTS, Management, ask, error_of, given, provides
from tests.support.app import Answer, App
from tests.support.seeds import Device, expect, report, seed_workspace
from tests.support.unchanged import nothing_changes


def call(management: Management, device_id: str, query: str = "") -> Answer:
    return management.call("GET", f"/devices/{device_id}?{query}")


def history(management: Management, device_id: str, query: str = "") -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = expect(200, call(management, device_id, query)).json()
    return shown


def statuses(management: Management, device_id: str, query: str = "") -> list[tuple[str, str]]:
    return [(each["deployment"]["id"], each["device"]["status"]) for each in history(management, device_id, query)]


def test_each_part_is_shown_with_its_deployment_as_both_are_elsewhere(
    app: App, management: Management, device: Device
) -> None:
    ended = management.deploy(device, name="ended")
    expect(200, ask(app, device))
    expect(204, report(app, device, ended, "success"))
    app.pass_time(seconds=1)
    waiting = management.deploy(device, "d-100", name="waiting")
    shown = history(management, device.id)
    assert [each["deployment"] for each in shown] == [management.deployment(each) for each in (waiting, ended)]
    assert [each["device"] for each in shown] == [
        next(each for each in management.devices(deployment) if each["id"] == device.id)
        for deployment in (waiting, ended)
    ]
    assert [each["id"] for each in shown] == [each["id"] for each in history(management, device.id)]
    assert shown[0]["id"] != shown[1]["id"]


def test_parts_of_two_devices_in_one_deployment_have_ids_of_their_own(management: Management) -> None:
    management.deploy("d-1", "d-2")
    (first,), (second,) = history(management, "d-1"), history(management, "d-2")
    assert first["deployment"] == second["deployment"]
    assert first["id"] != second["id"]


def test_the_device_type_is_what_the_device_told_its_inventory_until_it_asks(
    app: App, management: Management, device: Device
) -> None:
    management.deploy(device)
    management.deploy(all_devices=True)
    attributes = [{"name": "device_type", "value": "board-i"}]
    expect(200, app.call("PUT", "/api/devices/v1/inventory/device/attributes", attributes, token=device.token))
    expect(200, ask(app, device))
    assert [each["device"]["device_type"] for each in history(management, device.id)] == ["board-i", "board-a"]


def test_an_image_is_absent_when_nothing_was_assigned(app: App, management: Management, device: Device) -> None:
    management.deploy(device)
    expect(204, ask(app, device, provides(device_type="board-z")))
    (shown,) = history(management, device.id)
    assert shown["device"]["status"] == "noartifact"
    assert "image" not in shown["device"]


def test_a_deployment_to_all_is_pending_until_the_device_asks(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(all_devices=True)
    (later,) = management.enrol(1, after=1)
    assert statuses(management, device.id) == [(deployment_id, "pending")]
    assert history(management, later.id) == []
    assert given(ask(app, device)) == deployment_id
    expect(204, report(app, device, deployment_id, "installing"))
    assert statuses(management, device.id) == [(deployment_id, "installing")]


def test_what_was_open_under_an_abort_is_aborted(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    expect(204, report(app, device, deployment_id, "installing"))
    management.abort(deployment_id)
    assert statuses(management, device.id) == statuses(management, device.id, "status=aborted")
    assert statuses(management, device.id) == [(deployment_id, "aborted")]
    assert statuses(management, device.id, "status=active") == []


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("pending", ["waiting"]),
        ("pause_before_rebooting", ["pausing"]),
        ("pause", ["pausing"]),
        ("active", ["waiting", "pausing"]),
        ("success", ["good"]),
        ("failure", ["bad"]),
        ("finished", ["bad", "good"]),
        ("downloading", []),
        ("", ["waiting", "pausing", "bad", "good"]),
    ],
)
def test_a_status_or_a_class_narrows_it_down(
    app: App, management: Management, device: Device, word: str, found: list[str]
) -> None:
    reported = {"good": "success", "bad": "failure", "pausing": "pause_before_rebooting", "waiting": ""}
    for name, status in reported.items():
        deployment_id = management.deploy(device, name=name)
        if status:
            expect(204, report(app, device, deployment_id, status))
    answer = expect(200, call(management, device.id, f"status={word}"))
    assert [each["deployment"]["name"] for each in answer.json()] == found
    assert answer.headers["x-total-count"] == str(len(found))


def test_pages_of_twenty_at_most_go_from_the_newest_to_the_oldest(management: Management) -> None:
    ids = [management.deploy("d-100", name=f"rollout {number}") for number in range(23)][::-1]
    first, second, third = (expect(200, call(management, "d-100", f"page={page}")) for page in (1, 2, 3))
    assert [each["deployment"]["id"] for page in (first, second) for each in page.json()] == ids
    assert (len(first.json()), third.json()) == (20, [])
    assert {each.headers["x-total-count"] for each in (first, second, third)} == {"23"}
    assert first.headers["link"] == ", ".join(
        f'<{DEPLOYMENTS}/devices/d-100?page={page}&per_page=20>; rel="{relation}"'
        for relation, page in (("first", 1), ("next", 2), ("last", 2))
    )


def test_counting_stops_where_it_is_said_to(management: Management, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluiceway.usecases.device_history.MOST_COUNTED", 2)
    for number in range(3):
        management.deploy("d-100", name=f"rollout {number}")
    answer = expect(200, call(management, "d-100"))
    assert (len(answer.json()), answer.headers["x-total-count"]) == (3, "2")


@pytest.mark.parametrize("identifier", ["nobody", "%00", "a" * 300, "4f1e1b9e-2f3e-4b8e-9d5a-9f3c0f0c8a01"])
def test_a_device_that_nobody_knows_has_none(management: Management, identifier: str) -> None:
    management.deploy("d-100")
    management.enrol(1)
    management.deploy(all_devices=True)
    answer = expect(200, call(management, identifier))
    assert (answer.text, answer.headers["x-total-count"]) == ("[]", "0")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("per_page=21", "invalid per_page query: value must be a non-zero positive integer"),
        ("per_page=0", "invalid per_page query: value must be a non-zero positive integer"),
        ("page=x", 'invalid page query: "x"'),
        ("status=foo", "status: must be a valid value"),
    ],
)
def test_a_bad_query_is_400_and_says_which(management: Management, query: str, text: str) -> None:
    with nothing_changes(management.app):
        assert error_of(400, call(management, "d-100", query)) == text


def test_another_workspaces_deployments_are_left_out(management: Management, device: Device) -> None:
    management.deploy(device)
    other = Management(management.app, seed_workspace(management.app, "b"))
    assert history(other, device.id) == []
    other.upload("app-2")
    own = other.deploy(device)
    assert statuses(other, device.id) == [(own, "pending")]
