"""Which device is in which phase of a plan: settled by a seed, not by who asks first (design section 7).

The hash of a device says where in [0, 1) it lies, for as long as the seed is the same. A fixed list is cut into phases
of exact sizes. Of any other target a phase is a stretch of [0, 1). Where the devices are few enough to be looked at it
ends between two of them, and is exact as well; else it is as wide as its share. Shares are counted in whole parts,
never in fractions, so that nothing is lost to rounding.
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

WHOLE = 10**12
"""All devices, in the parts in which the bounds of phases are given: so fine that hardly ever two devices share one."""
MOST_RANKED = 1_000
"""Devices of a target up to which each is looked at, so that its phases are exact."""
LEAST_BY_CHANCE = 7
"""Devices that a stretch of more must be wide enough for: then chance leaves it empty one time in a thousand."""
_PERCENT = 100
_PARTS = _PERCENT * 100
"""Parts of a device, and hundredths of a percent in the whole: the finest share that a phase can ask for."""


def position(seed: str, device_id: str) -> float:
    """Return how late a device is among all others, from 0 to below 1: the same for the same seed."""
    return fraction_of(f"{seed}/{device_id}")


def sizes(phases: Sequence[PlannedPhase], devices: int) -> tuple[int, ...]:
    """Return how many devices each phase has; together they are all of them.

    Shares are rounded by the largest remainder, of equal ones the earlier phase's, and to one device at least if there
    are enough. Raises InvalidMembers for what is no share, for phases that are not exactly all devices together, and
    for a phase that would have no device.
    """
    parts = _parts(phases, devices)
    found = _with_one_each(phases, parts, _rounded(parts, devices))
    _refuse(_empty_faults(found))
    return tuple(found)


def _rounded(parts: Sequence[int], devices: int) -> list[int]:
    whole = [part // _PARTS for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda number: parts[number] % _PARTS, reverse=True)
    rounded_up = by_remainder[: devices - sum(whole)]
    return [size + (number in rounded_up) for number, size in enumerate(whole)]


def _with_one_each(phases: Sequence[PlannedPhase], parts: Sequence[int], rounded: Sequence[int]) -> list[int]:
    """Return the sizes with a device for each share that came to none, from the largest that is a share as well."""
    found = [*rounded]
    shared = [number for number, phase in enumerate(phases) if phase.devices is None]
    for number in shared:
        largest = max(shared, key=found.__getitem__)
        if parts[number] and not found[number] and found[largest] > 1:
            found[number], found[largest] = 1, found[largest] - 1
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
    """Return where each phase of a target whose devices nobody lists ends, in parts of WHOLE: the last one at WHOLE.

    A number of devices is turned into its share of the `devices` that there are now. Raises InvalidMembers as `sizes`,
    and of more than MOST_RANKED devices for a phase that chance might well leave empty.
    """
    if not devices and any(phase.devices for phase in phases):
        raise InvalidMembers([("phases", "a number of devices is a share of the targets, and there are none yet")])
    known = devices or 1
    parts = _parts(phases, known)
    bounds = tuple(-(-end * WHOLE // (known * _PARTS)) for end in accumulate(parts))
    _refuse(_empty_faults([end - start for start, end in pairwise((0, *bounds))]))
    _refuse(_chance_faults(parts, devices))
    return bounds


def bounds_between(seed: str, device_ids: Collection[str], sizes: Sequence[int]) -> tuple[int, ...]:
    """Return where each phase ends, in parts of WHOLE, so that of these devices so many as its size lie in it.

    No device may be named twice, and there must be as many as the phases have together. The last one ends at WHOLE.
    Each ends as near to the share of its devices as they allow, since those that come later fall by that.
    """
    ranked = sorted(position(seed, device_id) * WHOLE for device_id in device_ids)
    return (*(_bound_behind(devices, ranked) for devices in accumulate(sizes[:-1])), WHOLE)


def _bound_behind(devices: int, ranked: Sequence[float]) -> int:
    """Return a bound behind the first so many of the ranked devices and not behind the next one."""
    soonest = int(ranked[devices - 1]) + 1 if devices else 0
    return min(max(soonest, devices * WHOLE // len(ranked)), int(ranked[devices]))


def phase_at(position: float, bounds: Sequence[int]) -> int:
    """Return the phase in which a position lies, by number from 0. A device of a phase that grows is never later."""
    return bisect_right(bounds, position * WHOLE)


def _parts(phases: Sequence[PlannedPhase], devices: int) -> list[int]:
    """Return the size of each phase before it is rounded, in parts of a device; they add up. Raises InvalidMembers."""
    _refuse(_share_faults(phases))
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


def _empty_faults(found: Sequence[int]) -> Iterator[tuple[str, str]]:
    for number, size in enumerate(found):
        if not size:
            yield f"phases[{number}]", f"phase {number + 1} would have no device"


def _chance_faults(parts: Sequence[int], devices: int) -> Iterator[tuple[str, str]]:
    if devices <= MOST_RANKED:
        return
    for number, part in enumerate(parts):
        if part < LEAST_BY_CHANCE * _PARTS:
            yield f"phases[{number}]", _may_be_empty(number, part / _PARTS, devices)


def _may_be_empty(number: int, expected: float, devices: int) -> str:
    return (
        f"phase {number + 1} would have about {expected:g} of {devices} devices, and chance may leave it without any: "
        f"make it {LEAST_BY_CHANCE} devices or more, or deploy to a list of devices or to at most {MOST_RANKED}, "
        "where phases are exact"
    )


def _refuse(found: Iterable[tuple[str, str]]) -> None:
    faults = [*found]
    if faults:
        raise InvalidMembers(faults)
