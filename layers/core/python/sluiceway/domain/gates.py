"""Gates: what must hold before the next phase opens, and what ends a phase under way (design section 7).

A gate that asks for anything is passed once its phase is through, has stayed well for the soak time, the outside signal
says that all is well, and a person has approved. Its limits are looked at all along, from the moment the phase opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from sluiceway.domain.device_deployment import Status


class Reaction(StrEnum):
    """What follows when a gate is breached."""

    PAUSE = "pause"
    ABORT = "abort"
    ROLL_BACK = "roll-back"


class SignalKind(StrEnum):
    """What tells from outside whether all is well."""

    PROBE = "probe"
    """An HTTPS address that answers 2xx while it is."""
    ALARM = "alarm"
    """A CloudWatch alarm of the owner's account that is not in the state ALARM."""


class SignalState(StrEnum):
    """What the outside signal says."""

    OK = "ok"
    ALARM = "alarm"
    UNKNOWN = "unknown"
    """It was not asked, or gave no answer: no reason to stop what goes on, and none to open more."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Something outside to ask: the address of a probe, the name of an alarm."""

    kind: SignalKind
    source: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Of one phase. Shares are of the devices that have succeeded or failed in it, from 0 to 1; None asks for nothing.

    A device that has timed out has failed as well. One for which there was nothing to do or that was taken away
    (no artifact, superseded, decommissioned, aborted) has ended and is in no share. None of the shares is kept by fewer
    than `minimum_sample` devices, or as many as the phase has: with fewer that succeeded or failed nobody knows.
    """

    least_success_share: float | None = None
    """Checked once every device of the phase has ended; of an open target once `minimum_sample` succeeded or failed."""
    most_failure_share: float | None = None
    """Checked all along, once `minimum_sample` devices succeeded or failed, or there are no more to come."""
    most_failures: int | None = None
    """Checked all along, whatever the sample: failures do not grow fewer as more devices end."""
    most_timeout_share: float | None = None
    most_timeouts: int | None = None
    minimum_sample: int = 1
    least_ended_share: float = 1.0
    """How many of a phase must have ended for it to be through, so that devices that never come hold up no other.

    Of an open target nobody knows how many a phase has: there `minimum_sample` makes it through.
    """
    soak: timedelta = timedelta(0)
    """How long all must stay well after the phase is through."""
    needs_approval: bool = False
    signal: Signal | None = None
    on_breach: Reaction = Reaction.PAUSE

    @property
    def asks_for_nothing(self) -> bool:
        """Whether it is passed at once, however its devices fare."""
        return not (self.soak or self.needs_approval or self.signal) and not any(
            limit is not None for limit in _limits(self).values()
        )

    @property
    def judges_by_share(self) -> bool:
        """Whether it asks for a share of the devices that have succeeded or failed, of whatever kind."""
        shares = self.least_success_share, self.most_failure_share, self.most_timeout_share
        return any(share is not None for share in shares)


class GateReason(StrEnum):
    """Why a gate is not passed. The codes are stable: operators and their programs read them."""

    DEVICES_OUTSTANDING = "devices-outstanding"
    """Not every device of the phase has ended."""
    SAMPLE_TOO_SMALL = "sample-too-small"
    """Too few devices have succeeded or failed for a share of them to say anything, or how many devices there are."""
    SOAKING = "soaking"
    """The phase is through and has not been well for as long as it must."""
    SIGNAL_UNKNOWN = "signal-unknown"
    """The outside signal gives no answer."""
    NEEDS_APPROVAL = "needs-approval"
    """All is well, and a person has yet to approve."""
    TOO_MANY_FAILURES = "too-many-failures"
    """More devices have failed than the gate allows."""
    FAILURE_SHARE_TOO_HIGH = "failure-share-too-high"
    """A larger share of the devices has failed than the gate allows."""
    TOO_MANY_TIMEOUTS = "too-many-timeouts"
    """More devices have fallen silent than the gate allows."""
    TIMEOUT_SHARE_TOO_HIGH = "timeout-share-too-high"
    """A larger share of the devices has fallen silent than the gate allows."""
    SUCCESS_SHARE_TOO_LOW = "success-share-too-low"
    """The phase is through, and a smaller share of its devices has succeeded than the gate demands."""
    SIGNAL_ALARM = "signal-alarm"
    """The outside signal says that something is wrong."""


@dataclass(frozen=True, slots=True)
class Holds:
    """Not passed yet: `until` a moment, None when devices, the signal or a person must act."""

    reason: GateReason
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Passed:
    """The next phase may open."""


@dataclass(frozen=True, slots=True)
class Breached:
    """Something went wrong: the reaction of the gate follows."""

    reason: GateReason


Verdict: TypeAlias = Holds | Passed | Breached
PASSED = Passed()


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How the devices of a phase fared; `failed` includes those that have timed out, `ended` is all that have ended."""

    succeeded: int = 0
    failed: int = 0
    timed_out: int = 0
    ended: int = 0

    @property
    def judged(self) -> int:
        """How many devices say anything about the content: those that succeeded or failed."""
        return self.succeeded + self.failed


