from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.pace import (
    MOST_FACTOR,
    MOST_PER_MINUTE,
    LastMinute,
    Pace,
    let_one_in,
    next_turn,
    pace_faults,
    rate,
)
from tests.support.app import NOW

MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
MOST_BATCHES = 21


@st.composite
def paces(draw: st.DrawFn) -> Pace:
    """Any that the checks let pass."""
    per_minute = draw(st.integers(1, MOST_PER_MINUTE))
    most = draw(st.none() | st.integers(per_minute, MOST_PER_MINUTE))
    if draw(st.booleans()):
        return Pace(per_minute, most=most)
    factor = draw(st.floats(1, MOST_FACTOR, exclude_min=True))
    return Pace(per_minute, factor, draw(st.integers(1, 10**6)), most=most)


@dataclass
class Gate:
    """One counter shard that devices ask at."""

    per_minute: int
    last_minute: LastMinute = ()
    let_in: list[timedelta] = field(default_factory=list)

    def ask(self, after: timedelta) -> None:
        turn = next_turn(self.last_minute, self.per_minute)
        if turn is not None and turn <= NOW + after:
            self.last_minute = let_one_in(self.last_minute, self.per_minute, NOW + after)
            self.let_in.append(after)

    @property
    def most_within_a_minute(self) -> int:
        return max(self.within_a_minute_from(first) for first in self.let_in)

    def within_a_minute_from(self, first: timedelta) -> int:
        return sum(first <= each < first + MINUTE for each in self.let_in)


asks = st.lists(st.tuples(st.timedeltas(timedelta(0), 2 * MINUTE), st.integers(1, 30)), min_size=1, max_size=40)


@given(st.integers(1, 40), st.lists(st.integers(0, 15), max_size=40), asks)
def test_within_no_minute_more_are_let_in_than_the_pace_says(
    per_minute: int, growth: list[int], asks: list[tuple[timedelta, int]]
) -> None:
    gate, now = Gate(per_minute), timedelta(0)
    for (later, devices), grown in zip(asks, chain(growth, repeat(0)), strict=False):
        now += later
        gate.per_minute += grown
        for _ in range(devices):
            gate.ask(now)
            assert gate.most_within_a_minute <= gate.per_minute


@pytest.mark.parametrize("per_minute", [1, 2, 5, 10, 11, 19, 20, 21, 45, 100, 300])
def test_a_fleet_that_queues_is_let_in_at_nearly_the_rate(per_minute: int) -> None:
    gate = Gate(per_minute)
    for tenths in range(10 * 60 * 10):
        for _ in range(per_minute):
            gate.ask(tenths * MINUTE / 600)

    assert gate.most_within_a_minute == per_minute
    assert len(gate.let_in) >= per_minute * 10 * (1 if per_minute <= 10 else 0.95)


@pytest.mark.parametrize("per_minute", [5, 100])
def test_what_went_unused_is_made_up_for_within_the_minute_at_twice_the_rate(per_minute: int) -> None:
    gate = Gate(per_minute)
    for tenths in range(600):
        for _ in range(per_minute):
            gate.ask(tenths * MINUTE / 600)

    assert len(gate.let_in) == per_minute
    assert MINUTE * 0.35 < gate.let_in[-1] <= MINUTE / 2


@given(st.integers(1, 40), asks)
def test_the_next_device_is_let_in_at_the_moment_that_was_told_and_not_before(
    per_minute: int, asks: list[tuple[timedelta, int]]
) -> None:
    gate, now = Gate(per_minute), timedelta(0)
    for later, devices in asks:
        now += later
        for _ in range(devices):
            gate.ask(now)
        told = next_turn(gate.last_minute, per_minute)
        assert told is not None
        let_in = len(gate.let_in)
        gate.ask(told - MICROSECOND - NOW)
        assert len(gate.let_in) == let_in
        now = max(now, told - NOW)
        gate.ask(now)
        assert len(gate.let_in) == let_in + 1


@given(st.integers(1, 10**6), asks)
def test_few_moments_have_to_be_remembered(per_minute: int, asks: list[tuple[timedelta, int]]) -> None:
    gate, now = Gate(per_minute), timedelta(0)
    for later, devices in asks:
        now += later / 40
        for _ in range(devices):
            gate.ask(now)
        assert len(gate.last_minute) <= MOST_BATCHES


def test_a_shard_without_a_part_of_the_rate_lets_nobody_in() -> None:
    assert next_turn((), 0) is None


@pytest.mark.parametrize(
    ("pace", "counted", "expected"),
    [
        (Pace(10), 10**9, 10),
        (Pace(10, 2, every=100), 99, 10),
        (Pace(10, 2, every=100), 100, 20),
        (Pace(10, 2, every=100), 350, 80),
        (Pace(100, 1.15, every=1), 1, 115),
        (Pace(10, 2, every=100, most=50), 300, 50),
        (Pace(10, 2, every=1), 10**9, MOST_PER_MINUTE),
        (Pace(50, 2, every=1, most=50), 0, 50),
    ],
)
def test_the_rate_is_multiplied_for_each_further_number_of_devices(pace: Pace, counted: int, expected: int) -> None:
    assert rate(pace, counted) == expected


@given(paces(), st.integers(0, 10**9), st.integers(0, 10**9))
def test_the_rate_never_falls_nor_passes_the_most(pace: Pace, counted: int, further: int) -> None:
    most = MOST_PER_MINUTE if pace.most is None else pace.most

    assert pace.per_minute <= rate(pace, counted) <= rate(pace, counted + further) <= most


@given(paces())
def test_a_sane_pace_has_no_faults(pace: Pace) -> None:
    assert [*pace_faults(pace)] == []


@pytest.mark.parametrize(
    ("pace", "members"),
    [
        (Pace(0), ["per_minute"]),
        (Pace(MOST_PER_MINUTE + 1), ["per_minute"]),
        (Pace(1, 0.5), ["factor"]),
        (Pace(1, float("nan"), 5), ["factor", "every"]),
        (Pace(1, MOST_FACTOR + 0.1, 5), ["factor"]),
        (Pace(1, 2), ["every"]),
        (Pace(1, 2, -5), ["every"]),
        (Pace(1, 1, 5), ["every"]),
        (Pace(5, most=4), ["most"]),
        (Pace(5, most=MOST_PER_MINUTE + 1), ["most"]),
    ],
)
def test_a_fault_names_its_member(pace: Pace, members: list[str]) -> None:
    assert [member for member, _ in pace_faults(pace)] == members
