"""Plans as JSON: the members of `domain.plan` and its parts, durations as whole seconds, in both directions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from native._members import member_of
from native._wire import WHOLE, NativeModel, read_whole
from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.gates import Gate, Reaction, Signal, SignalKind
from sluiceway.domain.pace import Growth, Pace
from sluiceway.domain.plan import MOST_PHASES, MOST_WINDOWS, AtEnd, Plan, PlannedPhase
from sluiceway.domain.plan_checks import MOST_PRIORITY, MOST_SEED_CHARACTERS
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.slots import SlotKind
from sluiceway.domain.spread import each_alone
from sluiceway.domain.times import rfc3339
from sluiceway.domain.windows import Window
from sluiceway.http.request import Request
from sluiceway.http.wire import Moment, parse_body

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_SECOND = timedelta(seconds=1)
_MOST_SECONDS = 31_622_400
_MOST_NUMBER = 2**63 - 1


def _read_span(value: object) -> object:
    seconds = read_whole(value)
    if type(seconds) is not int or not 0 <= seconds <= _MOST_SECONDS:
        raise ValueError(f"must be a whole number of seconds, from 0 to {_MOST_SECONDS}")
    return seconds * _SECOND


def _read_time(value: object) -> object:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("must be a time of day in the form HH:MM")
    return time.fromisoformat(value)


def _seconds(span: timedelta) -> int:
    return span // _SECOND


Span = Annotated[
    timedelta,
    BeforeValidator(_read_span),
    PlainSerializer(_seconds),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": _MOST_SECONDS}),
]
TimeOfDay = Annotated[
    time, BeforeValidator(_read_time), WithJsonSchema({"type": "string", "pattern": f"^({_TIME.pattern})$"})
]
Share = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[int, Field(ge=0, le=_MOST_NUMBER), WHOLE]
Positive = Annotated[int, Field(ge=1, le=_MOST_NUMBER), WHOLE]
Day = Annotated[int, Field(ge=0, le=6), WHOLE]
_NOTHING = timedelta(0)


class _Part(NativeModel):
    """A part of a plan: its fields are those of the domain, and so are its defaults."""

    model_config = ConfigDict(alias_generator=member_of)


class SignalBody(_Part):
    """Something outside that says whether all is well: the address of an HTTPS probe, or the name of an alarm."""

    kind: SignalKind
    source: Annotated[str, Field(min_length=1, max_length=2048)]

    def to_signal(self) -> Signal:
        """Return it as the domain has it."""
        return Signal(**dict(self))


class GateBody(_Part):
    """What must hold before the next phase opens, and what follows when it is breached; null asks for nothing.

    Shares, from 0 to 1, are of the devices that succeeded or failed in the phase. The limits are looked at all along,
    those that are shares once `minimum_sample` devices count. The phase is through when `least_ended_share` of its
    devices have ended: then `least_success_share` must hold, everything stay well for `soak_seconds`, the signal say
    so, and a person approve if `needs_approval`. A gate with any share is passed by no fewer devices than
    `minimum_sample`, or than the phase has: with fewer that succeeded or failed it waits (`sample-too-small`). A phase
    has no more devices than `most_devices` of the plan leaves places for.

    Of all devices and of a group, if they are more than 1,000, it is known about how many a phase has: it is through as
    well with as few as chance may have given it, but `minimum_sample`, once nobody who was let in is at work. With a
    filter nobody knows, and `minimum_sample` makes it through.
    """

    least_success_share: Share | None = None
    most_failure_share: Share | None = None
    most_failures: Number | None = None
    most_timeout_share: Share | None = None
    most_timeouts: Number | None = None
    minimum_sample: Positive = 1
    least_ended_share: Share = 1.0
    soak: Span = _NOTHING
    needs_approval: bool = False
    signal: SignalBody | None = None
    on_breach: Reaction = Reaction.PAUSE

    def to_gate(self) -> Gate:
        """Return it as the domain has it."""
        return Gate(**{**dict(self), "signal": self.signal and self.signal.to_signal()})


class PhaseBody(_Part):
    """A share of the devices in percent, or a number of them; the last phase takes the rest without either.

    Together they are all devices. With `cumulative` each says how many devices are in once it is open, those of the
    phases before included, rather than how many come with it. A phase opens when the gate of the one before is passed,
    and not before its `start`.

    Of a list, and of at most 1,000 other devices that there are now, a phase has exactly as many, a share one at least.
    Of more it has about as many, since each device falls into one by itself: one of fewer than 7 is refused. So does
    whoever meets a filter later.
    """

    percent: Annotated[float, Field(gt=0, le=100)] | None = None
    devices: Positive | None = None
    start: Moment | None = None
    gate: GateBody = Field(default_factory=GateBody)

    def to_phase(self) -> PlannedPhase:
        """Return it as the domain has it."""
        return PlannedPhase(**{**dict(self), "gate": self.gate.to_gate()})


class PaceBody(_Part):
    """How fast devices are let in: so many a minute, times `factor` for each further `every` devices, at most `most`.

    No more are let in within any 60 seconds. What makes it grow are devices that have succeeded, or with `notified`
    those that were let in.
    """

    per_minute: Positive
    factor: Annotated[float, Field(ge=1, le=10)] = 1.0
    every: Number = 0
    growth: Growth = Growth.SUCCEEDED
    most: Positive | None = None

    def to_pace(self) -> Pace:
        """Return it as the domain has it."""
        return Pace(**dict(self))


class WindowBody(_Part):
    """When devices may be offered something, in their own time zone: days from 0, Monday, to 6.

    The zone is what a device's inventory has as `time_zone`, `timezone` or `geo-timezone`, else UTC. The dialects of
    configuration and of workflows know no time zone of a device: for what is pushed it is UTC.

    It may reach past midnight. Over the first `spread_seconds` the devices become due one after the other.
    """

    days: Annotated[list[Day], Field(min_length=1, max_length=7)]
    start: TimeOfDay
    duration: Span
    spread: Span = _NOTHING

    def to_window(self) -> Window:
        """Return it as the domain has it."""
        return Window(**{**dict(self), "days": frozenset(self.days)})


class AttemptsBody(_Part):
    """How often a device may try, the first time included, and how long it waits before it tries again.

    The wait is `base_seconds`, times `factor` after each further attempt, at most `cap_seconds`; the share `jitter` of
    it is by chance. Only failures with one of the `codes` are tried again, without any all of them. From
    `penalty_after` failures on a wait is at least `penalty_seconds`. Only a failure is tried again: who has timed out
    (see `deadlines`) has ended, whatever attempts are left.

    The code of a failure is of software the `substate` of the report, of configuration `device-failed`,
    `validation-failed` or `no-verdict`, and of workflows the device's error text, whole: one of more than 64 characters
    matches none.
    """

    attempts: Positive = 1
    base: Span = _NOTHING
    cap: Span = timedelta(hours=1)
    factor: Annotated[float, Field(ge=1, le=10)] = 2
    jitter: Share = 0.5
    codes: list[str] = Field(default=[], max_length=20)
    penalty_after: Positive | None = None
    penalty: Span = _NOTHING

    def to_policy(self) -> RetryPolicy:
        """Return it as the domain has it."""
        return RetryPolicy(**{**dict(self), "codes": frozenset(self.codes)})


class DeadlinesBody(_Part):
    """For how long a device may keep silent in each state before its part has timed out; null for ever.

    A time-out is final: the device counts as failed and gets no further attempt, even if it comes back and has some
    left. Whoever wants it to try again makes another deployment to the devices that have timed out.

    `retrying_seconds` count from when it was to come for its next attempt: when that was due and its window had opened,
    and half an hour later, since devices are told to come one after the other. Who calls meanwhile, which is known to
    the hour, is waited for; during a pause nobody is to come. That one is for software: what is pushed is pushed again
    without being asked for.
    """

    offered: Span | None = None
    downloading: Span | None = None
    installing: Span | None = None
    rebooting: Span | None = None
    retrying: Span | None = None

    def to_deadlines(self) -> Deadlines:
        """Return it as the domain has it."""
        return Deadlines(**dict(self))


class PlanBody(_Part):
    """How a deployment spreads. Without phases it has one, of all devices.

    No phase opens after `end`. Then it lets nobody in any more, is aborted, or lets finish what is open: until all
    devices of the open phases have ended or, with nobody at work, nothing has happened for a week. An `end` before the
    first start, or before a window opens anywhere, is refused.

    Which devices are early is the same for the same `seed`; without one it differs from deployment to deployment. Of
    two deployments that wait for a device the one of higher `priority` goes first. `most_in_flight` is how many devices
    work on it at once, `most_devices` how many are let in at all. With `withdraws_success` a device that comes back on
    what it had before counts as failed; that is for software, and false for what is pushed. While a gate depends on
    them, the counters are looked at every `look_every_seconds`, from 1 to 3600; the longer nothing changes the less
    often, once an hour in the end, and never later than the shortest deadline asks for.
    """

    phases: list[PhaseBody] = Field(default_factory=lambda: [PhaseBody()], min_length=1, max_length=MOST_PHASES)
    cumulative: Annotated[bool, Field(description="Whether phases count those before them; shown is always false.")] = (
        False
    )
    seed: Annotated[str, Field(max_length=MOST_SEED_CHARACTERS)] = ""
    start: Moment | None = None
    end: Moment | None = None
    at_end: AtEnd = AtEnd.STOP_OFFERING
    windows: list[WindowBody] = Field(default=[], max_length=MOST_WINDOWS)
    priority: Annotated[int, Field(ge=-MOST_PRIORITY, le=MOST_PRIORITY), WHOLE] = 0
    pace: PaceBody | None = None
    most_in_flight: Positive | None = None
    most_devices: Positive | None = None
    retry: AttemptsBody = Field(default_factory=AttemptsBody)
    deadlines: DeadlinesBody = Field(default_factory=DeadlinesBody)
    withdraws_success: bool = True
    look_every: Span = timedelta(minutes=1)

    def faults(self, slot: SlotKind) -> Iterator[tuple[str, str]]:
        """Give the members that mean devices which come and ask, where those of the slot do not."""
        if slot is SlotKind.SOFTWARE:
            return
        if self.withdraws_success and "withdraws_success" in self.model_fields_set:
            yield "plan.withdraws_success", "is for software: of what was pushed a success stays one, so leave it out"
        if self.deadlines.retrying is not None:
            yield "plan.deadlines.retrying_seconds", "is for software: what is pushed is pushed again, so leave it out"

    def to_plan(self) -> Plan:
        """Return it as the domain has it."""
        members = {name: value for name, value in self if name != "cumulative"}
        parts = {
            "phases": _planned(self.phases, "plan.phases", cumulative=self.cumulative),
            "windows": tuple(window.to_window() for window in self.windows),
            "pace": self.pace and self.pace.to_pace(),
            "retry": self.retry.to_policy(),
            "deadlines": self.deadlines.to_deadlines(),
        }
        return Plan(**{**members, **parts})


class PlanChangeBody(NativeModel):
    """The body that changes a plan."""

    phases: Annotated[list[PhaseBody], Field(min_length=1, max_length=MOST_PHASES)]
    cumulative: bool = False


def parse_phases(request: Request) -> tuple[PlannedPhase, ...]:
    """Read the phases that a plan is to have. Raises Invalid."""
    body = parse_body(PlanChangeBody, request)
    return _planned(body.phases, "phases", cumulative=body.cumulative)


def _planned(phases: Sequence[PhaseBody], member: str, *, cumulative: bool) -> tuple[PlannedPhase, ...]:
    planned = tuple(phase.to_phase() for phase in phases)
    return each_alone(planned, member) if cumulative else planned


def plan_json(plan: Plan) -> dict[str, Any]:
    """Render a plan with all its members, as a creation takes it."""
    return _part_json(plan)


def _part_json(part: object) -> dict[str, Any]:
    return {member_of(each.name): _value_json(getattr(part, each.name)) for each in fields(cast("Any", part))}


def _value_json(value: object) -> object:
    if isinstance(value, tuple):
        return [_part_json(part) for part in value]
    return _part_json(value) if is_dataclass(value) else _scalar_json(value)


def _scalar_json(value: object) -> object:
    match value:
        case datetime():
            return rfc3339(value)
        case time():
            return value.isoformat("minutes")
        case timedelta():
            return _seconds(value)
        case AbstractSet():
            return sorted(value)
        case _:
            return value