NO_OUTCOMES = Outcomes()


@dataclass(frozen=True, slots=True)
class PhaseTally:
    """The devices of one phase: how many there are, were let in, and have ended in each final status.

    `size` is None where nobody can say it before they ask: of an open target. Where each device's position tells its
    phase, it is what the share makes of the number of devices, and chance made it more or less.
    """

    size: int | None
    let_in: int = 0
    ended: Mapping[Status, int] = field(default_factory=dict)
    margin: int = 0
    """How many devices fewer than `size` there may well be; 0 where it is exact."""
    most: int | None = None
    """How many devices can end at most, where the deployment has not a place for all; None where it has."""

    @property
    def have_all_ended(self) -> bool:
        """Whether nobody else can come: never told before it is certain."""
        certain = self.most if self.size is None or self.margin else self.with_place(self.size)
        return certain is not None and self.outcomes.ended >= certain

    def with_place(self, devices: int) -> int:
        """Return how many of so many devices there is a place for."""
        return devices if self.most is None else min(devices, self.most)

    @property
    def outcomes(self) -> Outcomes:
        """How they fared."""
        ended = self.ended
        timed_out = ended.get(Status.TIMED_OUT, 0)
        return Outcomes(
            succeeded=ended.get(Status.SUCCESS, 0) + ended.get(Status.ALREADY_INSTALLED, 0),
            failed=ended.get(Status.FAILURE, 0) + timed_out,
            timed_out=timed_out,
            ended=sum(ended.values()),
        )


