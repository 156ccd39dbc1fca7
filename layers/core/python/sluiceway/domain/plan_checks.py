"""What a plan must be like before anything is done by it. A fault is named by its member, as in `phases[1].percent`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from sluiceway.domain.addresses import url_fault
from sluiceway.domain.deadlines import deadline_faults
from sluiceway.domain.errors import InvalidMembers, InvalidPlan
from sluiceway.domain.gates import Gate, Signal, SignalKind
from sluiceway.domain.pace import pace_faults
from sluiceway.domain.plan import LEAST_LOOK_EVERY, MOST_PHASES, MOST_WINDOWS, Plan
from sluiceway.domain.retry import retry_faults
from sluiceway.domain.spread import shares, sizes
from sluiceway.domain.times import rfc3339
from sluiceway.domain.windows import next_opening, window_faults

Faults: TypeAlias = Iterator[tuple[str, str]]

MOST_AHEAD = timedelta(days=366)
MOST_LOOK_EVERY = timedelta(hours=1)
MOST_PRIORITY = 100
MOST_SEED_CHARACTERS = 128
MOST_SOAK = timedelta(days=30)
MOST_ALARM_CHARACTERS = 255
_MOST_BEHIND_UTC, _MOST_AHEAD_OF_UTC = timedelta(hours=12), timedelta(hours=14)
"""How far from UTC the time zones of this world are."""
_SHARES = ("least_success_share", "most_failure_share", "most_timeout_share", "least_ended_share")
_NUMBERS = ("most_failures", "most_timeouts")


def check_plan(
    plan: Plan, devices: int, now: datetime, *, exact: bool, plain_probes: bool = False, member: str = ""
) -> None:
    """Refuse, as InvalidPlan with all faults at once, a plan that cannot be kept.

    `devices` are targeted now; `exact` if each was looked at, so that phases have as many as they say. Phases that have
    started may have a start that has passed. `plain_probes` admits probes without TLS: for the local cloud only.
    `member` is where the caller has the plan, empty when it has nothing else.
    """
    faults = [*_faults(plan, devices, now, exact=exact), *_gates_faults(plan, plain_probes=plain_probes)]
    if faults:
        raise InvalidPlan(_within(member, faults) if member else faults)


def check_windows(plan: Plan, now: datetime, *, in_utc: bool, member: str = "") -> None:
    """Refuse, as InvalidPlan, a plan that can be kept and ends before any of its windows opens, wherever devices are.

    `in_utc` says that windows lie in UTC, not in the time zone of each device; `member` is as in `check_plan`.
    """
    if plan.end is None or not plan.windows:
        return
    behind, ahead = (timedelta(0), timedelta(0)) if in_utc else (_MOST_BEHIND_UTC, _MOST_AHEAD_OF_UTC)
    begins = max(filter(None, (now, plan.start, plan.phases[0].start)))
    at_once = [replace(window, spread=timedelta(0)) for window in plan.windows]
    opens = next_opening(at_once, "UTC", "", "", begins - behind).start - ahead
    if opens >= plan.end:
        problem = f"{rfc3339(plan.end)} is before any window opens, which is not before {rfc3339(opens)}"
        raise InvalidPlan(_within(member, [("end", problem)]) if member else [("end", problem)])


def _faults(plan: Plan, devices: int, now: datetime, *, exact: bool) -> Faults:
    yield from _spread_faults(plan, devices, exact=exact)
    yield from _time_faults(plan, now)
    yield from _limit_faults(plan)
    for number, window in enumerate(plan.windows):
        yield from _within(f"windows[{number}]", window_faults(window))
    if plan.pace is not None:
        yield from _within("pace", pace_faults(plan.pace))
    yield from _within("retry", retry_faults(plan.retry))
    yield from _within("deadlines", deadline_faults(plan.deadlines))


def _within(member: str, faults: Iterable[tuple[str, str]]) -> Faults:
    return ((f"{member}.{inner}", problem) for inner, problem in faults)


def _spread_faults(plan: Plan, devices: int, *, exact: bool) -> Faults:
    if len(plan.phases) > MOST_PHASES:
        yield "phases", f"must be {MOST_PHASES} at most"
    try:
        (sizes if exact else shares)(plan.phases, devices)
    except InvalidMembers as refused:
        yield from refused.faults


def _time_faults(plan: Plan, now: datetime) -> Faults:
    moments = {"start": plan.start, "end": plan.end}
    moments |= {f"phases[{number}].start": phase.start for number, phase in enumerate(plan.phases)}
    for member, moment in moments.items():
        if moment is not None and moment > now + MOST_AHEAD:
            yield member, f"must be {MOST_AHEAD.days} days ahead at most"
    if plan.end is not None and plan.end <= now:
        yield "end", f"{rfc3339(plan.end)} is not after now, {rfc3339(now)}"
    elif plan.end is not None and plan.start is not None and plan.end <= plan.start:
        yield "end", f"{rfc3339(plan.end)} is not after the start of the plan, {rfc3339(plan.start)}"
    yield from _phase_start_faults(plan)


def _phase_start_faults(plan: Plan) -> Faults:
    latest: datetime | None = None
    for number, phase in enumerate(plan.phases):
        member = f"phases[{number}].start"
        if phase.start is None:
            continue
        if latest is not None and phase.start <= latest:
            yield member, "must be later than that of every phase before"
        if plan.start is not None and phase.start < plan.start:
            yield member, "must not be before the start of the plan"
        if plan.end is not None and phase.start >= plan.end:
            yield member, f"{rfc3339(phase.start)} is not before the end of the plan, {rfc3339(plan.end)}"
        latest = phase.start


def _limit_faults(plan: Plan) -> Faults:
    if len(plan.seed) > MOST_SEED_CHARACTERS:
        yield "seed", f"must have at most {MOST_SEED_CHARACTERS} characters"
    if len(plan.windows) > MOST_WINDOWS:
        yield "windows", f"must be {MOST_WINDOWS} at most"
    if abs(plan.priority) > MOST_PRIORITY:
        yield "priority", f"must be from -{MOST_PRIORITY} to {MOST_PRIORITY}"
    for member, most in (("most_in_flight", plan.most_in_flight), ("most_devices", plan.most_devices)):
        if most is not None and most < 1:
            yield member, "must be 1 or more"
    if not LEAST_LOOK_EVERY <= plan.look_every <= MOST_LOOK_EVERY:
        yield "look_every", "must be from 1 second to 1 hour"


def _gates_faults(plan: Plan, *, plain_probes: bool) -> Faults:
    for number, phase in enumerate(plan.phases):
        yield from _within(f"phases[{number}].gate", _gate_faults(phase.gate, plain_probes=plain_probes))


def _gate_faults(gate: Gate, *, plain_probes: bool) -> Faults:
    for member in _SHARES:
        share: float | None = getattr(gate, member)
        if share is not None and not 0 <= share <= 1:
            yield member, "must be a share, from 0 to 1"
    for member in _NUMBERS:
        number: int | None = getattr(gate, member)
        if number is not None and number < 0:
            yield member, "must be 0 or more"
    if gate.minimum_sample < 1:
        yield "minimum_sample", "must be 1 or more"
    if not timedelta(0) <= gate.soak <= MOST_SOAK:
        yield "soak", f"must be from 0 to {MOST_SOAK.days} days"
    if gate.signal is not None:
        yield from _within("signal", _signal_faults(gate.signal, plain_probes=plain_probes))


def _signal_faults(signal: Signal, *, plain_probes: bool) -> Faults:
    if signal.kind is SignalKind.PROBE and (fault := url_fault(signal.source, plain=plain_probes)):
        yield "source", fault
    if signal.kind is SignalKind.ALARM and not 0 < len(signal.source) <= MOST_ALARM_CHARACTERS:
        yield "source", f"must be the name of an alarm, of between 1 and {MOST_ALARM_CHARACTERS} characters"
