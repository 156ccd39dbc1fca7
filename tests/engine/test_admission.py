"""A deployment that takes only so many devices: never one more, and never a place left while somebody asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.counters import ADMITTED, let_in
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import NotFound
from sluiceway.domain.phases import WantedPhase
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Table
from sluiceway.usecases import create_deployment as creation
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.ports import Claims
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.fleet import WORKSPACE, Fleet

TOMORROW = NOW + timedelta(days=1)


@pytest.fixture(params=["memory", pytest.param("engine", marks=pytest.mark.engine)])
def fleet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setattr(creation, "shards_for", lambda _: 4)
    table: Table = MemoryTable() if request.param == "memory" else request.getfixturevalue("engine_table")
    return Fleet(table)


def deploy(fleet: Fleet, devices: list[Claims], **limits: object) -> str:
    definition = replace(fleet.definition(*devices), **limits)  # type: ignore[arg-type]
    return create_deployment(fleet.service, WORKSPACE, definition, NOW)


def poll_at_once(fleet: Fleet, devices: list[Claims]) -> list[str]:
    """Let all ask side by side, and return the ids of those that were offered something."""
    with ThreadPoolExecutor(len(devices)) as pool:
        offers = pool.map(fleet.poll, devices)
    return [str(device["sub"]) for device, offer in zip(devices, offers, strict=True) if offer]


def progress(fleet: Fleet, deployment_id: str) -> Progress:
    return load(fleet.service, WORKSPACE, deployment_id)


def test_26_phases_hold_exactly_under_parallel_polls(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(50)]
    deployment_id = deploy(fleet, devices, phases=(WantedPhase(35), WantedPhase(None, TOMORROW)))
    assert len(poll_at_once(fleet, devices)) == 17
    tally = progress(fleet, deployment_id).tally
    assert (tally[ADMITTED], tally[let_in(0)]) == (17, 17)


def test_26_max_devices_holds_exactly_under_parallel_polls(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(50)]
    deploy(fleet, devices, most_devices=9)
    assert len(poll_at_once(fleet, devices)) == 9


def test_who_was_let_in_is_offered_the_same_again_and_takes_no_second_place(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(4)]
    deployment_id = deploy(fleet, devices, phases=(WantedPhase(50), WantedPhase(None, TOMORROW)))
    first = poll_at_once(fleet, devices)
    assert poll_at_once(fleet, devices) == first
    assert progress(fleet, deployment_id).tally[ADMITTED] == 2


def test_a_device_without_artifact_takes_a_place(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(4)]
    deployment_id = deploy(fleet, devices, phases=(WantedPhase(25), WantedPhase(None, TOMORROW)))
    assert fleet.poll(devices[0], board="another board") is None
    assert poll_at_once(fleet, devices[1:]) == []
    assert progress(fleet, deployment_id).tally[let_in(0)] == 1


def test_nobody_is_let_in_before_the_first_phase(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(2)]
    deploy(fleet, devices, phases=(WantedPhase(100, TOMORROW),))
    assert poll_at_once(fleet, devices) == []


def test_a_full_phase_costs_the_next_ones_one_read_of_the_head(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(4)]
    deploy(fleet, devices, phases=(WantedPhase(25), WantedPhase(None, TOMORROW)))
    for device in devices[:2]:
        fleet.poll(device)
    with measured(fleet.table) as meter:
        assert fleet.poll(devices[3]) is None
    assert meter.usage.calls == 3
    assert meter.usage.write_units == 0


def test_a_full_phase_keeps_the_place_of_those_who_wait_before_newer_deployments(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(2)]
    deploy(fleet, devices, phases=(WantedPhase(50), WantedPhase(None, TOMORROW)))
    deploy(fleet, devices)
    fleet.poll(devices[0])
    assert fleet.poll(devices[1]) is None


def test_a_deployment_with_enough_devices_lets_the_others_go_on_to_the_next(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(2)]
    deploy(fleet, devices, most_devices=1)
    newer = deploy(fleet, devices)
    fleet.poll(devices[0])
    offer = fleet.poll(devices[1])
    assert offer
    assert offer.deployment_id == newer


def test_it_has_finished_when_enough_devices_have(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(3)]
    deployment_id = deploy(fleet, devices, most_devices=1)
    fleet.poll(devices[0])
    assert not progress(fleet, deployment_id).has_finished
    fleet.report(devices[0], deployment_id, Status.SUCCESS)
    assert progress(fleet, deployment_id).has_finished


def test_a_report_without_a_poll_needs_a_place_too(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(2)]
    deployment_id = deploy(fleet, devices, phases=(WantedPhase(50), WantedPhase(None, TOMORROW)))
    fleet.report(devices[0], deployment_id, Status.DOWNLOADING)
    assert progress(fleet, deployment_id).tally[ADMITTED] == 1
    with pytest.raises(NotFound):
        fleet.report(devices[1], deployment_id, Status.DOWNLOADING)
