"""Which device is in which phase of a plan: settled by a seed, not by who asks first (design section 7).

A fixed list is cut into phases of exact sizes. Of any other target nobody knows all devices, so a phase is a stretch of
[0, 1): the hash of a device says where in it the device lies, for as long as the seed is the same. Shares are counted
in whole parts, never in fractions, so that nothing is lost to rounding.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from sluiceway.domain.errors import InvalidMembers, InvalidPlan
from sluiceway.domain.hashing import fraction_of

if TYPE_CHECKING:
    from sluiceway.domain.plan import PlannedPhase

WHOLE = 1_000_000
"""All devices, in the parts in which the bounds of phases are given."""
_PERCENT = 100
_PARTS = _PERCENT * 100
"""Parts of a device, and hundredths of a percent in the whole: the finest share that a phase can ask for."""


def position(seed: str, device_id: str) -> float:
    """Return how late a device is among all others, from 0 to below 1: the same for the same seed."""
    return fraction_of(f"{seed}/{device_id}")


def sizes(phases: Sequence[PlannedPhase], devices: int) -> tuple[int, ...]:
    """Return how many devices each phase has; together they are all of them.

    Shares are rounded by the largest remainder, of equal ones the earlier phase's. Raises InvalidMembers for what is no
    share, for phases that are not exactly all devices together, and for a phase that would have no device.
    """
    parts = _parts(phases, devices)
    whole = [part // _PARTS for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda number: parts[number] % _PARTS, reverse=True)
    rounded_up = by_remainder[: devices - sum(whole)]
    found = tuple(size + (number in rounded_up) for number, size in enumerate(whole))
    _refuse_empty(number for number, size in enumerate(found) if not size)
    return found


def each_alone(phases: Sequence[PlannedPhase], member: str) -> tuple[PlannedPhase, ...]:
    """Return phases that say how many devices are in once they are open as ones that say how many come with each.

    `member` is what the caller calls them. Raises InvalidPlan for one that brings nobody, and for shares and numbers in
    one plan: nobody knows then what the one leaves of the other.
    """
    if any(phase.percent is not None for phase in phases) and any(phase.devices is not None for phase in phases):
        raise InvalidPlan([(member, "must all be in percent or all be numbers of devices, to be cumulative")])
    counts = [_counted(phase) for phase in phases]
    faults = [
        (f"{member}[{number}]", "must be more than the phase before, to be cumulative")
        for number, (phase, before) in enumerate(zip(phases, (0, *counts), strict=False))
        if counts[number] <= before and not _is_rest(phase)
    ]
    if faults:
        raise InvalidPlan(faults)
    return tuple(_grown(phase, before) for phase, before in zip(phases, (0, *counts), strict=False))


def _counted(phase: PlannedPhase) -> int:
    """Return the devices of a phase, or hundredths of a percent of them; 0 for one that takes the rest."""
    return phase.devices or (0 if phase.percent is None else _hundredths(phase.percent))


def _grown(phase: PlannedPhase, before: int) -> PlannedPhase:
    if phase.devices is not None:
        return replace(phase, devices=phase.devices - before)
    return phase if phase.percent is None else replace(phase, percent=(_counted(phase) - before) / _PERCENT)


def assign(seed: str, device_ids: Collection[str], sizes: Sequence[int]) -> dict[str, int]:
    """Return the phase of each device of a fixed list, by number from 0; the order of the list is of no account.

    No device may be named twice, and there must be as many as the phases have together.
    """
    ranked = sorted(device_ids, key=lambda device_id: (position(seed, device_id), device_id))
    phases = [phase for phase, size in enumerate(sizes) for _ in range(size)]
    return dict(zip(ranked, phases, strict=True))


def shares(phases: Sequence[PlannedPhase], devices: int) -> tuple[int, ...]:
    """Return where each phase of a target without a fixed list ends, in parts of WHOLE: the last one at WHOLE.

    A number of devices is turned into its share of the `devices` that there are now. Raises InvalidMembers as `sizes`.
    """
    if not devices and any(phase.devices for phase in phases):
        raise InvalidMembers([("phases", "a number of devices is a share of the targets, and there are none yet")])
    known = devices or 1
    bounds = tuple(-(-end * WHOLE // (known * _PARTS)) for end in accumulate(_parts(phases, known)))
    _refuse_empty(number for number, (start, end) in enumerate(pairwise((0, *bounds))) if start == end)
    return bounds


def phase_at(position: float, bounds: Sequence[int]) -> int:
    """Return the phase in which a position lies, by number from 0. A device of a phase that grows is never later."""
    return bisect_right(bounds, position * WHOLE)


def _parts(phases: Sequence[PlannedPhase], devices: int) -> list[int]:
    """Return the size of each phase before it is rounded, in parts of a device; they add up. Raises InvalidMembers."""
    faults = [*_share_faults(phases)]
    if faults:
        raise InvalidMembers(faults)
    given = [_part(phase, devices) for phase in phases]
    rest = devices * _PARTS - sum(given)
    takes_rest = _is_rest(phases[-1])
    if rest < 0:
        advice = "each says how many come with it alone, unless the plan is cumulative"
        raise InvalidMembers([("phases", f"add up to more than all {devices} devices: {advice}")])
    if rest and not takes_rest:
        advice = "leave both percent and devices of the last one out, and it takes all that is left"
        raise InvalidMembers([("phases", f"add up to less than all {devices} devices: {advice}")])
    return [*given[:-1], given[-1] + rest]


def _part(phase: PlannedPhase, devices: int) -> int:
    if phase.devices is not None:
        return phase.devices * _PARTS
    return 0 if phase.percent is None else _hundredths(phase.percent) * devices


def _hundredths(percent: float) -> int:
    return round(percent * _PERCENT)


def _is_rest(phase: PlannedPhase) -> bool:
    return phase.percent is None and phase.devices is None


def _share_faults(phases: Sequence[PlannedPhase]) -> Iterator[tuple[str, str]]:
    if not phases:
        yield "phases", "there must be at least one"
    for number, phase in enumerate(phases):
        is_last = number == len(phases) - 1
        yield from ((f"phases[{number}]{member}", problem) for member, problem in _faults_of(phase, is_last=is_last))


def _faults_of(phase: PlannedPhase, *, is_last: bool) -> Iterator[tuple[str, str]]:
    if phase.percent is not None and phase.devices is not None:
        yield "", "is either a percent or a number of devices, not both"
    if _is_rest(phase) and not is_last:
        yield "", "only the last phase may leave both percent and devices out"
    if phase.percent is not None and not _is_share(phase.percent):
        yield ".percent", "must be from 0.01 to 100, with two decimals at most"
    if phase.devices is not None and phase.devices < 1:
        yield ".devices", "must be 1 or more"


def _is_share(percent: float) -> bool:
    return 0 < percent <= _PERCENT and percent == _hundredths(percent) / _PERCENT


def _refuse_empty(numbers: Iterable[int]) -> None:
    faults = [(f"phases[{number}]", f"phase {number + 1} would have no device") for number in numbers]
    if faults:
        raise InvalidMembers(faults)
