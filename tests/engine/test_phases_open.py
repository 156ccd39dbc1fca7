"""Phases open at their times, once, by their execution alone; a lost execution is replaced."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sluiceway.domain.phases import WantedPhase
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.advance_rollout import advance_rollout
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.deployments import load
from sluiceway.usecases.rollouts import MISSED_AFTER
from tests.support.app import NOW, RecordedRollouts
from tests.support.executions import advance
from tests.support.fleet import WORKSPACE, Fleet
from tests.support.ticks import repair_due

HOUR = timedelta(hours=1)
PHASES = (WantedPhase(25), WantedPhase(25, NOW + HOUR), WantedPhase(None, NOW + 2 * HOUR))


@pytest.fixture
def fleet() -> Fleet:
    return Fleet(MemoryTable())


@pytest.fixture
def deployment_id(fleet: Fleet) -> str:
    devices = [fleet.accept() for _ in range(4)]
    return create_deployment(fleet.service, WORKSPACE, replace(fleet.definition(*devices), phases=PHASES), NOW)


def started(fleet: Fleet) -> list[tuple[str, str, int]]:
    assert isinstance(fleet.service.rollouts, RecordedRollouts)
    return fleet.service.rollouts.started


def newest_open(fleet: Fleet, deployment_id: str) -> int:
    return load(fleet.service, WORKSPACE, deployment_id).deployment.open_phase


def test_a_creation_starts_the_first_generation(fleet: Fleet, deployment_id: str) -> None:
    assert started(fleet) == [(WORKSPACE, deployment_id, 0)]


def test_a_deployment_whose_phases_are_all_open_needs_no_execution(fleet: Fleet) -> None:
    definition = replace(fleet.definition(fleet.accept()), phases=(WantedPhase(100),))
    create_deployment(fleet.service, WORKSPACE, definition, NOW)
    assert started(fleet) == []


@pytest.mark.parametrize(
    ("late", "opened", "comes_again"),
    [
        (timedelta(0), 0, NOW + HOUR),
        (HOUR - timedelta(milliseconds=1), 0, NOW + HOUR),
        (HOUR, 1, NOW + 2 * HOUR),
        (5 * HOUR, 2, None),
    ],
)
def test_what_is_open_follows_from_the_time(
    fleet: Fleet, deployment_id: str, late: timedelta, opened: int, comes_again: datetime | None
) -> None:
    assert advance(fleet.service, WORKSPACE, deployment_id, NOW + late) == comes_again
    assert newest_open(fleet, deployment_id) == opened


def test_opening_twice_or_with_an_older_clock_changes_nothing(fleet: Fleet, deployment_id: str) -> None:
    advance(fleet.service, WORKSPACE, deployment_id, NOW + HOUR)
    before = load(fleet.service, WORKSPACE, deployment_id).deployment
    for moment in (NOW + HOUR, NOW):
        advance(fleet.service, WORKSPACE, deployment_id, moment)
    assert load(fleet.service, WORKSPACE, deployment_id).deployment == before


def test_no_phase_opens_without_an_execution(fleet: Fleet, deployment_id: str) -> None:
    repair_due(fleet.service, NOW + 10 * HOUR)
    assert newest_open(fleet, deployment_id) == 0


def test_an_aborted_deployment_opens_nothing(fleet: Fleet, deployment_id: str) -> None:
    abort_deployment(fleet.service, WORKSPACE, deployment_id, NOW)
    assert advance(fleet.service, WORKSPACE, deployment_id, NOW + HOUR) is None
    assert newest_open(fleet, deployment_id) == 0
    repair_due(fleet.service, NOW + 100 * HOUR)
    assert len(started(fleet)) == 1


def test_a_lost_execution_is_replaced_by_the_next_generation(fleet: Fleet, deployment_id: str) -> None:
    advance(fleet.service, WORKSPACE, deployment_id, NOW)
    repair_due(fleet.service, NOW + HOUR + MISSED_AFTER)
    assert len(started(fleet)) == 1
    repair_due(fleet.service, NOW + HOUR + MISSED_AFTER + timedelta(milliseconds=1))
    assert started(fleet)[1:] == [(WORKSPACE, deployment_id, 1)]


def test_an_execution_that_never_began_is_replaced_too(fleet: Fleet, deployment_id: str) -> None:
    repair_due(fleet.service, NOW + MISSED_AFTER + timedelta(milliseconds=1))
    assert started(fleet)[1:] == [(WORKSPACE, deployment_id, 1)]


def test_an_execution_that_was_replaced_opens_nothing_any_more(fleet: Fleet, deployment_id: str) -> None:
    repair_due(fleet.service, NOW + MISSED_AFTER + timedelta(milliseconds=1))
    assert advance_rollout(fleet.service, WORKSPACE, deployment_id, 0, NOW + HOUR) is None
    assert newest_open(fleet, deployment_id) == 0
    advance_rollout(fleet.service, WORKSPACE, deployment_id, 1, NOW + HOUR)
    assert newest_open(fleet, deployment_id) == 1


def test_an_execution_that_is_in_time_is_not_replaced(fleet: Fleet, deployment_id: str) -> None:
    advance(fleet.service, WORKSPACE, deployment_id, NOW + HOUR)
    repair_due(fleet.service, NOW + HOUR + MISSED_AFTER)
    assert len(started(fleet)) == 1


def test_no_execution_is_due_once_all_phases_are_open(fleet: Fleet, deployment_id: str) -> None:
    advance(fleet.service, WORKSPACE, deployment_id, NOW + 2 * HOUR)
    repair_due(fleet.service, NOW + 100 * HOUR)
    assert len(started(fleet)) == 1


def test_a_phase_that_opens_lets_more_devices_in(fleet: Fleet) -> None:
    devices = [fleet.accept() for _ in range(4)]
    definition = replace(fleet.definition(*devices), phases=PHASES)
    deployment_id = create_deployment(fleet.service, WORKSPACE, definition, NOW)
    let_in = []
    for late in (timedelta(0), HOUR, 2 * HOUR):
        advance(fleet.service, WORKSPACE, deployment_id, NOW + late)
        let_in.append(sum(fleet.poll(device) is not None for device in devices))
    assert let_in == [1, 2, 4]
