"""Deployments in phases (contract 8.2) and with a limit on devices (contract 8.1)."""

from __future__ import annotations

import pytest

from tests.handlers.mender.calls import UNKNOWN, Management, error_of
from tests.support.app import NOW
from tests.support.executions import advance
from tests.support.seeds import expect, poll

DEVICES = [f"d-{number:03d}" for number in range(100)]
TOMORROW, THE_DAY_AFTER = "2026-03-12T08:00:00Z", "2026-03-13T08:00:00+00:00"


def plan(*batches: object) -> dict[str, object]:
    return {"name": "staged", "artifact_name": "app-2", "devices": DEVICES, "phases": list(batches)}


def test_phases_are_read_back_with_ids_shares_times_and_counts(management: Management) -> None:
    batches = ({"batch_size": 10}, {"batch_size": 45, "start_ts": TOMORROW}, {"start_ts": THE_DAY_AFTER})
    deployment_id = management.deploy(*DEVICES, phases=list(batches), retries=2)
    shown = management.deployment(deployment_id)
    ids = [phase.pop("id") for phase in shown["phases"]]
    assert shown["phases"] == [
        {"batch_size": 10, "device_count": 0},
        {"batch_size": 45, "start_ts": "2026-03-12T08:00:00.000Z", "device_count": 0},
        {"batch_size": 45, "start_ts": "2026-03-13T08:00:00.000Z", "device_count": 0},
    ]
    assert len(set(ids)) == 3
    assert shown["retries"] == 2


def test_one_phase_without_members_is_everybody_at_once(management: Management) -> None:
    (phase,) = management.deployment(management.deploy("d-100", phases=[{}]))["phases"]
    assert (phase["batch_size"], phase["device_count"]) == (100, 0)


@pytest.mark.parametrize(
    ("batches", "text"),
    [
        (({"batch_size": 60}, {"batch_size": 60, "start_ts": TOMORROW}), "more than 100"),
        (({"start_ts": TOMORROW}, {"batch_size": 60, "start_ts": THE_DAY_AFTER}), "only the last phase"),
        (({"batch_size": 10}, {"batch_size": 60}), "only the first phase"),
        (({"batch_size": 10, "start_ts": THE_DAY_AFTER}, {"start_ts": TOMORROW}), "later than the one before"),
        (({"batch_size": 0},), "between 1 and 100"),
        (({"batch_size": "10"},), "phases.0.batch_size"),
        (({"batch_size": 10.5},), "phases.0.batch_size"),
        (({"start_ts": "tomorrow"},), "phases.0.start_ts"),
        (({"start_ts": "1773302400"},), "phases.0.start_ts"),
        (({"start_ts": 1773302400},), "phases.0.start_ts"),
        (({"start_ts": "2026-03-12T08:00:00"},), "phases.0.start_ts"),
        (("all",), "phases.0"),
    ],
)
def test_what_is_no_plan_is_400(management: Management, batches: tuple[object, ...], text: str) -> None:
    answer = management.call("POST", "", plan(*batches))
    assert text in error_of(400, answer)


def test_a_phase_without_devices_is_400_with_its_number(management: Management) -> None:
    body = plan({"batch_size": 90}, {"batch_size": 1, "start_ts": TOMORROW}, {"start_ts": THE_DAY_AFTER})
    answer = management.call("POST", "", {**body, "devices": DEVICES[:10]})
    text = error_of(400, answer)
    assert "Attempt to create a batch with zero devices not allowed" in text
    assert "Batch: (2) will be empty" in text


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/v1/deployments/deployments", {"devices": DEVICES}),
        ("/v1/deployments/deployments", {"all_devices": True}),
        ("/v1/deployments/deployments/group/nobody", {}),
        ("/v2/deployments/deployments", {"filter_id": UNKNOWN}),
    ],
)
def test_phases_that_do_not_fit_together_are_400_whatever_is_stored(
    management: Management, path: str, target: dict[str, object]
) -> None:
    body = {"name": "staged", "artifact_name": "nowhere", **target, "phases": [{"batch_size": 0}]}
    answer = management.app.call("POST", f"/api/management{path}", body, token=management.workspace.token)
    assert error_of(400, answer) == "phases: batch_size must be between 1 and 100"


def test_a_bad_plan_of_a_deployment_that_exists_is_400_and_no_conflict(management: Management) -> None:
    expect(201, management.call("POST", "", plan({"batch_size": 50})))
    error_of(409, management.call("POST", "", plan({"batch_size": 60})))
    assert "between 1 and 100" in error_of(400, management.call("POST", "", plan({"batch_size": 0})))


def test_a_phase_without_named_devices_is_400_whatever_is_stored(management: Management) -> None:
    body = plan({"batch_size": 10}, {"start_ts": TOMORROW})
    answer = management.call("POST", "", {**body, "artifact_name": "nowhere", "devices": DEVICES[:5]})
    assert "Batch: (1) will be empty" in error_of(400, answer)


def test_the_devices_that_ask_in_a_phase_are_counted_in_it(management: Management) -> None:
    devices = management.enrol(4)
    ids = [device.id for device in devices]
    deployment_id = management.deploy(*ids, phases=[{"batch_size": 50}, {"start_ts": TOMORROW}])
    assert [poll(management.app, device).status for device in devices] == [200, 200, 204, 204]
    management.app.pass_time(days=1)
    advance(management.app.service, management.workspace.id, deployment_id, NOW.replace(day=12))
    assert [poll(management.app, device).status for device in devices] == [200] * 4
    counts = [phase["device_count"] for phase in management.deployment(deployment_id)["phases"]]
    assert counts == [2, 2]


def test_a_plan_to_come_shows_as_pending_and_offers_nothing(management: Management) -> None:
    (device,) = management.enrol(1)
    deployment_id = management.deploy(device.id, phases=[{"start_ts": TOMORROW}])
    assert poll(management.app, device, "app-0").status == 204
    assert management.deployment(deployment_id)["status"] == "pending"


def test_an_execution_opens_the_phases_to_come(management: Management) -> None:
    deployment_id = management.deploy(*DEVICES, phases=[{"batch_size": 10}, {"start_ts": TOMORROW}])
    assert management.app.rollouts.started == [(management.workspace.id, deployment_id, 0)]


def test_no_more_than_max_devices_are_offered_anything(management: Management) -> None:
    devices = management.enrol(3)
    management.deploy(*[device.id for device in devices], max_devices=2)
    assert sorted(poll(management.app, device).status for device in devices) == [200, 200, 204]


@pytest.mark.parametrize("limit", [-1, 1.5, "2", True])
def test_a_limit_is_a_whole_number_from_zero(management: Management, limit: object) -> None:
    answer = management.call("POST", "", {**plan(), "max_devices": limit})
    assert "max_devices" in error_of(400, answer)


def test_a_limit_of_zero_is_none(management: Management) -> None:
    expect(201, management.call("POST", "", {**plan(), "max_devices": 0}))
