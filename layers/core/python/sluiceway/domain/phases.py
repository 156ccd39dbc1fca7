"""Letting the devices of a deployment in by phases (mender contract 8.2, data model 3.4).

A phase is a share of the devices and a time at which it opens. No list says who is in it: the first to ask while there
is room are let in. The room of all open phases together is split over the counter shards, so that it is never exceeded
by however many devices that ask at once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sluiceway.domain.errors import Invalid

HUNDRED_PERCENT = 100
NONE_OPEN = -1
"""The number of the newest open phase while the first one is still to come."""


@dataclass(frozen=True, slots=True)
class WantedPhase:
    """A phase as the creator asks for it: its share in percent, left out for the rest, and when it opens."""

    batch_size: int | None = None
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase as it was planned. `size` is its number of devices; without a `start` it opens with the deployment."""

    batch_size: int
    start: datetime | None
    size: int


def check_phases(wanted: Sequence[WantedPhase]) -> None:
    """Refuse phases that do not fit together, however many devices there are. Raises Invalid."""
    _shares([phase.batch_size for phase in wanted])
    _starts([phase.start for phase in wanted])


def plan_phases(wanted: Sequence[WantedPhase], devices: int) -> tuple[Phase, ...]:
    """Turn shares into numbers of devices. Raises Invalid with the contract's own words where it has any."""
    shares = _shares([phase.batch_size for phase in wanted])
    starts = _starts([phase.start for phase in wanted])
    sizes = [share * devices // HUNDRED_PERCENT for share in shares[:-1]]
    sizes.append(devices - sum(sizes))
    for number, size in enumerate(sizes, start=1):
        if not size:
            raise Invalid(f"Attempt to create a batch with zero devices not allowed. Batch: ({number}) will be empty")
    return tuple(Phase(*each) for each in zip(shares, starts, sizes, strict=True))


def _shares(wanted: Sequence[int | None]) -> list[int]:
    given = [share for share in wanted if share is not None]
    if None in wanted[:-1]:
        raise Invalid("phases: only the last phase may leave out batch_size")
    if any(not 0 < share <= HUNDRED_PERCENT for share in given):
        raise Invalid("phases: batch_size must be between 1 and 100")
    rest = HUNDRED_PERCENT - sum(given)
    if rest < 0 or (wanted[-1] is None and not rest):
        raise Invalid("phases: the batch sizes add up to more than 100")
    return [rest if share is None else share for share in wanted]


def _starts(wanted: Sequence[datetime | None]) -> Sequence[datetime | None]:
    if None in wanted[1:]:
        raise Invalid("phases: only the first phase may leave out start_ts")
    given = [start for start in wanted if start is not None]
    if any(later <= earlier for earlier, later in pairwise(given)):
        raise Invalid("phases: each start_ts must be later than the one before")
    return wanted


def open_at(phases: Sequence[Phase], now: datetime) -> int:
    """Return the number of the newest phase whose time has come, from 0."""
    return sum(phase.start is None or phase.start <= now for phase in phases) - 1


def next_start(phases: Sequence[Phase], newest_open: int) -> datetime | None:
    """Return when the next phase opens, None when all are open."""
    to_come = phases[newest_open + 1 :]
    return to_come[0].start if to_come else None


def room(phases: Sequence[Phase], newest_open: int) -> int:
    """Return how many devices all open phases together let in."""
    return sum(phase.size for phase in phases[: newest_open + 1])


def quota(capacity: int, shard: int, shards: int) -> int:
    """Return the part of a capacity that one of the shards gives away; the parts add up exactly."""
    return capacity // shards + (shard < capacity % shards)


def quotas(taken: Sequence[int], capacity: int) -> list[int]:
    """Return how much of a capacity each shard may have given away, from what each of them has, in all exactly that.

    What is left goes to those that have given least. So who reads later, when more is taken, comes to the same, and who
    reads when the capacity has grown, to no less: the capacity is never passed, whoever reads when.
    """
    level = bisect_right(range(capacity + 1), capacity, key=lambda each: _filled(taken, each)) - 1
    left = capacity - _filled(taken, level)
    lowest = {*[shard for shard, given in enumerate(taken) if given <= level][: max(left, 0)]}
    return [max(given, level) + (shard in lowest) for shard, given in enumerate(taken)]


def _filled(taken: Sequence[int], level: int) -> int:
    return sum(max(given, level) for given in taken)