@dataclass(frozen=True, slots=True)
class Overruled:
    """Breaches that an operator has seen and gone on in spite of, with the outcomes at that moment.

    Each counts again as soon as its number or share is worse than it was then. An alarm is not overruled for longer
    than it lasts: whoever keeps this drops it once the signal has been well.
    """

    reasons: frozenset[GateReason]
    outcomes: Outcomes


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What a gate depends on besides its counters. `through_at` is when the phase was first seen to be through."""

    now: datetime
    through_at: datetime | None = None
    approved: bool = False
    signal: SignalState = SignalState.UNKNOWN
    overruled: Overruled | None = None


_DECIMALS = 6
"""Of a number of devices that follows from a share: what lies below is an error of the arithmetic."""


def evaluate(gate: Gate, tally: PhaseTally, facts: GateFacts) -> Verdict:
    """Say whether the next phase may open, what it waits for, or what went wrong: the first that applies."""
    if gate.asks_for_nothing:
        return PASSED
    breached = next((each for each in breaches(gate, tally, facts) if _counts(each, tally.outcomes, facts)), None)
    return Breached(breached) if breached else _hold(gate, tally, facts) or PASSED


def breaches(gate: Gate, tally: PhaseTally, facts: GateFacts) -> Iterator[GateReason]:
    """Give every limit that is passed, overruled or not, in a fixed order; an alarm comes last."""
    outcomes = tally.outcomes
    through = _is_or_was_through(gate, tally, facts)
    for reason, limit in _limits(gate).items():
        is_exceeded = limit is not None and _MEASURES[reason](outcomes) > limit
        if is_exceeded and _is_checked(reason, gate, outcomes, through=through):
            yield reason
    if gate.signal and facts.signal is SignalState.ALARM:
        yield GateReason.SIGNAL_ALARM


def is_through(gate: Gate, tally: PhaseTally) -> bool:
    """Tell whether enough devices of the phase have ended: all of them, unless the gate is content with less.

    Only those count that there is a place for. Of an open target the minimum sample is enough. Where the size is about
    right, the phase is through as well with as few as chance may have given it, beside the minimum sample, once nobody
    who was let in is still at work.
    """
    outcomes = tally.outcomes
    has_sample = outcomes.judged >= gate.minimum_sample
    if tally.size is None:
        return has_sample or tally.have_all_ended
    if outcomes.ended >= _least_ended(gate, tally, tally.size):
        return True
    is_quiet = has_sample and outcomes.ended >= tally.let_in
    return bool(tally.margin) and is_quiet and outcomes.ended >= _least_ended(gate, tally, tally.size - tally.margin)


def _least_ended(gate: Gate, tally: PhaseTally, devices: int) -> float:
    return round(gate.least_ended_share * tally.with_place(devices), _DECIMALS)


def _is_or_was_through(gate: Gate, tally: PhaseTally, facts: GateFacts) -> bool:
    return facts.through_at is not None or is_through(gate, tally)


def _limits(gate: Gate) -> Mapping[GateReason, float | None]:
    """Return what each measure must not exceed, in the order in which they are looked at."""
    least = gate.least_success_share
    return {
        GateReason.TOO_MANY_FAILURES: gate.most_failures,
        GateReason.FAILURE_SHARE_TOO_HIGH: gate.most_failure_share,
        GateReason.TOO_MANY_TIMEOUTS: gate.most_timeouts,
        GateReason.TIMEOUT_SHARE_TOO_HIGH: gate.most_timeout_share,
        GateReason.SUCCESS_SHARE_TOO_LOW: None if least is None else -least,
    }


def _share(part: int, outcomes: Outcomes, *, of_none: float) -> float:
    return part / outcomes.judged if outcomes.judged else of_none


_MEASURES: Mapping[GateReason, Callable[[Outcomes], float]] = {
    GateReason.TOO_MANY_FAILURES: lambda outcomes: outcomes.failed,
    GateReason.FAILURE_SHARE_TOO_HIGH: lambda outcomes: _share(outcomes.failed, outcomes, of_none=0.0),
    GateReason.TOO_MANY_TIMEOUTS: lambda outcomes: outcomes.timed_out,
    GateReason.TIMEOUT_SHARE_TOO_HIGH: lambda outcomes: _share(outcomes.timed_out, outcomes, of_none=0.0),
    GateReason.SUCCESS_SHARE_TOO_LOW: lambda outcomes: -_share(outcomes.succeeded, outcomes, of_none=1.0),
}
"""What is compared with the limit: the larger, the worse."""
_ALL_ALONG = frozenset({GateReason.TOO_MANY_FAILURES, GateReason.TOO_MANY_TIMEOUTS})


def _is_checked(reason: GateReason, gate: Gate, outcomes: Outcomes, *, through: bool) -> bool:
    if reason in _ALL_ALONG or through:
        return True
    return reason is not GateReason.SUCCESS_SHARE_TOO_LOW and outcomes.judged >= gate.minimum_sample


def _counts(reason: GateReason, outcomes: Outcomes, facts: GateFacts) -> bool:
    """Tell whether a breach is not one that an operator overruled, or has grown worse since."""
    if facts.overruled is None or reason not in facts.overruled.reasons:
        return True
    measure = _MEASURES.get(reason)
    return measure is not None and measure(outcomes) > measure(facts.overruled.outcomes)


def _hold(gate: Gate, tally: PhaseTally, facts: GateFacts) -> Holds | None:
    if not _is_or_was_through(gate, tally, facts):
        return Holds(GateReason.SAMPLE_TOO_SMALL if tally.size is None else GateReason.DEVICES_OUTSTANDING)
    soaked_at = (facts.through_at or facts.now) + gate.soak
    if facts.now < soaked_at:
        return Holds(GateReason.SOAKING, soaked_at)
    if _lacks_evidence(gate, tally):
        return Holds(GateReason.SAMPLE_TOO_SMALL)
    if gate.signal and facts.signal is SignalState.UNKNOWN:
        return Holds(GateReason.SIGNAL_UNKNOWN)
    return Holds(GateReason.NEEDS_APPROVAL) if gate.needs_approval and not facts.approved else None


def _lacks_evidence(gate: Gate, tally: PhaseTally) -> bool:
    """Tell whether a share is kept only for want of devices that could break it: by none it always is.

    A phase that has about no devices may have some; of one that has none there is nothing to be seen.
    """
    fewest = 1 if tally.margin else 0
    sample = gate.minimum_sample if tally.size is None else max(min(gate.minimum_sample, tally.size), fewest)
    return gate.judges_by_share and tally.outcomes.judged < tally.with_place(sample)


NO_GATE = Gate()
"""Passed at once: the next phase opens at its time."""
