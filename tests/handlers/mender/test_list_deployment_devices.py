"""GET /deployments/{id}/devices (mender contract 2.10, 3.4, 10.1, 16.17)."""

from __future__ import annotations

import pytest

from tests.handlers.mender.calls import UNKNOWN, WORDS, Management, ask, error_of, provides, put_status
from tests.support.app import App
from tests.support.seeds import MANAGEMENT, Device, expect, report, seed_workspace, send_log

ORDER = (
    "failure",
    "pause_before_installing",
    "pause_before_committing",
    "pause_before_rebooting",
    "downloading",
    "installing",
    "rebooting",
    "pending",
    "success",
    "noartifact",
    "already-installed",
)
"""The words of contract 10.1 that devices come to without an operator."""
CREATED = "2026-03-11T13:00:00.000Z"
ATTRIBUTES = "/api/devices/v1/inventory/device/attributes"


def reach(app: App, device: Device, deployment_id: str, word: str) -> None:
    """Bring a device to a status by the way that leads there."""
    if word == "noartifact":
        expect(204, ask(app, device, provides(device_type="board-z")))
    elif word != "pending":
        expect(204, report(app, device, deployment_id, word))


def test_17_decision_9_before_any_poll_all_devices_are_pending(management: Management) -> None:
    deployment_id = management.deploy("d-102", "d-100", "d-101")
    assert management.devices(deployment_id) == [
        {"id": name, "status": "pending", "device_type": "", "log": False, "created": CREATED}
        for name in ("d-100", "d-101", "d-102")
    ]


def test_17_decision_9_so_are_all_devices_of_a_deployment_to_all(management: Management) -> None:
    devices = management.enrol(3)
    deployment_id = management.deploy(all_devices=True)
    expect(200, ask(management.app, devices[1]))
    assert management.devices(deployment_id) == [
        {"id": each.id, "status": "pending", "device_type": kind, "log": False, "created": CREATED, **image}
        for each, kind, image in zip(
            sorted(devices, key=lambda device: device.id),
            ("", "board-a", ""),
            ({}, {"image": management.artifact(management.deployment(deployment_id)["artifacts"][0])}, {}),
            strict=True,
        )
    ]


def test_decision_10_the_device_type_is_what_the_device_told_its_inventory_until_it_asks(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device)
    attributes = [{"name": "device_type", "value": "board-i"}]
    expect(200, app.call("PUT", ATTRIBUTES, attributes, token=device.token))
    assert management.devices(deployment_id)[0]["device_type"] == "board-i"
    expect(200, ask(app, device))
    assert management.devices(deployment_id)[0]["device_type"] == "board-a"


@pytest.mark.parametrize("others", [0, 100])
def test_devices_are_sorted_by_status_then_id(app: App, management: Management, others: int) -> None:
    devices = management.enrol(2 * len(ORDER))
    deployment_id = management.deploy(*reversed(devices), *(f"z-{number}" for number in range(others)))
    for place, device in enumerate(devices):
        reach(app, device, deployment_id, ORDER[place % len(ORDER)])
    shown = [(each["status"], each["id"]) for each in management.devices(deployment_id)]
    assert len(shown) == len(devices) + others
    assert shown == sorted(shown, key=lambda pair: (ORDER.index(pair[0]), pair[1]))
    assert {status for status, _ in shown} == set(ORDER)


def test_decision_11_a_device_stands_at_one_of_thirteen_words(app: App, management: Management) -> None:
    devices = management.enrol(len(ORDER) + 1)
    deployment_id = management.deploy(*devices)
    for device, word in zip(devices, ORDER, strict=False):
        reach(app, device, deployment_id, word)
    expect(204, management.call("DELETE", f"/devices/{devices[-1].id}"))
    stopped = management.deploy("d-100", name="stopped")
    management.abort(stopped)
    shown = {*management.statuses(deployment_id).values(), *management.statuses(stopped).values()}
    assert shown == set(WORDS)


@pytest.mark.parametrize("others", [0, 100])
def test_a_device_is_shown_with_all_that_is_known_of_its_part(
    app: App, management: Management, device: Device, others: int
) -> None:
    deployment_id = management.deploy(device, *(f"z-{number}" for number in range(others)))
    expect(200, ask(app, device))
    app.pass_time(seconds=1)
    expect(204, put_status(app, device, deployment_id, {"status": "installing", "substate": "copying"}))
    app.pass_time(seconds=1)
    expect(204, report(app, device, deployment_id, "failure"))
    expect(204, send_log(app, device, deployment_id))
    (artifact_id,) = management.deployment(deployment_id)["artifacts"]
    assert management.devices(deployment_id)[0] == {
        "id": device.id,
        "status": "failure",
        "device_type": "board-a",
        "log": True,
        "created": CREATED,
        "started": "2026-03-11T13:00:01.000Z",
        "finished": "2026-03-11T13:00:02.000Z",
        "substate": "copying",
        "image": management.artifact(artifact_id),
    }


@pytest.mark.parametrize("word", ["pending", *ORDER[1:7]])
def test_finished_is_only_shown_of_what_has_ended(app: App, management: Management, device: Device, word: str) -> None:
    deployment_id = management.deploy(device)
    reach(app, device, deployment_id, word)
    (shown,) = management.devices(deployment_id)
    assert "finished" not in shown
    assert ("started" in shown) is (word != "pending")


def test_an_image_is_shown_after_its_artifact_was_deleted(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    artifact = management.artifact(expect(200, ask(app, device)).json()["artifact"]["id"])
    expect(204, report(app, device, deployment_id, "success"))
    target = f"{MANAGEMENT}/artifacts/{artifact['id']}"
    expect(204, app.call("DELETE", target, token=management.workspace.token))
    assert management.devices(deployment_id)[0]["image"] == artifact


@pytest.mark.parametrize(("identifier", "status"), [("foo", 400), (UNKNOWN, 404)])
def test_an_id_must_be_a_uuid_of_a_deployment(management: Management, identifier: str, status: int) -> None:
    text = error_of(status, management.call("GET", f"/{identifier}/devices"))
    assert text == ("Resource not found" if status == 404 else "ID is not a valid UUID")


def test_09_another_workspaces_devices_are_404(management: Management) -> None:
    other = Management(management.app, seed_workspace(management.app, "b"))
    error_of(404, other.call("GET", f"/{management.deploy('d-100')}/devices"))


def test_09_a_device_of_another_workspace_takes_no_part(app: App, device: Device) -> None:
    other = Management(app, seed_workspace(app, "b"))
    other.upload("app-2")
    deployment_id = other.deploy(device)
    expect(204, ask(app, device))
    assert error_of(404, report(app, device, deployment_id, "success")) == "Resource not found"
    assert other.statuses(deployment_id) == {device.id: "pending"}
