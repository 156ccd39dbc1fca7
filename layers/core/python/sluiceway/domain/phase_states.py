"""Where the phases of a plan stood when the execution last looked, as operators are shown it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sluiceway.domain.gates import PASSED, Breached, GateReason, Holds, PhaseTally
from sluiceway.domain.plan import Plan
from sluiceway.domain.rollout import opens_not_before
from sluiceway.domain.rollout_effects import HeadView
from sluiceway.domain.rollout_run import PhaseRun, RolloutRun


class PhaseState(StrEnum):
    """Where a phase stands, as operators are shown it. The codes are stable."""

    PLANNED = "planned"
    OPEN = "open"
    """Its devices are let in, and not all have ended."""
    THROUGH = "through"
    """Its devices have ended, and the outside signal has yet to say that all is well, or too few of them say it."""
    SOAKING = "soaking"
    WAITING_FOR_APPROVAL = "waiting-for-approval"
    BREACHED = "breached"
    PASSED = "passed"
    ENDED = "ended"
    """The deployment was over before the phase opened, or before its gate was passed."""


@dataclass(frozen=True, slots=True)
class PhaseView:
    """One phase as it is shown: `run` has its times and what its gate said, `tally` its numbers."""

    number: int
    state: PhaseState
    opens_not_before: datetime | None
    run: PhaseRun
    tally: PhaseTally


def phase_states(plan: Plan, run: RolloutRun, head: HeadView, tallies: Sequence[PhaseTally]) -> tuple[PhaseView, ...]:
    """Return where each phase of the plan stood at the last look."""
    return tuple(
        PhaseView(
            number,
            _state(run.of(number), head, is_open=number <= head.open_phase),
            opens_not_before(plan, head, number),
            _shown(run.of(number)),
            tallies[number],
        )
        for number in range(len(plan.phases))
    )


def _shown(phase: PhaseRun) -> PhaseRun:
    """Show a gate that was passed as that: its signal is not asked any more once the next phase is open."""
    is_held = phase.passed_at is not None and isinstance(phase.verdict, Holds)
    return replace(phase, verdict=PASSED) if is_held else phase


_WAITING = {
    GateReason.SOAKING: PhaseState.SOAKING,
    GateReason.NEEDS_APPROVAL: PhaseState.WAITING_FOR_APPROVAL,
}


def _state(phase: PhaseRun, head: HeadView, *, is_open: bool) -> PhaseState:
    state = _gate_state(phase) if is_open else PhaseState.PLANNED
    is_watched = state in {PhaseState.SOAKING, PhaseState.THROUGH} and phase.undecided_at is None
    goes_on = not head.is_withdrawn and (not head.has_finished or is_watched)
    is_told = state in {PhaseState.BREACHED, PhaseState.PASSED}
    return state if goes_on or is_told else PhaseState.ENDED


def _gate_state(phase: PhaseRun) -> PhaseState:
    match phase:
        case PhaseRun(verdict=Breached()):
            return PhaseState.BREACHED
        case PhaseRun(through_at=None):
            return PhaseState.OPEN
        case PhaseRun(verdict=Holds(reason), passed_at=None):
            return _WAITING.get(reason, PhaseState.THROUGH)
        case _:
            return PhaseState.PASSED
