"""POST /api/management/v2/deployments/deployments: deployments by a filter (contract 8.1, 8.4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handlers.mender.calls import UNKNOWN, ZEROS, Management, ask, error_of, given, put_status
from tests.support.app import NOW, Answer
from tests.support.executions import advance
from tests.support.seeds import (
    FILTERS,
    Device,
    enrol_device,
    expect,
    poll,
    report,
    save_filter,
    seed_workspace,
    upload_artifact,
    where,
)

V2 = "/api/management/v2/deployments/deployments"
ATTRIBUTES = "/api/devices/v1/inventory/device/attributes"
LINUX = where("os", "$eq", "linux")
NOON = "2026-03-11T12:00:00Z"
TOMORROW = "2026-03-12T08:00:00Z"


@pytest.fixture(name="filter_id")
def _filter_id(management: Management) -> str:
    return save_filter(management.app, management.workspace, "penguins", LINUX)


def tell(management: Management, device: Device, system: str) -> Device:
    body = [{"name": "os", "value": system}]
    expect(200, management.app.call("PATCH", ATTRIBUTES, body, token=device.token))
    return device


def enrol(management: Management, number: int, system: str = "linux") -> Device:
    return tell(management, enrol_device(management.app, management.workspace, number), system)


def create(management: Management, **members: object) -> Answer:
    body = {"name": "every penguin", "artifact_name": "app-2", **members}
    return management.app.call("POST", V2, body, token=management.workspace.token)


def made(answer: Answer) -> str:
    return expect(201, answer).headers["location"].removeprefix("/api/management/v1/deployments/deployments/")


def found(management: Management, query: str = "") -> list[dict[str, Any]]:
    answer = management.app.call("GET", f"{V2}?{query}", token=management.workspace.token)
    shown: list[dict[str, Any]] = expect(200, answer).json()
    return shown


def test_it_shows_its_filter_and_how_many_devices_met_it_at_first(management: Management, filter_id: str) -> None:
    enrol(management, 1)
    enrol(management, 2, "zephyr")
    shown = management.deployment(made(create(management, filter_id=filter_id, retries=2)))
    assert shown["dynamic"] is True
    assert shown["filter"] == {"id": filter_id, "name": "penguins", "terms": [LINUX]}
    assert (shown["initial_device_count"], shown["device_count"], shown["max_devices"]) == (1, 0, 0)
    assert (shown["retries"], shown["status"], shown["statistics"]["status"]) == (2, "pending", ZEROS)
    assert found(management) == [shown]


def test_nobody_has_to_meet_the_filter_yet(management: Management, filter_id: str) -> None:
    shown = management.deployment(made(create(management, filter_id=filter_id)))
    assert shown["initial_device_count"] == 0


def test_a_life_with_late_joiners_and_an_abort(management: Management, filter_id: str) -> None:
    app, first, other = management.app, enrol(management, 1), enrol(management, 2, "zephyr")
    deployment_id = made(create(management, filter_id=filter_id))
    assert given(ask(app, first)) == deployment_id
    assert ask(app, other).status == 204
    assert management.deployment(deployment_id)["status"] == "pending"
    expect(204, report(app, first, deployment_id, "success"))
    assert management.deployment(deployment_id)["status"] == "inprogress"
    late = enrol(management, 3)
    assert given(ask(app, late)) == given(ask(app, tell(management, other, "linux"))) == deployment_id
    assert management.statistics(deployment_id) == {**ZEROS, "success": 1, "pending": 2}
    assert management.statuses(deployment_id) == {first.id: "success", late.id: "pending", other.id: "pending"}
    management.abort(deployment_id)
    assert management.statistics(deployment_id) == {**ZEROS, "success": 1, "aborted": 2}
    assert error_of(409, put_status(app, late, deployment_id, {"status": "success"})) == "Deployment aborted"
    assert management.deployment(deployment_id)["device_count"] == 3


def test_when_a_device_called_last_may_tell_a_target(management: Management, device: Device) -> None:
    long_ago, lately = (
        save_filter(management.app, management.workspace, "called", where("check_in_time", operator, NOON, "system"))
        for operator in ("$lt", "$gte")
    )
    for filter_id, status in ((long_ago, 204), (lately, 200)):
        made(create(management, filter_id=filter_id))
        assert ask(management.app, device).status == status


def test_its_devices_are_those_that_asked(management: Management, filter_id: str) -> None:
    device, _ = enrol(management, 1), enrol(management, 2)
    deployment_id = made(create(management, filter_id=filter_id))
    for target in ("device_list", "devices", "devices/list"):
        assert expect(200, management.call("GET", f"/{deployment_id}/{target}")).json() == []
    ask(management.app, device)
    assert expect(200, management.call("GET", f"/{deployment_id}/device_list")).json() == [device.id]
    page = expect(200, management.call("GET", f"/{deployment_id}/devices/list?status=pending"))
    assert ([each["id"] for each in page.json()], page.headers["x-total-count"]) == ([device.id], "1")
    history = expect(200, management.call("GET", f"/devices/{device.id}")).json()
    assert [part["deployment"]["id"] for part in history] == [deployment_id]


def test_it_finishes_with_max_devices(management: Management, filter_id: str) -> None:
    devices = [enrol(management, number) for number in (1, 2)]
    deployment_id = made(create(management, filter_id=filter_id, max_devices=1))
    assert [poll(management.app, device).status for device in devices] == [200, 204]
    expect(204, report(management.app, devices[0], deployment_id, "success"))
    shown = management.deployment(deployment_id)
    assert (shown["status"], shown["max_devices"], shown["statistics"]["status"]["success"]) == ("finished", 1, 1)


def test_a_deployment_goes_on_when_its_filter_is_deleted(management: Management, filter_id: str) -> None:
    deployment_id = made(create(management, filter_id=filter_id))
    expect(204, management.app.call("DELETE", f"{FILTERS}/{filter_id}", token=management.workspace.token))
    assert given(ask(management.app, enrol(management, 1))) == deployment_id
    assert management.deployment(deployment_id)["filter"]["id"] == filter_id
    assert filter_id in error_of(400, create(management, name="another", filter_id=filter_id))


def test_a_filter_of_another_workspace_is_none(management: Management) -> None:
    other = seed_workspace(management.app, "b")
    foreign = save_filter(management.app, other, "theirs", LINUX)
    assert error_of(400, create(management, filter_id=foreign)) == f"filter_id: there is no filter {foreign}"
    unknown = error_of(400, create(management, filter_id=UNKNOWN))
    assert unknown == f"filter_id: there is no filter {UNKNOWN}"
    assert management.find() == []


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({}, "filter_id"),
        ({"filter_id": None}, "filter_id"),
        ({"filter_id": ""}, "filter_id"),
        ({"filter_id": 1}, "filter_id"),
        ({"devices": ["d-100"]}, "filter_id"),
        ({"filter_id": UNKNOWN, "devices": ["d-100"]}, "beside a filter"),
        ({"filter_id": UNKNOWN, "all_devices": True}, "beside a filter"),
        ({"filter_id": UNKNOWN, "name": ""}, "name"),
        ({"filter_id": UNKNOWN, "artifact_name": ""}, "artifact_name"),
        ({"filter_id": UNKNOWN, "max_devices": -1}, "max_devices"),
        ({"filter_id": UNKNOWN, "retries": 101}, "retries"),
        ({"filter_id": UNKNOWN, "autogenerate_delta": True}, "autogenerate_delta"),
    ],
)
def test_what_is_no_dynamic_deployment_is_400(management: Management, members: dict[str, object], text: str) -> None:
    assert text in error_of(400, create(management, **members))
    assert management.find() == []


def test_the_same_is_409_while_it_runs(management: Management, filter_id: str) -> None:
    deployment_id = made(create(management, filter_id=filter_id))
    error_of(409, create(management, filter_id=filter_id))
    made(create(management, filter_id=save_filter(management.app, management.workspace, "penguins", LINUX)))
    management.abort(deployment_id)
    made(create(management, filter_id=filter_id))


def test_an_artifact_that_nobody_uploaded_is_422(management: Management, filter_id: str) -> None:
    answer = create(management, filter_id=filter_id, artifact_name="app-9")
    assert error_of(422, answer) == "No artifact for the deployment"


def test_phases_need_a_device_that_meets_the_filter(management: Management, filter_id: str) -> None:
    phases = [{"batch_size": 50}, {"start_ts": TOMORROW}]
    text = error_of(400, create(management, filter_id=filter_id, phases=phases))
    assert "Attempt to create a batch with zero devices not allowed" in text


def test_what_waits_for_its_first_phase_is_scheduled_in_version_2_and_pending_in_version_1(
    management: Management, filter_id: str
) -> None:
    device = enrol(management, 1)
    upload_artifact(management.app, management.workspace, "app-3")
    waiting = made(create(management, filter_id=filter_id, phases=[{"start_ts": TOMORROW}]))
    running = management.deploy("d-100", artifact_name="app-3")
    assert management.deployment(waiting)["status"] == "pending"
    assert {each["id"] for each in management.find("status=pending")} == {waiting, running}
    assert {each["id"]: each["status"] for each in found(management)} == {waiting: "scheduled", running: "pending"}
    assert [each["id"] for each in found(management, "status=scheduled")] == [waiting]
    assert [each["id"] for each in found(management, "status=pending")] == [running]
    assert "unknown status" in error_of(400, management.call("GET", "?status=scheduled"))
    assert ask(management.app, device).status == 204
    management.app.pass_time(days=1)
    advance(management.app.service, management.workspace.id, waiting, NOW.replace(day=12))
    assert found(management, "status=scheduled") == []
    assert given(ask(management.app, device)) == waiting
