"""How fast devices are let in (design section 7): so many a minute, or faster the better it goes.

A poll only needs the allowance: how many devices may have been let in by a moment. That follows from the time alone, so
that no poll counts anything; only the execution changes the rate, and takes back what went unused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import log

MOST_PER_MINUTE = 1_000_000
MOST_FACTOR = 10
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


class Growth(StrEnum):
    """What makes the rate of an exponential pace grow."""

    SUCCEEDED = "succeeded"
    """Devices that have succeeded."""
    NOTIFIED = "notified"
    """Devices that were let in."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Devices let in per minute: `per_minute`, times `factor` for each further `every` devices, at most `most`."""

    per_minute: int
    factor: float = 1.0
    every: int = 0
    """After how many devices the rate grows; 0 for a constant one."""
    growth: Growth = Growth.SUCCEEDED
    most: int | None = None
    """The rate at which it stops growing; MOST_PER_MINUTE without it."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many devices may have been let in: `granted` at `since`, and `per_minute` more in each minute after."""

    since: datetime
    granted: int
    per_minute: int


def begin(pace: Pace, now: datetime) -> Allowance:
    """Return the allowance at the beginning of a pace: one device at once, and the next one interval later."""
    return Allowance(now, granted=1, per_minute=rate(pace, 0))


def allowed(allowance: Allowance, now: datetime) -> int:
    """Return how many devices may have been let in by now, in all. It never falls as time goes by.

    At `since` they are exactly those granted, and one more each time that an interval of 1/`per_minute` has passed. So
    they are never more than granted plus rate times minutes, and in any stretch of time at most one above its share.
    """
    elapsed = max(now - allowance.since, timedelta(0)) // _INSTANT
    return allowance.granted + elapsed * allowance.per_minute // (_MINUTE // _INSTANT)


def next_allowed(allowance: Allowance, let_in: int, now: datetime) -> datetime:
    """Return when one more device may be let in than the `let_in` there are: now, or at a later moment."""
    missing = max(let_in + 1 - allowance.granted, 0)
    wait = -(-missing * (_MINUTE // _INSTANT) // allowance.per_minute)
    return max(now, allowance.since + wait * _INSTANT)


def time_for(allowance: Allowance, devices: int) -> timedelta:
    """Return how long it takes to let so many devices in."""
    return devices * _MINUTE / allowance.per_minute


def fastest(pace: Pace) -> int:
    """Return the devices per minute at which a pace stops growing."""
    if not pace.every:
        return pace.per_minute
    return MOST_PER_MINUTE if pace.most is None else pace.most


def rate(pace: Pace, counted: int) -> int:
    """Return the devices per minute once so many have been counted, rounded. It never falls as more are counted."""
    most = MOST_PER_MINUTE if pace.most is None else pace.most
    steps = counted // pace.every if pace.every else 0
    if steps * log(pace.factor) >= log(most / pace.per_minute):
        return most
    return min(round(pace.per_minute * pace.factor**steps), most)


def rebase(allowance: Allowance, pace: Pace, let_in: int, counted: int, now: datetime) -> Allowance | None:
    """Return what the allowance becomes when the counters have been read, None when it stays as it is.

    The new rate is that of the devices counted. Of what went unused, one minute's worth stays: otherwise a fleet that
    was asleep would be let in all at once when it wakes. A change begins a new interval, and forgets the one under way.
    """
    per_minute = rate(pace, counted)
    granted = min(allowed(allowance, now), let_in + per_minute)
    if per_minute == allowance.per_minute and granted == allowed(allowance, now):
        return None
    return Allowance(now, granted, per_minute)


def resumed(allowance: Allowance, paused_at: datetime, now: datetime) -> Allowance:
    """Return the allowance as if no time had passed between a pause and now."""
    return replace(allowance, since=now - max(paused_at - allowance.since, timedelta(0)))


def pace_faults(pace: Pace) -> Iterator[tuple[str, str]]:
    """Yield each member that makes no sense, and what is wrong with it."""
    if not 1 <= pace.per_minute <= MOST_PER_MINUTE:
        yield "per_minute", f"must be from 1 to {MOST_PER_MINUTE:,}"
    if not 1 <= pace.factor <= MOST_FACTOR:
        yield "factor", f"must be from 1 to {MOST_FACTOR}"
    if pace.every < 0 or bool(pace.every) != (pace.factor > 1):
        yield "every", "must be 1 or more for a rate that grows, and left out for one that does not"
    if pace.most is not None and not pace.per_minute <= pace.most <= MOST_PER_MINUTE:
        yield "most", f"must be from the first rate to {MOST_PER_MINUTE:,}"
