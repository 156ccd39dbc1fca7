"""When a device that is held back asks again, and that it is not too late then."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.holds import (
    LONGEST_WAIT,
    MOST_LATENESS,
    Hold,
    Reason,
    opening_after,
    seconds_to_wait,
    standing_holds,
)
from sluiceway.domain.steering import Steering
from sluiceway.domain.windows import WEEK, Opening, Window, next_opening
from tests.support.app import NOW
from tests.unit.domain.test_deployment import a_deployment
from tests.unit.domain.test_windows import fleets, moments, sane_windows, zones

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOST_ASKS = 25
windows = st.lists(sane_windows(), max_size=3).map(tuple)
starts = st.none() | st.integers(1, 3 * 24 * 60)
DEVICES = [f"{number}" for number in range(50)]


def a_part(device: str = "device", **steering: object) -> tuple[Deployment, DeviceDeployment]:
    deployment = replace(a_deployment(), steering=Steering(has_plan=True, **steering))  # type: ignore[arg-type]
    return deployment, deployment.row_of(device)


def opening_of(deployment: Deployment, row: DeviceDeployment, zone: str, now: datetime) -> Opening | None:
    """What the first rule that holds leads to; None when none does."""
    hold = next(standing_holds(deployment, row, zone, now), None)
    return None if hold is None else opening_after(hold, deployment, row, zone)


@given(windows, starts, zones, fleets, moments)
@example((Window(WEEK, time(22), 10 * MINUTE),), None, "", "device", datetime.fromisoformat("2026-03-11T12:00Z"))
@example((Window(frozenset({0}), time(2), MINUTE),), None, "", "7", datetime.fromisoformat("2026-03-11T12:00:00.5Z"))
def test_a_device_that_asks_exactly_when_told_is_let_in(
    windows: tuple[Window, ...], start: int | None, zone: str, device: str, now: datetime
) -> None:
    deployment, row = a_part(device, windows=windows, start=now + start * MINUTE if start else None)
    for _ in range(MOST_ASKS):
        opening = opening_of(deployment, row, zone, now)
        if opening is None:
            return
        wait = seconds_to_wait(opening, device, now) * SECOND
        now += wait
        assert opening.end is None or now < opening.end
        assert wait == LONGEST_WAIT or opening_of(deployment, row, zone, now) is None
    pytest.fail("it is never let in")


@given(sane_windows(), zones, fleets, moments, st.integers(1, 60 * 24))
def test_a_device_is_let_in_when_told_before_the_plan_ends_too(
    window: Window, zone: str, device: str, now: datetime, left: int
) -> None:
    opens = next_opening([window], zone, "", device, now).start
    deployment, row = a_part(device, windows=(window,), end=opens + left * MINUTE)
    for _ in range(MOST_ASKS):
        opening = opening_of(deployment, row, zone, now)
        if opening is None:
            break
        now += seconds_to_wait(opening, device, now) * SECOND
    assert next(standing_holds(deployment, row, zone, now), None) is None


def test_an_opening_ends_with_the_plan() -> None:
    tonight = Window(WEEK, (NOW + 5 * HOUR).time(), HOUR)
    deployment, row = a_part(windows=(tonight,), end=NOW + 5 * HOUR + MINUTE)

    assert opening_of(deployment, row, "", NOW) == Opening(NOW + 5 * HOUR, NOW + 5 * HOUR + MINUTE)


def test_what_begins_after_the_end_of_the_plan_is_not_waited_for() -> None:
    tonight = Window(WEEK, (NOW + 5 * HOUR).time(), HOUR)
    deployment, row = a_part(windows=(tonight,), end=NOW + HOUR)

    assert opening_of(deployment, row, "", NOW) == Opening(NOW + HOUR)
    assert opening_of(deployment, replace(row, asked=NOW), "", NOW) == Opening(NOW + 5 * HOUR, NOW + 6 * HOUR)


def test_what_lets_a_device_in_outside_of_its_windows_is_waited_for_until_the_next() -> None:
    tonight = Window(WEEK, (NOW + 5 * HOUR).time(), HOUR)
    deployment, row = a_part(windows=(tonight,), start=NOW + HOUR)

    assert opening_of(deployment, row, "", NOW) == Opening(NOW + 5 * HOUR, NOW + 6 * HOUR)


def test_who_would_come_to_its_turn_after_a_window_comes_to_the_next() -> None:
    tonight = Window(WEEK, (NOW - 2 * HOUR).time(), 2 * HOUR + 10 * MINUTE)
    deployment, _ = a_part(windows=(tonight,))
    hold = Hold(Reason.PACE_REACHED, NOW + MINUTE, queue=HOUR)
    rows = [deployment.row_of(device) for device in DEVICES]
    openings = Counter(opening_after(hold, deployment, row, "") for row in rows)

    this, following = Opening(NOW + MINUTE, NOW + 10 * MINUTE), Opening(NOW + 22 * HOUR, NOW + DAY + 10 * MINUTE)
    assert openings.keys() == {this, following}
    assert openings[following] > openings[this] > len(DEVICES) / 10


def test_who_has_no_further_window_before_the_plan_ends_tries_on_in_this_one() -> None:
    tonight = Window(WEEK, (NOW - 2 * HOUR).time(), 2 * HOUR + 10 * MINUTE)
    deployment, row = a_part(windows=(tonight,), end=NOW + DAY / 2)
    hold = Hold(Reason.PACE_REACHED, NOW + MINUTE, queue=10 * DAY)

    assert opening_after(hold, deployment, row, "") == Opening(NOW + MINUTE, NOW + 10 * MINUTE)


def test_who_waits_for_a_person_is_not_told_when_to_ask() -> None:
    deployment, row = a_part(windows=(Window(WEEK, time(22), HOUR),))

    assert opening_after(Hold(Reason.PAUSED), deployment, row, "") is None


@pytest.mark.parametrize(
    ("opening", "most"),
    [
        (Opening(NOW + 100 * SECOND), 10 * SECOND),
        (Opening(NOW + 23 * HOUR), MOST_LATENESS),
        (Opening(NOW + 10 * HOUR, NOW + 10 * HOUR + 10 * MINUTE), 5 * MINUTE),
        (Opening(NOW + 10 * HOUR, NOW + 18 * HOUR), MOST_LATENESS),
    ],
)
def test_devices_that_wait_for_the_same_moment_ask_one_after_the_other(opening: Opening, most: timedelta) -> None:
    late = [NOW + seconds_to_wait(opening, device, NOW) * SECOND - opening.start for device in DEVICES]

    assert timedelta(0) <= min(late) < most * 0.2
    assert most * 0.8 < max(late) <= most


def test_nobody_is_kept_away_by_a_long_queue_for_longer_than_a_pace_takes_to_grow() -> None:
    told = [seconds_to_wait(Opening(NOW + SECOND), device, NOW, queue=10 * DAY) for device in DEVICES]
    assert max(told) <= 1 + MOST_LATENESS.total_seconds()


def test_devices_that_wait_for_their_turn_ask_no_faster_than_their_turns_come() -> None:
    devices = [f"device-{number}" for number in range(600)]
    queue = len(devices) * MINUTE / 30
    told = [seconds_to_wait(Opening(NOW + 2 * SECOND), device, NOW, queue=queue) for device in devices]
    in_each_minute = Counter(seconds // 60 for seconds in told)

    assert max(told) <= 2 + queue.total_seconds()
    assert max(in_each_minute.values()) < 2 * 30


@pytest.mark.parametrize("wait", [DAY, DAY + SECOND, 10 * DAY])
def test_nobody_is_sent_away_for_more_than_a_day(wait: timedelta) -> None:
    told = {seconds_to_wait(Opening(NOW + wait, NOW + wait + HOUR), device, NOW) for device in DEVICES}

    assert told == {LONGEST_WAIT.total_seconds()}


def test_nobody_is_told_to_ask_at_once() -> None:
    assert seconds_to_wait(Opening(NOW), "device", NOW) == 1
