"""How fast devices are let in (design section 7): so many a minute, or faster the better it goes.

Each counter shard has a part of the rate, and remembers whom it let in during the last minute: so no more are let in
within any 60 seconds than the pace says, however devices ask and however long nobody did. Only the execution changes
the rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from math import log
from typing import TypeAlias

MOST_PER_MINUTE = 1_000_000
MOST_FACTOR = 10
_MINUTE = timedelta(minutes=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_BATCHES = 10
"""Into how many batches a minute's worth is divided: as many moments have to be remembered, or twice as many."""
BATCH_LASTS = _MINUTE / (2 * _BATCHES)


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
class Batch:
    """Devices that were let in together."""

    since: datetime
    """When the first of them was; one alone was at that moment, several until BATCH_LASTS later."""
    devices: int

    @property
    def forgotten(self) -> datetime:
        """Return from when on none of them was let in within the last minute."""
        return self.since + _MINUTE + (BATCH_LASTS if self.devices > 1 else timedelta(0))


LastMinute: TypeAlias = tuple[Batch, ...]
"""Who was let in during the last minute, oldest first."""


def next_turn(last_minute: LastMinute, per_minute: int) -> datetime | None:
    """Return from when on one more device may be let in, None when none ever may.

    Never more than `per_minute` are within any 60 seconds. A pace that went unused is made up for within the minute,
    but no faster than at twice its rate.
    """
    if per_minute < 1:
        return None
    let_in = accumulate(batch.devices for batch in reversed(last_minute))
    filling = (batch for batch, devices in zip(reversed(last_minute), let_in, strict=True) if devices >= per_minute)
    last_to_go = next(filling, None)
    soonest = _next_batch(last_minute, per_minute)
    return max(soonest, last_to_go.forgotten) if last_to_go else soonest


def let_one_in(last_minute: LastMinute, per_minute: int, now: datetime) -> LastMinute:
    """Return what is remembered once one more device was let in, when its turn has come."""
    known = tuple(batch for batch in last_minute if batch.forgotten > now)
    last = known[-1] if known else None
    if last and last.devices < _batch_size(per_minute) and now < last.since + BATCH_LASTS:
        return (*known[:-1], replace(last, devices=last.devices + 1))
    return (*known, Batch(now, 1))


def _next_batch(last_minute: LastMinute, per_minute: int) -> datetime:
    """Return when another may be let in after those of the last batch, or with them."""
    if not last_minute:
        return _LONG_AGO
    last = last_minute[-1]
    return last.since if last.devices < _batch_size(per_minute) else last.since + _between_batches(per_minute)


def _batch_size(per_minute: int) -> int:
    return -(-per_minute // _BATCHES)


def _between_batches(per_minute: int) -> timedelta:
    return _MINUTE / (2 * min(per_minute, _BATCHES))


def time_for(per_minute: int, devices: int) -> timedelta:
    """Return how long it takes to let so many devices in."""
    return devices * _MINUTE / per_minute


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
