"""What a plan makes of a deployment: numbers for its phases, and what bounds offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.counters import Tally
from sluiceway.domain.deployment import Deployment, Target
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.pace import Pace
from sluiceway.domain.phases import NONE_OPEN
from sluiceway.domain.plan import AtEnd, Plan, PlannedPhase
from sluiceway.domain.planning import phase_tallies, with_plan
from tests.support.app import NOW
from tests.unit.domain.test_deployment import a_deployment

HOUR = timedelta(hours=1)
THIRDS = tuple(PlannedPhase(percent=percent) for percent in (10, 20, None))


def planned(
    plan: Plan, target: Target = Target.LIST, size: int = 10, device_ids: Sequence[str] | None = None
) -> Deployment:
    return with_plan(replace(a_deployment(size=size), target=target), plan, NOW, device_ids)


def test_every_device_of_a_list_is_in_exactly_one_phase_of_exact_size() -> None:
    devices = [f"device-{number}" for number in range(10)]
    rows = planned(Plan(THIRDS)).rows_of(devices)

    assert [row.device_id for row in rows] == devices
    assert Counter(row.phase for row in rows) == {0: 1, 1: 2, 2: 7}


@given(st.text(max_size=9), st.sampled_from([Target.CUT, Target.FILTER]), st.integers(2, 130))
def test_so_is_every_device_of_any_other_target_whose_devices_are_known(
    seed: str, target: Target, devices: int
) -> None:
    known = [f"device-{number}" for number in range(devices)]
    canary = Plan((PlannedPhase(devices=1), PlannedPhase()), seed=seed)
    cut = planned(canary, target, devices, known)

    assert Counter(cut.row_of(device_id).phase for device_id in known) == {0: 1, 1: devices - 1}
    assert [phase.size for phase in cut.phases] == [1, devices - 1]


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


def test_a_pace_begins_at_its_first_rate() -> None:
    rates = [planned(Plan(pace=pace)).steering.per_minute for pace in (Pace(5), Pace(7, 2.0, every=1), None)]

    assert rates == [5, 7, None]


def test_the_plan_says_how_often_and_by_how_many_it_is_tried() -> None:
    plan = Plan(most_devices=3, most_in_flight=2, priority=7, seed="s")
    deployment = planned(plan)

    assert (deployment.most_devices, deployment.retry) == (3, plan.retry)
    assert (deployment.steering.most_in_flight, deployment.steering.priority) == (2, 7)
    assert (deployment.steering.seed, planned(Plan()).steering.seed) == ("s", deployment.id)


@pytest.mark.parametrize(
    ("target", "sizes"),
    [
        (Target.LIST, [(100, 0), (200, 0), (700, 0)]),
        (Target.CUT, [(100, 29), (200, 38), (700, 44)]),
        (Target.FILTER, [(None, 0), (None, 0), (None, 0)]),
    ],
)
def test_how_many_devices_a_phase_has_is_known_of_a_list_and_about_of_a_cut(
    target: Target, sizes: list[tuple[int | None, int]]
) -> None:
    tallies = phase_tallies(planned(Plan(THIRDS), target, 1_000), Tally())

    assert [(tally.size, tally.margin) for tally in tallies] == sizes


def test_how_many_devices_a_phase_of_a_cut_has_is_known_where_its_devices_are() -> None:
    known = [f"device-{number}" for number in range(10)]
    tallies = phase_tallies(planned(Plan(THIRDS), Target.CUT, 10, known), Tally())

    assert [(tally.size, tally.margin) for tally in tallies] == [(1, 0), (2, 0), (7, 0)]


def test_a_cut_in_one_phase_has_as_many_devices_as_it_has() -> None:
    (tally,) = phase_tallies(planned(Plan(), Target.CUT), Tally())

    assert (tally.size, tally.margin) == (10, 0)


@given(st.text(max_size=9), st.integers(20, 400))
def test_a_phase_of_a_cut_has_hardly_ever_fewer_devices_than_its_margin_leaves(seed: str, devices: int) -> None:
    """Three standard deviations are passed one time in a thousand, twice as many by no seed that anybody finds."""
    cut = planned(Plan(THIRDS, seed=seed), Target.CUT, devices)
    found = Counter(cut.row_of(f"device-{number}").phase for number in range(devices))

    for number, tally in enumerate(phase_tallies(cut, Tally())):
        assert tally.size is not None
        assert found[number] >= tally.size - 2 * tally.margin


COUNTS_OF_LIMITED_PHASES: list[tuple[str, dict[str, int], list[int]]] = [
    ("nobody has come", {}, [4, 4]),
    ("the first phase is let in", {"p0": 3, "adm": 3, "asked": 3}, [4, 1]),
    ("the second one takes places of the first", {"p0": 1, "p1": 3, "adm": 4, "asked": 4}, [1, 3]),
    (
        "who ended without having been let in takes no place",
        {"p0.decommissioned": 1, "decommissioned": 1, "final": 1, "unasked": 1},
        [5, 4],
    ),
    (
        "nor does it make room in a phase to which it did not belong",
        {"p0": 2, "p0.aborted": 1, "p0.success": 2, "p1": 2, "p1.failure": 2}
        | {"adm": 4, "asked": 4, "final": 5, "unasked": 1},
        [3, 2],
    ),
    (
        "who was let in and taken away takes one",
        {"p0": 2, "p0.aborted": 1, "p0.success": 1, "p1": 2, "p1.superseded": 1, "p1.failure": 2}
        | {"adm": 4, "asked": 4, "final": 5, "unasked": 1},
        [2, 3],
    ),
]


@pytest.mark.parametrize(
    ("counts", "most"),
    [case[1:] for case in COUNTS_OF_LIMITED_PHASES],
    ids=[case[0] for case in COUNTS_OF_LIMITED_PHASES],
)
@pytest.mark.parametrize("target", [Target.LIST, Target.FILTER])
def test_no_more_devices_of_a_phase_end_than_the_limit_of_all_phases_leaves_places_for(
    target: Target, counts: dict[str, int], most: list[int]
) -> None:
    limited = planned(Plan((PlannedPhase(percent=50), PlannedPhase()), most_devices=4), target, 20)

    assert [tally.most for tally in phase_tallies(limited, Tally(counts))] == most


def test_without_a_limit_a_phase_has_as_many_places_as_devices() -> None:
    assert [tally.most for tally in phase_tallies(planned(Plan(THIRDS)), Tally())] == [None, None, None]


def test_without_a_plan_nobody_counts_in_which_phase_places_are_taken() -> None:
    limited = planned(Plan(THIRDS, most_devices=2))
    unplanned = replace(limited, steering=replace(limited.steering, has_plan=False))

    assert [tally.most for tally in phase_tallies(unplanned, Tally({"adm": 2, "final": 2, "asked": 2}))] == [None] * 3


def test_a_phase_without_a_device_is_refused() -> None:
    with pytest.raises(InvalidMembers, match="phase 1 would have no device"):
        planned(Plan(THIRDS), size=2)


@pytest.mark.parametrize(
    ("plan", "shards"),
    [
        (Plan(), 256),
        (Plan(pace=Pace(200)), 1),
        (Plan(pace=Pace(800)), 4),
        (Plan(pace=Pace(10, 2.0, 100, most=800)), 4),
        (Plan(pace=Pace(10, 2.0, 100)), 256),
        (Plan(most_in_flight=500), 1),
        (Plan(most_in_flight=4_000), 8),
        (Plan(pace=Pace(100), most_in_flight=4_000), 1),
        (Plan(pace=Pace(10, 2.0, 100), most_in_flight=4_000), 8),
        (Plan(pace=Pace(5, 2.0, 100), most_in_flight=4_000), 5),
        (Plan(pace=Pace(5, 2.0, 100), most_devices=10_000), 5),
    ],
)
def test_a_pace_or_a_cap_bounds_over_how_many_shards_the_counters_are_spread(plan: Plan, shards: int) -> None:
    large = with_plan(a_deployment(size=1_000_000, shards=256), plan, NOW)
    assert large.shards == shards


def test_the_rows_of_a_long_list_are_spread_over_the_index_however_few_shards_count_them() -> None:
    large = with_plan(a_deployment(size=1_000_000, shards=256), Plan(most_in_flight=1), NOW)
    assert {large.row_of(f"device-{number}").index_part for number in range(500)} == set(range(16))
