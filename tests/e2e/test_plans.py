"""Deployments under plans, seen from outside: one that its gate stops and that is rolled back, one that completes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import httpx
import pytest

from infra.local.native_client import NativeClient
from infra.local.simulated_device import Behaviour
from tests.e2e.operator import Device, Operator
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


def deploy(operator: Operator, native: NativeClient, name: str, devices: Sequence[Device]) -> str:
    """Deploy a new release in halves, and return the deployment's id."""
    operator.upload(name)
    return native.create_deployment(
        operator.named(name), operator.named(name), [device.id for device in devices], IN_HALVES
    )


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
