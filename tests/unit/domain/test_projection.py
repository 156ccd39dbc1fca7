"""Dry runs: what a plan is projected to take, and to cost (design section 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluiceway.domain.gates import Gate
from sluiceway.domain.pace import Growth, Pace
from sluiceway.domain.plan import AtEnd, Plan, PlannedPhase
from sluiceway.domain.projection import (
    HELD_POLL,
    HORIZON,
    LOOK,
    PUSH_TIME,
    PUSHES,
    UPDATE,
    US_EAST_1,
    WATCH,
    Assumptions,
    Projection,
    Requests,
    after_windows,
    project,
)
from sluiceway.domain.slots import SlotKind
from sluiceway.domain.windows import WEEK, Window
from tests.support.rollouts import plans
from tests.support.soak import examples

MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NIGHTLY = Window(WEEK, time(22), 4 * HOUR)
STRICT = Gate(least_success_share=0.9)


def projected(plan: Plan, *sizes: int, poll_every: timedelta = HOUR, slot: SlotKind = SlotKind.SOFTWARE) -> Projection:
    return project(plan, sizes, MONDAY, Assumptions(poll_every, 10 * MINUTE, slot))


PUSHED = pytest.mark.parametrize("slot", [SlotKind.CONFIG, SlotKind.WORKFLOW])


def seconds_to_let_in(plan: Plan, devices: int) -> float:
    """How long it takes where polls are not what it waits for."""
    last = projected(plan, devices, poll_every=timedelta(seconds=1)).phases[0].last_start
    assert last
    return (last - MONDAY).total_seconds()


def test_without_a_pace_a_phase_takes_one_poll_of_every_device() -> None:
    phase = projected(Plan(), 60).phases[0]

    assert (phase.opens, phase.last_start, phase.end) == (MONDAY, MONDAY + HOUR, MONDAY + HOUR + 10 * MINUTE)
    assert phase.first_start == MONDAY + MINUTE / 2


def test_a_phase_with_a_gate_ends_before_the_next_one_opens() -> None:
    gated = PlannedPhase(gate=Gate(soak=2 * HOUR))
    first, second, third = projected(Plan((gated, PlannedPhase(), PlannedPhase())), 10, 10, 10).phases

    assert second.opens == first.passed == first.end + 2 * HOUR
    assert third.opens == second.opens


def test_a_phase_waits_for_its_start_and_the_first_for_that_of_the_plan() -> None:
    plan = Plan((PlannedPhase(), PlannedPhase(start=MONDAY + 9 * HOUR)), start=MONDAY + 5 * HOUR)

    assert [phase.opens - MONDAY for phase in projected(plan, 1, 1).phases] == [5 * HOUR, 9 * HOUR]


@pytest.mark.parametrize(
    ("pace", "minutes"),
    [
        (Pace(10), 30),
        (Pace(10, factor=2, every=100, growth=Growth.NOTIFIED), 10 + 5 + 2.5),
        (Pace(10, factor=2, every=100, growth=Growth.NOTIFIED, most=20), 10 + 5 + 5),
        (Pace(10, factor=2, every=100, growth=Growth.SUCCEEDED), 20 + 5),
    ],
)
def test_the_rate_grows_as_devices_are_let_in_or_an_installation_later(pace: Pace, minutes: float) -> None:
    assert seconds_to_let_in(Plan(pace=pace), 300) == pytest.approx(minutes * 60)


def test_the_pace_counts_the_devices_of_the_phases_before() -> None:
    plan = Plan((PlannedPhase(), PlannedPhase()), pace=Pace(10, factor=2, every=100, growth=Growth.NOTIFIED))
    second = projected(plan, 100, 100, poll_every=MINUTE).phases[1]

    assert second.last_start == second.opens + 5 * MINUTE


def test_places_in_flight_are_taken_again_an_installation_later() -> None:
    assert seconds_to_let_in(Plan(most_in_flight=10), 30) == 20 * 60
    assert seconds_to_let_in(Plan(most_in_flight=10), 31) == 30 * 60


@pytest.mark.parametrize(
    ("start", "offering", "done"),
    [
        (MONDAY + 12 * HOUR, HOUR, MONDAY + 23 * HOUR),
        (MONDAY + 23 * HOUR, 2 * HOUR, MONDAY + 25 * HOUR),
        (MONDAY + 23 * HOUR, 4 * HOUR, MONDAY + 47 * HOUR),
        (MONDAY + HOUR, HOUR, MONDAY + 2 * HOUR),
    ],
)
def test_time_outside_of_the_windows_does_not_count(start: datetime, offering: timedelta, done: datetime) -> None:
    assert after_windows([NIGHTLY], start, offering) == done
    assert after_windows([NIGHTLY, NIGHTLY], start, offering) == done


def test_the_last_device_is_reached_once_it_is_due_in_the_spread_of_a_window() -> None:
    spread = replace(NIGHTLY, spread=3 * HOUR)
    reached_late = projected(Plan(start=MONDAY + 12 * HOUR, windows=(spread,)), 60, poll_every=30 * MINUTE).phases[0]
    reached_next = projected(Plan(start=MONDAY + 12 * HOUR, windows=(spread,)), 60, poll_every=90 * MINUTE).phases[0]
    limited_by_pace = projected(
        Plan(start=MONDAY + 12 * HOUR, windows=(spread,), pace=Pace(1)), 230, poll_every=30 * MINUTE
    ).phases[0]

    assert reached_late.last_start == MONDAY + 25 * HOUR + 30 * MINUTE
    assert reached_next.last_start == MONDAY + 2 * 24 * HOUR + 90 * MINUTE
    assert limited_by_pace.last_start == MONDAY + 22 * HOUR + 230 * MINUTE


def test_windows_that_let_nearly_nothing_in_are_followed_to_the_horizon() -> None:
    yearly = Window(frozenset({0}), time(0), MINUTE)

    assert after_windows([yearly], MONDAY, 1_000 * HOUR) == MONDAY + HORIZON


def test_an_end_before_the_last_device_is_let_in_cuts_the_plan_short() -> None:
    assert projected(Plan(end=MONDAY + HOUR), 60).is_cut_short
    assert not projected(Plan(end=MONDAY + HOUR + MINUTE), 60).is_cut_short
    assert not projected(Plan(end=MONDAY), 0).is_cut_short


def test_an_end_that_aborts_cuts_short_what_is_not_through() -> None:
    through = MONDAY + HOUR + 10 * MINUTE

    assert projected(Plan(end=through, at_end=AtEnd.ABORT), 60).is_cut_short
    assert not projected(Plan(end=through + MINUTE, at_end=AtEnd.ABORT), 60).is_cut_short


def test_an_end_that_lets_phases_finish_cuts_short_what_has_not_opened() -> None:
    second = PlannedPhase(start=MONDAY + 9 * HOUR)
    plan = Plan((PlannedPhase(), second), at_end=AtEnd.LET_FINISH)

    assert not projected(replace(plan, end=MONDAY + 9 * HOUR + MINUTE), 60, 60).is_cut_short
    assert projected(replace(plan, end=MONDAY + 9 * HOUR), 60, 60).is_cut_short
    assert not projected(replace(plan, end=MONDAY + 9 * HOUR), 60, 0).is_cut_short


def test_no_more_devices_are_let_in_than_the_plan_takes_at_most() -> None:
    phases = (PlannedPhase(gate=Gate(soak=HOUR)), PlannedPhase(gate=Gate(soak=HOUR)), PlannedPhase())
    capped = projected(Plan(phases, most_devices=30), 20, 20, 20)

    assert [phase.devices for phase in capped.phases] == [20, 10, 0]
    assert capped.end == capped.phases[1].end
    assert capped.phases[2].first_start is None
    assert projected(Plan(phases, most_devices=100), 20, 20, 20).phases == projected(Plan(phases), 20, 20, 20).phases


@PUSHED
def test_what_is_pushed_starts_as_its_phase_opens_however_rarely_devices_poll(slot: SlotKind) -> None:
    phase = projected(Plan(), 250, slot=slot).phases[0]

    assert (phase.first_start, phase.last_start) == (MONDAY, MONDAY + 2 * PUSH_TIME)
    assert phase.end == MONDAY + 2 * PUSH_TIME + 10 * MINUTE


@PUSHED
def test_what_is_pushed_is_known_to_have_succeeded_at_the_next_look(slot: SlotKind) -> None:
    phase = projected(Plan(look_every=HOUR, most_in_flight=5), 10, slot=slot).phases[0]

    assert (phase.last_start, phase.end) == (MONDAY + HOUR, MONDAY + 2 * HOUR)


@PUSHED
def test_what_is_pushed_costs_no_polls_but_pushes_and_looks(slot: SlotKind) -> None:
    few, many = (projected(Plan(), devices, slot=slot).requests for devices in (50, 60))

    assert (many.api_gateway, many.s3_gets) == (1, 0)
    assert many.write_units - few.write_units == 10 * PUSHES[slot].write_units
    assert many.read_units - few.read_units == 10 * (PUSHES[slot].read_units + 10 * WATCH.read_units)


def test_devices_cost_what_the_budgets_say() -> None:
    one, many = projected(Plan(), 1_000), projected(Plan(), 3_000)
    further = Requests(*(getattr(many.requests, name) - getattr(one.requests, name) for name in Requests.__slots__))

    assert further == UPDATE * 2_000
    assert Requests(6, 6, read_units=9, write_units=32, s3_gets=1) == UPDATE


def test_a_device_that_comes_late_asks_in_vain_until_then() -> None:
    late = Plan((PlannedPhase(), PlannedPhase(start=MONDAY + 10 * HOUR)))
    at_once, waiting = projected(late, 100, 0).requests, projected(late, 0, 100).requests

    assert waiting.api_gateway - at_once.api_gateway == 100 * 10
    assert waiting.read_units - at_once.read_units > 100 * 10 * HELD_POLL.read_units


def looks(*phases: PlannedPhase) -> int:
    """How often the execution looks at so many phases of 60 devices each."""
    transitions = projected(Plan(phases), *[60] * len(phases)).requests.state_transitions
    return transitions // LOOK.state_transitions


def test_a_rollout_is_looked_at_while_devices_end_and_less_often_while_it_soaks_or_waits() -> None:
    assert looks(PlannedPhase()) == looks(PlannedPhase(gate=STRICT)) == 1 + 70
    assert looks(PlannedPhase(gate=Gate(soak=24 * HOUR))) == 1 + 70 + 24
    assert looks(PlannedPhase(), PlannedPhase(start=MONDAY + 10 * HOUR)) == 2 + 2 * 70 + 9


def test_phases_that_go_on_at_once_are_looked_at_together() -> None:
    assert looks(PlannedPhase(), PlannedPhase()) == 2 + 70


def test_a_million_of_each_costs_its_price() -> None:
    million = Requests(*[10**6] * 6)

    assert US_EAST_1.cost(million) == pytest.approx(1 + 0.2 + 0.125 + 0.625 + 0.4 + 25 + 12_500 * 0.0000133334)
    assert US_EAST_1.cost(Requests()) == 0


@settings(max_examples=examples(40))
@given(plans, st.lists(st.integers(0, 2_000), min_size=4, max_size=4))
def test_phases_follow_each_other_and_more_devices_never_take_less(plan: Plan, sizes: list[int]) -> None:
    wanted = sizes[: len(plan.phases)]
    small, large = projected(plan, *wanted), projected(plan, *(size + 100 for size in wanted))

    assert [phase.opens for phase in small.phases] == sorted(phase.opens for phase in small.phases)
    for phase in small.phases:
        assert phase.opens <= (phase.first_start or phase.opens) <= (phase.last_start or phase.end) <= phase.end
        assert phase.end <= phase.passed
    assert small.end <= large.end
    assert small.cost < large.cost
