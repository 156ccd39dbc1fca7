"""What the execution of a rollout remembers from one look to the next: how far each phase has come, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.gates import NO_OUTCOMES, Breached, GateReason, Holds, Outcomes, Overruled, Verdict
from sluiceway.domain.rollout_effects import Abort, RollBack


@dataclass(frozen=True, slots=True)
class PhaseRun:
    """How far one phase has come, with what its gate said at the last look and of which outcomes."""

    opened_at: datetime | None = None
    forced: bool = False
    """Whether an operator had it opened, or to be opened as soon as there is no pause, whatever held it."""
    through_at: datetime | None = None
    """When it was first seen to be through: the soak counts from here."""
    approved: bool = False
    """An approval is kept until it is waited for."""
    passed_at: datetime | None = None
    undecided_at: datetime | None = None
    """When its gate, not passed, was given up: all devices have ended, and nobody asks any more what holds it."""
    overruled: Overruled | None = None
    verdict: Verdict | None = None
    outcomes: Outcomes = NO_OUTCOMES

    @property
    def is_watched(self) -> bool:
        """Whether its gate is breached, or may be yet."""
        is_held = isinstance(self.verdict, Holds) and self.passed_at is None and self.undecided_at is None
        return is_held or isinstance(self.verdict, Breached)


@dataclass(frozen=True, slots=True)
class Breach:
    """The breach of a gate that was followed by its reaction."""

    phase: int
    reason: GateReason
    at: datetime


@dataclass(frozen=True, slots=True)
class RolloutRun:
    """What the execution of a rollout remembers from look to look."""

    phases: tuple[PhaseRun, ...] = ()
    """Those of the plan, or fewer: the rest has yet to come."""
    breach: Breach | None = None
    """What paused or ended it, until an operator overrules it."""
    ended_at: datetime | None = None
    """When the end of the plan was seen."""
    conclusion: Abort | RollBack | None = None
    """How it ends, decided for good."""
    changed_at: datetime | None = None
    """When a look last found anything new."""
    over_at: datetime | None = None
    """When the deployment ended, from when that was first seen: it is told once."""
    is_end_told: bool = False
    """Whether who rolled it back has told its end already, before any look has seen it."""

    def of(self, number: int) -> PhaseRun:
        """Return how far a phase has come, also one that was never looked at."""
        return self.phases[number] if number < len(self.phases) else PhaseRun()
