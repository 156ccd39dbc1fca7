from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.spread import position
from sluiceway.domain.windows import WEEK, Opening, Window, next_opening, window_faults
from tests.unit.structure.sources import CORE

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
BERLIN = "Europe/Berlin"
NIGHTLY = Window(WEEK, time(22), 4 * HOUR)
SUNDAYS = Window(frozenset({6}), time(2, 30), HOUR)


@st.composite
def sane_windows(draw: st.DrawFn) -> Window:
    duration = draw(st.integers(1, 7 * 24 * 60))
    return Window(
        days=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        start=draw(st.times()),
        duration=timedelta(minutes=duration),
        spread=timedelta(minutes=draw(st.integers(0, duration - 1))),
    )


zones = st.sampled_from(
    ["UTC", BERLIN, "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Nowhere/At_All", ""]
)
moments = st.datetimes(datetime(2011, 12, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
fleets = st.text(max_size=8)


def opening(windows: Sequence[Window], zone: str, seed: str, device_id: str, now: datetime) -> datetime:
    return next_opening(windows, zone, seed, device_id, now).start


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


def test_without_windows_a_device_may_be_offered_something_at_any_time() -> None:
    now = datetime(2026, 3, 11, 13, tzinfo=UTC)
    assert next_opening((), "Nowhere/At_All", "seed", "device", now) == Opening(now)


def test_only_a_window_needs_the_rules_of_time_zones() -> None:
    loaded = "import sys, sluiceway.domain.windows; print('zoneinfo' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True, cwd=CORE, text=True)
    assert printed.stdout == "False\n"


@pytest.mark.parametrize(
    ("window", "now", "opens"),
    [
        (NIGHTLY, "2026-03-11T21:59", "2026-03-11T22:00"),
        (NIGHTLY, "2026-03-11T22:00", "2026-03-11T22:00"),
        (NIGHTLY, "2026-03-12T01:59", "2026-03-12T01:59"),
        (NIGHTLY, "2026-03-12T02:00", "2026-03-12T22:00"),
        (SUNDAYS, "2026-03-15T02:29", "2026-03-15T02:30"),
        (SUNDAYS, "2026-03-15T03:30", "2026-03-22T02:30"),
        (Window(frozenset({0}), time(9), 7 * DAY), "2026-03-16T08:59", "2026-03-16T08:59"),
        # 2026-03-29 has no 02:30 in Berlin, and 2026-10-25 has it twice.
        (SUNDAYS, "2026-03-29T01:59", "2026-03-29T03:30"),
        (SUNDAYS, "2026-03-29T04:29", "2026-03-29T04:29"),
        (SUNDAYS, "2026-03-29T04:30", "2026-04-05T02:30"),
        (SUNDAYS, "2026-10-25T02:29", "2026-10-25T02:30"),
        (Window(WEEK, time(1), HOUR), "2026-10-24T23:00", "2026-10-25T01:00"),
    ],
)
def test_a_window_opens_at_its_time_in_the_zone_of_the_device(window: Window, now: str, opens: str) -> None:
    assert opening([window], BERLIN, "seed", "device", local(now)) == local(opens).astimezone(UTC)


def test_a_window_at_an_hour_that_the_clocks_repeat_opens_the_first_time_only() -> None:
    second_time = local("2026-10-25T02:30").replace(fold=1)
    assert opening([SUNDAYS], BERLIN, "seed", "device", second_time) == local("2026-11-01T02:30")


def test_the_window_that_opens_first_counts() -> None:
    now = local("2026-03-12T12:00")
    assert opening([SUNDAYS, NIGHTLY], BERLIN, "seed", "device", now) == local("2026-03-12T22:00")


@pytest.mark.parametrize(
    "zone", ["", "Nowhere/At_All", "../etc/passwd", "/etc/localtime", "Europe", "a\0b", "x" * 9_000]
)
def test_a_zone_that_nobody_knows_is_utc(zone: str) -> None:
    now = datetime(2026, 3, 11, 21, 59, tzinfo=UTC)
    assert opening([NIGHTLY], zone, "seed", "device", now) == datetime(2026, 3, 11, 22, tzinfo=UTC)


@given(st.lists(sane_windows(), min_size=1, max_size=3), zones, fleets, moments)
def test_when_a_window_has_opened_it_is_open_and_not_the_moment_before(
    windows: list[Window], zone: str, device: str, now: datetime
) -> None:
    opens = opening(windows, zone, "seed", device, now)

    assert now <= opens < now + 16 * DAY
    assert opening(windows, zone, "seed", device, opens) == opens
    assert opens == now or opening(windows, zone, "seed", device, opens - MICROSECOND) == opens


@given(st.lists(sane_windows(), min_size=1, max_size=3), zones, fleets, moments)
def test_an_opening_lasts_until_one_of_its_windows_is_over(
    windows: list[Window], zone: str, device: str, now: datetime
) -> None:
    opens = next_opening(windows, zone, "seed", device, now)

    assert opens.end is not None
    last = opens.end - MICROSECOND
    assert opens.start <= last
    assert opening(windows, zone, "seed", device, last) == last
    assert next_opening(windows, zone, "seed", device, opens.end).end != opens.end


@pytest.mark.parametrize(
    ("now", "end"), [("2026-03-11T12:00", "2026-03-12T02:00"), ("2026-03-15T02:45", "2026-03-15T03:30")]
)
def test_an_opening_lasts_as_long_as_the_window_that_ends_last(now: str, end: str) -> None:
    windows = [SUNDAYS, NIGHTLY, Window(NIGHTLY.days, NIGHTLY.start, HOUR)]
    assert next_opening(windows, BERLIN, "seed", "device", local(now)).end == local(end).astimezone(UTC)


@given(sane_windows(), zones, fleets, moments)
def test_no_device_is_due_before_its_window_nor_after_it(window: Window, zone: str, device: str, now: datetime) -> None:
    unspread = Window(window.days, window.start, window.duration)
    opens = opening([window], zone, "seed", device, now)

    assert opening([unspread], zone, "seed", device, opens) == opens
    assert opening([unspread], zone, "seed", device, now) <= opens


def test_devices_of_one_phase_become_due_all_over_the_spread_of_a_window() -> None:
    window = Window(WEEK, time(22), 8 * HOUR, spread=4 * HOUR)
    first_phase = [f"{number}" for number in range(1_000) if position("seed", f"{number}") < 0.2]
    now, start = local("2026-03-11T12:00"), local("2026-03-11T22:00")
    hours = [(opening([window], BERLIN, "seed", device, now) - start) // HOUR for device in first_phase]

    assert all(hours.count(hour) > 25 for hour in range(4))
    assert max(hours) == 3


def test_a_device_of_any_rhythm_asks_in_its_part_of_a_window_within_some_days() -> None:
    window = Window(WEEK, time(22), HOUR, spread=50 * MINUTE)
    first = local("2026-03-11T22:00")
    for number in range(200):
        rhythm = (first + number % 30 * MINUTE + day * DAY + half * 30 * MINUTE for day in range(7) for half in (0, 1))
        assert any(opening([window], BERLIN, "seed", f"{number}", asks) == asks for asks in rhythm)


@given(sane_windows())
def test_a_sane_window_has_no_faults(window: Window) -> None:
    assert [*window_faults(window)] == []


@pytest.mark.parametrize(
    ("window", "members"),
    [
        (Window(frozenset(), time(2), HOUR), ["days"]),
        (Window(frozenset({7}), time(2), HOUR), ["days"]),
        (Window(WEEK, time(2), timedelta(seconds=59)), ["duration"]),
        (Window(WEEK, time(2), 7 * DAY + MICROSECOND), ["duration"]),
        (Window(WEEK, time(2), HOUR, HOUR), ["spread"]),
        (Window(WEEK, time(2), HOUR, -HOUR), ["spread"]),
    ],
)
def test_a_fault_names_its_member(window: Window, members: list[str]) -> None:
    assert [member for member, _ in window_faults(window)] == members
