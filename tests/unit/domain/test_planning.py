"""What a plan makes of a deployment: numbers for its phases, and what bounds offers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.deployment import Deployment, Target
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.pace import Pace
from sluiceway.domain.phases import NONE_OPEN
from sluiceway.domain.plan import AtEnd, Plan, PlannedPhase
from sluiceway.domain.planning import with_plan
from tests.support.app import NOW
from tests.unit.domain.test_deployment import a_deployment

HOUR = timedelta(hours=1)
THIRDS = tuple(PlannedPhase(percent=percent) for percent in (10, 20, None))


def planned(plan: Plan, target: Target = Target.LIST, size: int = 10) -> Deployment:
    return with_plan(replace(a_deployment(size=size), target=target), plan, NOW)


def test_every_device_of_a_list_is_in_exactly_one_phase_of_exact_size() -> None:
    devices = [f"device-{number}" for number in range(10)]
    rows = planned(Plan(THIRDS)).rows_of(devices)

    assert [row.device_id for row in rows] == devices
    assert Counter(row.phase for row in rows) == {0: 1, 1: 2, 2: 7}


def test_a_device_of_any_other_target_is_early_or_late_by_its_seed_alone() -> None:
    small, large = (planned(Plan(THIRDS, seed="s"), Target.FILTER, size) for size in (10, 10_000))
    devices = [f"device-{number}" for number in range(100)]

    assert [small.row_of(each).phase for each in devices] == [large.row_of(each).phase for each in devices]
    assert {small.row_of(each).phase for each in devices} == {0, 1, 2}


@pytest.mark.parametrize(
    ("plan", "open_phase"),
    [
        (Plan(), 0),
        (Plan(start=NOW), 0),
        (Plan(start=NOW + HOUR), NONE_OPEN),
        (Plan((PlannedPhase(start=NOW + HOUR),)), NONE_OPEN),
        (Plan((PlannedPhase(start=NOW),), start=NOW + HOUR), NONE_OPEN),
    ],
)
def test_the_first_phase_is_open_from_the_start_unless_that_is_to_come(plan: Plan, open_phase: int) -> None:
    assert planned(plan).open_phase == open_phase


def test_nobody_is_let_in_after_the_end_unless_the_plan_lets_phases_go_on() -> None:
    ends = {at_end: planned(Plan(end=NOW + HOUR, at_end=at_end)).steering.end for at_end in AtEnd}

    assert ends == {AtEnd.STOP_OFFERING: NOW + HOUR, AtEnd.ABORT: NOW + HOUR, AtEnd.LET_FINISH: None}


def test_a_pace_begins_with_the_plan() -> None:
    allowances = [planned(Plan(pace=Pace(1), start=start)).steering.allowance for start in (None, NOW + HOUR)]

    assert [allowance and allowance.since for allowance in allowances] == [NOW, NOW + HOUR]


def test_the_plan_says_how_often_and_by_how_many_it_is_tried() -> None:
    plan = Plan(most_devices=3, most_in_flight=2, priority=7, seed="s")
    deployment = planned(plan)

    assert (deployment.most_devices, deployment.retry) == (3, plan.retry)
    assert (deployment.steering.most_in_flight, deployment.steering.priority) == (2, 7)
    assert (deployment.steering.seed, planned(Plan()).steering.seed) == ("s", deployment.id)


def test_a_phase_without_a_device_is_refused() -> None:
    with pytest.raises(InvalidMembers, match="phase 1 would have no device"):
        planned(Plan(THIRDS), size=2)
