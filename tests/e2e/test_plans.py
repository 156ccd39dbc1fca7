"""Deployments under plans, seen from outside: one that its gate stops and that is rolled back, one that completes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import httpx
import pytest

from infra.local.native_client import NativeClient
from infra.local.simulated_device import Behaviour
from tests.e2e.operator import Device, Operator
from tests.infra.machine import Machine, client_of
from tests.support.service import RunningService
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine

Seen: TypeAlias = dict[str, Any]
ALL_WELL = {"gate": {"least_success_share": 1}}
IN_HALVES = {"phases": [{"percent": 50, **ALL_WELL}, ALL_WELL], "look_every_seconds": 1}


@pytest.fixture
def native(service: RunningService) -> Iterator[NativeClient]:
    headers = {"Authorization": f"Bearer {service.native['api_key']}"}
    with httpx.Client(base_url=service.native["url"], headers=headers, timeout=30, trust_env=False) as http:
        yield NativeClient(http)


@pytest.fixture
def fleet(operator: Operator) -> list[Device]:
    """Four devices on which a first release runs."""
    devices = operator.enrol(*[Behaviour.SUCCEEDS] * 4)
    operator.upload("first")
    operator.deploy("first", "first", devices)
    assert [device.simulated.update() for device in devices] == [True] * 4
    return devices


def deploy(
    operator: Operator,
    native: NativeClient,
    name: str,
    devices: Sequence[Device],
    plan: Mapping[str, object] = IN_HALVES,
) -> str:
    """Deploy a new release in halves, and return the deployment's id."""
    operator.upload(name)
    return native.create_deployment(operator.named(name), operator.named(name), [device.id for device in devices], plan)


def seen_when(
    native: NativeClient, deployment_id: str, devices: Sequence[Device], is_there: Callable[[Seen], bool]
) -> Seen:
    """The deployment as soon as it is as wanted, while the devices carry out what they are given."""

    def look() -> Seen | None:
        for device in devices:
            device.simulated.update()
        seen = native.deployment(deployment_id)
        return seen if is_there(seen) else None

    return wait_for("what the deployment should come to", look)


def has_finished(seen: Seen) -> bool:
    return bool(seen["status"] == "finished")


def running(devices: Sequence[Device]) -> list[str]:
    return [device.simulated.artifact_name for device in devices]


def test_a_phase_that_fails_its_gate_holds_the_next_one_and_is_rolled_back(
    operator: Operator, native: NativeClient, fleet: Sequence[Device]
) -> None:
    tried: list[str] = []

    def first_start_fails(release: str) -> str:
        tried.append(release)
        return "it does not start" if len(tried) == 1 else ""

    for device in fleet:
        device.simulated.defect_of = first_start_fails
    broken = deploy(operator, native, "broken", fleet)

    paused = seen_when(native, broken, fleet, lambda seen: seen["paused"] is not None)
    assert paused["paused"]["reason"] == "success-share-too-low"
    assert [phase["state"] for phase in paused["phases"]] == ["breached", "planned"]
    statuses = operator.statuses(broken)
    assert sorted(statuses.values()) == ["failure", "pending", "pending", "success"]
    blocked = [native.explain(broken, device_id) for device_id, status in statuses.items() if status == "pending"]
    assert [each["blocked_by"] for each in blocked] == ["paused", "paused"]
    assert all(blocks(each) == ["paused", "phase-not-open"] for each in blocked)

    undoing = native.roll_back(broken)
    undone = seen_when(native, undoing, fleet, has_finished)
    assert (undone["statistics"]["success"], undone["statistics"]["already-installed"]) == (1, 1)
    assert running(fleet) == [operator.named("first")] * 4
    assert native.deployment(broken)["rolled_back_by"] == undoing


def blocks(explanation: Seen) -> list[str]:
    """The codes of all rules that keep the device back."""
    return [rule["code"] for rule in explanation["rules"] if rule["blocks"]]


def test_a_good_release_goes_from_phase_to_phase_when_the_one_before_has_passed(
    operator: Operator, native: NativeClient, fleet: Sequence[Device]
) -> None:
    repaired = deploy(operator, native, "repaired", fleet)

    finished = seen_when(native, repaired, fleet, has_finished)

    assert finished["statistics"]["success"] == len(fleet)
    assert running(fleet) == [operator.named("repaired")] * 4
    for before, after in pairwise(finished["phases"]):
        assert before["passed_at"] <= after["opened_at"]
    assert [phase["outcomes"]["succeeded"] for phase in finished["phases"]] == [2, 2]


def stop_execution(service: RunningService, deployment_id: str) -> None:
    """Stop what controls a deployment, as it waits for its next look."""
    endpoint_url = service.aws["endpoint_url"]
    steps = client_of(endpoint_url, "stepfunctions")
    machines = steps.list_state_machines()["stateMachines"]
    (arn,) = (machine["stateMachineArn"] for machine in machines if machine["name"].endswith("-Rollout"))
    machine = Machine(endpoint_url, arn)
    inputs = {each: json.loads(steps.describe_execution(executionArn=each)["input"]) for each in machine.running()}
    (running,) = (each for each, told in inputs.items() if told["deployment_id"] == deployment_id)

    def waits() -> bool:
        history = steps.get_execution_history(executionArn=running, reverseOrder=True, maxResults=3)["events"]
        return any(event.get("stateEnteredEventDetails", {}).get("name") == "WaitForCommand" for event in history)

    wait_for("its wait", waits)
    machine.stop(running)


def test_while_its_execution_is_stopped_no_further_phase_of_a_deployment_opens(
    service: RunningService, operator: Operator, native: NativeClient, fleet: Sequence[Device]
) -> None:
    """A deployment that is made later and looked at no more often goes through all its phases meanwhile."""
    slowly = {**IN_HALVES, "look_every_seconds": 5}
    held = deploy(operator, native, "held", fleet[:2], slowly)
    stop_execution(service, held)
    assert sorted(device.simulated.update() for device in fleet[:2]) == [False, True]

    later = deploy(operator, native, "later", fleet[2:], slowly)
    seen_when(native, later, fleet[2:], has_finished)

    assert [device.simulated.update() for device in fleet[:2]] == [False, False]
    assert [phase["opened_at"] is None for phase in native.deployment(held)["phases"]] == [False, True]
    assert sorted(operator.statuses(held).values()) == ["pending", "success"]
