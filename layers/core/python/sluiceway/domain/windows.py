"""Maintenance windows: recurring times, in the device's own time zone, outside of which nothing is offered to it.

Where the clocks go forward over a start, the window opens as much later as they skip; where they go back over it, the
first of the two times counts. Durations are time as it passes. The rules of a zone come from the database of the
system, or from the one that is installed with us (`zoneinfo`, `tzdata`), and are read once for each zone: beside the
arguments they are all that an answer depends on. An unknown zone is taken for UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from sluiceway.domain.hashing import fraction_of

WEEK = frozenset(range(7))
LEAST_DURATION = timedelta(minutes=1)
MOST_DURATION = timedelta(days=7)
_DAY = timedelta(days=1)
_DAYS_AROUND = range(-8, 9)
"""Days, counted from today, on which a window can begin that is open now or opens next: a week and a clock change."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window on some days of the week: 0 is Monday. It may reach past midnight, into the next day.

    The load is spread: over the first `spread` of a window the devices become due one after the other.
    """

    days: frozenset[int]
    start: time
    duration: timedelta
    spread: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Opening:
    """From when to when a device may be offered something; the end is no part of it."""

    start: datetime
    end: datetime | None = None
    """None without windows."""


def next_opening(windows: Sequence[Window], zone: str, seed: str, device_id: str, now: datetime) -> Opening:
    """Return when a device may be offered something: from now on, or from the moment at which it may next.

    Without windows that is at any time. When a device becomes due within a window depends on the seed, its id and the
    day, but not on its phase: so the devices of each phase are spread over the whole of it, and no device is always
    among the last, which a window may close on before they ask.
    """
    if not windows:
        return Opening(now)
    rules = _find_zone(zone)
    turns = [
        (start + window.spread * fraction_of(f"{seed}/window/{device_id}/{start.date()}"), start + window.duration)
        for window in windows
        for start in _starts(window, rules, now)
    ]
    opens = max(now, min(due for due, _ in turns))
    return Opening(opens, max(end for due, end in turns if due <= opens))


def _starts(window: Window, zone: tzinfo, now: datetime) -> Iterator[datetime]:
    """Yield each time at which a window begins around now, unless it is over already."""
    today = now.astimezone(zone).date()
    days = (today + number * _DAY for number in _DAYS_AROUND)
    starts = (datetime.combine(day, window.start, zone).astimezone(UTC) for day in days if day.weekday() in window.days)
    return (start for start in starts if now < start + window.duration)


def _find_zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - most calls of devices have no window to look at

    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # it is unknown, no name at all, or a folder of names
        return UTC


def window_faults(window: Window) -> Iterator[tuple[str, str]]:
    """Yield each member that makes no sense, and what is wrong with it."""
    if not window.days or not window.days <= WEEK:
        yield "days", "must be days of the week, at least one, from 0 for Monday to 6 for Sunday"
    if not LEAST_DURATION <= window.duration <= MOST_DURATION:
        yield "duration", "must be from 1 minute to 7 days"
    if not timedelta(0) <= window.spread < window.duration:
        yield "spread", "must be shorter than the window"
