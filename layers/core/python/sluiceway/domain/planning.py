"""Making a deployment follow a plan: its phases become numbers, and the rest what polls go by (design section 7).

And back: any deployment can be read as a plan, with its devices sorted by phase.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from math import ceil, sqrt

from sluiceway.domain.counters import ASKED, TURNED_AWAY, Tally, at_work, ended_in, let_in, places_left
from sluiceway.domain.deployment import MOST_SHARDS, Deployment, Target
from sluiceway.domain.device_deployment import WITHDRAWN, Status
from sluiceway.domain.gates import PhaseTally
from sluiceway.domain.pace import fastest, rate
from sluiceway.domain.phases import HUNDRED_PERCENT, NONE_OPEN, Phase
from sluiceway.domain.plan import AtEnd, Plan, PlannedPhase
from sluiceway.domain.spread import WHOLE, bounds_between, shares, sizes
from sluiceway.domain.steering import Steering

_DEVIATIONS = 3
"""One that has LEAST_BY_CHANCE or more has fewer one time in a thousand: then an operator opens the next one."""
_LET_IN_PER_SHARD = 200
"""In a minute: with all their reports a counter shard then takes about sixteen changes a second."""
_AT_WORK_PER_SHARD = 500
"""At once, if an update takes five minutes: as many changes."""
_FINAL = [status for status in Status if status.is_final]


def with_plan(
    deployment: Deployment, plan: Plan, now: datetime, device_ids: Collection[str] | None = None
) -> Deployment:
    """Return the deployment with its plan. Raises InvalidMembers when the phases do not fit the number of devices.

    `device_ids` are those of its devices, which make its phases exact; None where they are too many to be looked at.
    """
    is_exact = deployment.target is Target.LIST or device_ids is not None
    numbers = phase_sizes(plan, deployment.size, exact=is_exact)
    starts = _starts(plan)
    first = starts[0]
    return replace(
        deployment,
        retry=plan.retry,
        most_devices=plan.most_devices,
        shards=min(deployment.shards, _most_shards(plan)),
        phases=tuple(
            Phase(_percent(size, deployment.size), start, size) for size, start in zip(numbers, starts, strict=True)
        ),
        open_phase=NONE_OPEN if first is not None and now < first else 0,
        steering=replace(
            _steering(plan, plan.seed or deployment.id),
            bounds=_bounds(deployment, plan, device_ids),
            has_exact_phases=is_exact,
        ),
    )


def _bounds(deployment: Deployment, plan: Plan, device_ids: Collection[str] | None) -> tuple[int, ...]:
    """Return where each phase ends; of a fixed list nothing, since each row says its phase."""
    if deployment.target is Target.LIST:
        return ()
    if device_ids is None:
        return shares(plan.phases, deployment.size)
    return bounds_between(plan.seed or deployment.id, device_ids, sizes(plan.phases, deployment.size))


def _most_shards(plan: Plan) -> int:
    """Return over how many shards it is worth spreading the counters: who asks under a pace or a cap reads them all.

    A slow pace leaves some of many shards without a part of it. That of a maximum number would then be lost.
    """
    wanted = [MOST_SHARDS]
    if plan.pace:
        wanted.append(-(-fastest(plan.pace) // _LET_IN_PER_SHARD))
    if plan.pace and (plan.most_devices or plan.most_in_flight):
        wanted.append(plan.pace.per_minute)
    if plan.most_in_flight:
        wanted.append(-(-plan.most_in_flight // _AT_WORK_PER_SHARD))
    return min(wanted)


def with_starts_of(deployment: Deployment, plan: Plan) -> Deployment:
    """Return the deployment with its phases opening as a changed plan says; their sizes stay."""
    moved = (replace(phase, start=start) for phase, start in zip(deployment.phases, _starts(plan), strict=True))
    return replace(deployment, phases=tuple(moved))


def _starts(plan: Plan) -> list[datetime | None]:
    """Return before which moment each phase does not open, as the head has it."""
    first, *others = plan.phases
    return [
        max(filter(None, (plan.start, first.start)), default=None),
        *(phase.start for phase in others),
    ]


def phase_sizes(plan: Plan, devices: int, *, exact: bool) -> Sequence[int]:
    """Return how many devices each phase has; about, unless each device was looked at. Raises as `with_plan`."""
    if exact:
        return sizes(plan.phases, devices)
    return _sizes_between(shares(plan.phases, devices), devices)


def plan_of(deployment: Deployment) -> Plan:
    """Return what a deployment that was made without a plan amounts to (mender contract 8.2, 8.3)."""
    phases = (PlannedPhase(percent=phase.batch_size, start=phase.start) for phase in deployment.phases)
    return Plan(
        phases=tuple(phases) or (PlannedPhase(),),
        most_devices=deployment.most_devices,
        retry=deployment.retry,
        withdraws_success=False,
    )


def phase_tallies(deployment: Deployment, tally: Tally) -> list[PhaseTally]:
    """Sort the counters by phase. How many devices each has is known of a list and a small cut, of a large one about.

    A deployment without phases has one of all its devices; without a plan it is not counted in which phase they ended.
    """
    if not deployment.phases:
        return [PhaseTally(size=None, let_in=tally[ASKED])]
    is_known = deployment.steering.has_plan and not deployment.has_open_target
    is_about = deployment.target is Target.CUT and not deployment.steering.has_exact_phases
    return [
        PhaseTally(
            size=phase.size if is_known else None,
            let_in=tally[let_in(number)],
            ended={status: count for status in _FINAL if (count := tally[ended_in(number, status)])},
            margin=_margin(phase.size, deployment.size) if is_known and is_about else 0,
            most=_most_to_end(deployment, tally, number),
        )
        for number, phase in enumerate(deployment.phases)
    ]


def _most_to_end(deployment: Deployment, tally: Tally, number: int) -> int | None:
    """Return how many devices of a phase can end at most under the limit of all phases; None without one.

    Who ended without having been let in takes no place. In which phase that was is not counted: it is bounded by those
    of the phase that can have ended so, and the whole by those of any phase who may still end. Once nobody may, it is
    exact. Without a plan not even the others are counted by phase, and there is no gate.
    """
    left = places_left(deployment, tally)
    if left is None or not deployment.steering.has_plan:
        return None
    ended = {status: tally[ended_in(number, status)] for status in _FINAL}
    turned_away = min(tally[TURNED_AWAY], sum(ended[status] for status in WITHDRAWN))
    return min(tally[let_in(number)] + left + turned_away, sum(ended.values()) + left + at_work(tally))


def _margin(size: int, devices: int) -> int:
    """Return how many devices fewer than this share of them chance may give a phase: three standard deviations.

    A share that is too small for a device is taken for that of one: it may yet be given some.
    """
    return ceil(_DEVIATIONS * sqrt(max(size, 1) * (1 - size / devices))) if devices else 0


def _steering(plan: Plan, seed: str) -> Steering:
    return Steering(
        has_plan=True,
        seed=seed,
        start=plan.start,
        end=None if plan.at_end is AtEnd.LET_FINISH else plan.end,
        windows=plan.windows,
        priority=plan.priority,
        most_in_flight=plan.most_in_flight,
        per_minute=rate(plan.pace, 0) if plan.pace else None,
        deadlines=plan.deadlines,
        withdraws_success=plan.withdraws_success,
    )


def _sizes_between(bounds: Sequence[int], devices: int) -> list[int]:
    """Return about how many of the devices lie in each phase: nobody knows before they ask."""
    ends = [bound * devices // WHOLE for bound in bounds]
    return [end - start for start, end in pairwise((0, *ends))]


def _percent(size: int, devices: int) -> int:
    return round(HUNDRED_PERCENT * size / devices) if devices else 0
