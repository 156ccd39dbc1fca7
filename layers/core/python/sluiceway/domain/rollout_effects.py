"""What the execution of a rollout does to its deployment, and how the head of the deployment stands after that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from sluiceway.domain.gates import GateReason

OFFER_GRACE = timedelta(seconds=30)
"""Longer than a poll can take: one that found that devices are let in has let its own in by then, or has not."""


class RolloutReason(StrEnum):
    """Why a rollout was paused or ended, where no gate is the reason. The codes are stable."""

    OPERATOR = "operator"
    """A person asked for it."""
    OPERATOR_REPEATEDLY = "operator-repeatedly"
    """A person asked for it, after more pauses and resumes than are told."""
    PLAN_ENDED = "plan-ended"
    """The end of the plan has come."""


Cause: TypeAlias = GateReason | RolloutReason


@dataclass(frozen=True, slots=True)
class OpenPhase:
    """Let the devices of this phase in."""

    number: int


@dataclass(frozen=True, slots=True)
class PauseOffers:
    """Stop offering until an operator resumes."""

    reason: GateReason


@dataclass(frozen=True, slots=True)
class ResumeOffers:
    """Lift the pause that a breach brought: an operator has overruled it by a next-phase."""


@dataclass(frozen=True, slots=True)
class Abort:
    """End the deployment for every device that has not ended."""

    reason: Cause


@dataclass(frozen=True, slots=True)
class RollBack:
    """Abort the deployment if it is not over, and give its devices back what they had."""

    reason: Cause


@dataclass(frozen=True, slots=True)
class LetNobodyIn:
    """What the plan lets finish has finished, or nobody comes for it any more: offer it to nobody new from now on."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Close:
    """Nobody can be let in any more: whoever was not, is left out."""


Effect: TypeAlias = OpenPhase | PauseOffers | ResumeOffers | Abort | RollBack | LetNobodyIn | Close


@dataclass(frozen=True, slots=True)
class HeadView:
    """What the decision needs of a deployment's head, and what of the plan is kept there."""

    open_phase: int
    """Number of the newest open phase, NONE_OPEN for none."""
    paused: Cause | None = None
    is_withdrawn: bool = False
    """Whether it was aborted."""
    has_finished: bool = False
    """Whether all its devices have ended, which a gate may still undo."""
    over_at: datetime | None = None
    """When it was aborted or finished; None while it goes on."""
    is_rolled_back: bool = False
    is_at_work: bool = False
    """Whether somebody who was let in has not ended."""
    start: datetime | None = None
    end: datetime | None = None
    closes_at: datetime | None = None
    """From when on everybody has heard that nobody is let in any more; None while that was not said."""
    is_closed: bool = False

    def after(self, effect: Effect) -> HeadView:
        """Return it as an effect leaves it."""
        match effect:
            case OpenPhase(number):
                return replace(self, open_phase=number)
            case PauseOffers(reason):
                return replace(self, paused=reason)
            case ResumeOffers():
                return replace(self, paused=None)
            case Abort() | RollBack():
                is_rolled_back = self.is_rolled_back or isinstance(effect, RollBack)
                return replace(self, is_withdrawn=True, is_rolled_back=is_rolled_back)
            case LetNobodyIn(at):
                return replace(self, closes_at=at + OFFER_GRACE)
            case Close():
                return replace(self, is_closed=True)
