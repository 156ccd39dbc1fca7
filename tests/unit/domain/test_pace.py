from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sluiceway.domain.pace import (
    MOST_FACTOR,
    MOST_PER_MINUTE,
    Allowance,
    Pace,
    allowed,
    begin,
    next_allowed,
    pace_faults,
    rate,
    rebase,
    resumed,
)
from tests.support.app import NOW

MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)
spans = st.timedeltas(timedelta(0), timedelta(days=400))
allowances = st.builds(Allowance, st.just(NOW), st.integers(0, 10**7), st.integers(1, MOST_PER_MINUTE))


@st.composite
def paces(draw: st.DrawFn) -> Pace:
    """Any that the checks let pass."""
    per_minute = draw(st.integers(1, MOST_PER_MINUTE))
    most = draw(st.none() | st.integers(per_minute, MOST_PER_MINUTE))
    if draw(st.booleans()):
        return Pace(per_minute, most=most)
    factor = draw(st.floats(1, MOST_FACTOR, exclude_min=True))
    return Pace(per_minute, factor, draw(st.integers(1, 10**6)), most=most)


def test_a_pace_begins_with_one_device_at_once_and_the_next_an_interval_later() -> None:
    allowance = begin(Pace(4), NOW)
    seconds = (0, 14.999999, 15, 45, 60)

    assert [allowed(allowance, NOW + timedelta(seconds=later)) for later in seconds] == [1, 1, 2, 4, 5]


@given(allowances, spans, spans)
def test_in_no_stretch_of_time_is_more_than_one_above_its_share_allowed(
    allowance: Allowance, first: timedelta, stretch: timedelta
) -> None:
    before, after = (allowed(allowance, NOW + later) for later in (first, first + stretch))

    assert before <= after
    assert (after - before) * MINUTE < allowance.per_minute * stretch + MINUTE
    assert (before - allowance.granted) * MINUTE <= allowance.per_minute * first


@given(allowances, spans)
def test_before_an_allowance_begins_no_more_than_what_was_granted_is_allowed(
    allowance: Allowance, earlier: timedelta
) -> None:
    assert allowed(allowance, NOW - earlier) == allowance.granted


@given(allowances, st.integers(0, 2 * 10**7), spans)
def test_the_next_device_is_allowed_at_the_moment_that_was_told_and_not_before(
    allowance: Allowance, let_in: int, later: timedelta
) -> None:
    now = NOW + later
    told = next_allowed(allowance, let_in, now)

    assert allowed(allowance, told) > let_in
    assert told == now or allowed(allowance, told - MICROSECOND) == let_in


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


@given(allowances, st.integers(0, 10**7), spans)
def test_of_what_nobody_used_a_minutes_worth_stays(allowance: Allowance, unused: int, later: timedelta) -> None:
    now = NOW + later
    let_in = allowed(allowance, now) - unused
    changed = rebase(allowance, Pace(allowance.per_minute), let_in, 0, now)

    assert allowed(changed or allowance, now) == let_in + min(unused, allowance.per_minute)
    assert (changed is None) == (unused <= allowance.per_minute)


def test_an_allowance_takes_the_rate_of_the_devices_that_were_counted() -> None:
    pace = Pace(10, 2, every=100)
    allowance = replace(begin(pace, NOW), granted=300)
    faster = rebase(allowance, pace, let_in=310, counted=150, now=NOW + MINUTE)

    assert faster == Allowance(NOW + MINUTE, 310, 20)
    assert rebase(faster, pace, let_in=310, counted=199, now=NOW + MINUTE) is None


@given(allowances, paces(), st.integers(-(10**6), 10**6), st.integers(0, 10**7), spans)
def test_a_change_allows_nothing_that_was_not_allowed(
    allowance: Allowance, pace: Pace, unused: int, counted: int, later: timedelta
) -> None:
    now = NOW + later
    let_in = allowed(allowance, now) - unused
    changed = rebase(allowance, pace, let_in, counted, now)
    assume(changed)
    assert changed is not None

    assert allowed(changed, now) <= allowed(allowance, now)
    assert rebase(changed, pace, let_in, counted, now) is None


@given(allowances, spans, spans, spans)
def test_a_pause_allows_nothing(allowance: Allowance, before: timedelta, pause: timedelta, after: timedelta) -> None:
    paused_at = NOW + before
    again = resumed(allowance, paused_at, paused_at + pause)

    assert allowed(again, paused_at + pause + after) == allowed(allowance, paused_at + after)


def test_an_allowance_of_a_pause_begins_with_its_end() -> None:
    allowance = begin(Pace(10), NOW + MINUTE)

    assert resumed(allowance, NOW, NOW + 5 * MINUTE) == replace(allowance, since=NOW + 5 * MINUTE)


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
