"""Gates: what must hold before the next phase opens, and what ends a phase under way (design section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Signal:
    """Something outside to ask: the address of a probe, the name of an alarm."""

    kind: SignalKind
    source: str


@dataclass(frozen=True, slots=True)
class Gate:
    """Of one phase. Shares are of the devices that have ended in it, from 0 to 1; None asks for nothing."""

    least_success_share: float | None = None
    """Checked once every device of the phase has ended; of an open target once `minimum_sample` have."""
    most_failure_share: float | None = None
    """Checked all along, once `minimum_sample` devices have ended."""
    most_failures: int | None = None
    most_timeout_share: float | None = None
    most_timeouts: int | None = None
    minimum_sample: int = 1
    soak: timedelta = timedelta(0)
    """How long all must stay well after the phase is through."""
    needs_approval: bool = False
    signal: Signal | None = None
    on_breach: Reaction = Reaction.PAUSE


NO_GATE = Gate()
"""Passed at once: the next phase opens at its time."""
