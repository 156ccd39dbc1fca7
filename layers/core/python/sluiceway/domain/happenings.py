"""What happens to a rollout, as its history and its events tell it (design section 7).

Each look of the execution makes what has happened since the look before: what operators asked, in their order, then
what followed from it and from the counters, then the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.event import Event, EventType
from sluiceway.domain.gates import Holds
from sluiceway.domain.plan import Plan
from sluiceway.domain.rollout import Step
from sluiceway.domain.rollout_effects import (
    Abort,
    Close,
    Effect,
    LetNobodyIn,
    OpenPhase,
    PauseOffers,
    ResumeOffers,
    RollBack,
    RolloutReason,
)
from sluiceway.domain.rollout_run import RolloutRun
from sluiceway.domain.steering import Command, CommandKind
from sluiceway.domain.times import rfc3339

_ASKED = {
    CommandKind.PAUSE: EventType.DEPLOYMENT_PAUSED,
    CommandKind.RESUME: EventType.DEPLOYMENT_RESUMED,
    CommandKind.APPROVE: EventType.DEPLOYMENT_APPROVED,
    CommandKind.NEXT_PHASE: EventType.DEPLOYMENT_PHASE_FORCED,
    CommandKind.CHANGE_PLAN: EventType.DEPLOYMENT_PLAN_CHANGED,
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a deployment."""

    type: EventType
    at: datetime
    phase: int | None = None
    """Number of the phase that it is about, from 0."""
    reason: str = ""
    """Code of why it was paused, resumed or ended, or a gate breached: of `GateReason` or `RolloutReason`."""
    by: str = ""
    """Id of the API key or of the user that asked for it; empty when nobody did, and when that is not known."""
    rolled_back_by: str = ""
    """Id of the deployment that undoes it."""


def happenings(
    deployment: Deployment, plan: Plan, run: RolloutRun, step: Step, *, commands: Sequence[Command], now: datetime
) -> tuple[Happening, ...]:
    """Return what one look makes known: of the head and the run as it read them, and of the step that it decided.

    `commands` are those that it took up.
    """
    return tuple(_happenings(deployment, plan, run, step, commands=commands, now=now))


def _happenings(
    deployment: Deployment, plan: Plan, run: RolloutRun, step: Step, *, commands: Sequence[Command], now: datetime
) -> Iterator[Happening]:
    if run.changed_at is None:
        yield from creation(deployment)
    for command in commands:
        yield _asked(command)
    yield from _judged(plan, run, step, now)
    if run.over_at is None and step.run.over_at is not None and not run.is_end_told:
        yield ending(deployment, step.run, step.run.over_at)


def creation(deployment: Deployment) -> Iterator[Happening]:
    """Tell of what a deployment begins with: whoever is the first to tell anything tells it before."""
    yield Happening(EventType.DEPLOYMENT_CREATED, deployment.created)
    for number in range(deployment.open_phase + 1):
        yield Happening(EventType.DEPLOYMENT_PHASE_OPENED, deployment.created, number)


def _asked(command: Command) -> Happening:
    is_of_phase = command.kind in {CommandKind.APPROVE, CommandKind.NEXT_PHASE}
    phase = command.phase if is_of_phase else None
    reason = RolloutReason.OPERATOR_REPEATEDLY if command.follows_untold else RolloutReason.OPERATOR
    return Happening(_ASKED[command.kind], command.at, phase, reason, command.by)


def _judged(plan: Plan, run: RolloutRun, step: Step, now: datetime) -> Iterator[Happening]:
    """Tell of gates and of what followed: phases that opened after those that were passed, a pause after the breach."""
    passed = [number for number in range(len(plan.phases)) if _was_passed(plan, run, step, number)]
    yield from (Happening(EventType.DEPLOYMENT_GATE_PASSED, now, number) for number in passed)
    pauses = [effect for effect in step.effects if isinstance(effect, PauseOffers)]
    for effect in step.effects:
        if effect not in pauses:
            yield from _followed(effect, step, now)
    breach = step.run.breach
    if breach and breach != run.breach:
        yield Happening(EventType.DEPLOYMENT_GATE_BREACHED, breach.at, breach.phase, breach.reason)
    for effect in pauses:
        yield from _followed(effect, step, now)
    yield from _undecided(plan, run, step, now)


def _undecided(plan: Plan, run: RolloutRun, step: Step, now: datetime) -> Iterator[Happening]:
    """Tell that the gate of the phase that opened last was neither passed nor breached, when it is given up."""
    number = max((number for number in range(len(plan.phases)) if step.run.of(number).opened_at), default=0)
    phase = step.run.of(number)
    if phase.undecided_at is not None and run.of(number).undecided_at is None and isinstance(phase.verdict, Holds):
        yield Happening(EventType.DEPLOYMENT_GATE_UNDECIDED, now, number, phase.verdict.reason)


def _was_passed(plan: Plan, run: RolloutRun, step: Step, number: int) -> bool:
    """Tell whether the gate of a phase has been passed since the look before; one that asks for nothing is not told."""
    is_news = run.of(number).passed_at is None and step.run.of(number).passed_at is not None
    return is_news and not plan.phases[number].gate.asks_for_nothing


def _followed(effect: Effect, step: Step, now: datetime) -> Iterator[Happening]:
    """Tell of an effect that is in force with the look; an abort and a roll back are once they are seen."""
    match effect:
        case OpenPhase(number):
            yield Happening(EventType.DEPLOYMENT_PHASE_OPENED, now, number)
        case PauseOffers(reason):
            yield Happening(EventType.DEPLOYMENT_PAUSED, now, _breached_phase(step.run), reason)
        case ResumeOffers():
            yield Happening(EventType.DEPLOYMENT_RESUMED, now, reason=RolloutReason.OPERATOR)
        case Close():
            yield Happening(EventType.DEPLOYMENT_CLOSED, now, reason=RolloutReason.PLAN_ENDED)
        case Abort() | RollBack() | LetNobodyIn():
            return


def ending(deployment: Deployment, run: RolloutRun, at: datetime) -> Happening:
    """Tell of the end: whoever makes known first what came after it tells it before."""
    if not deployment.is_withdrawn:
        return Happening(EventType.DEPLOYMENT_FINISHED, at)
    conclusion, by = run.conclusion, deployment.aborted_by
    if conclusion is None or by:
        return Happening(EventType.DEPLOYMENT_ABORTED, at, reason=RolloutReason.OPERATOR, by=by)
    return Happening(EventType.DEPLOYMENT_ABORTED, at, _breached_phase(run), conclusion.reason)


def _breached_phase(run: RolloutRun) -> int | None:
    return run.breach.phase if run.breach else None


def event_of(deployment: Deployment, happening: Happening, event_id: str, order: str) -> Event:
    """Return the event that tells of it; phases are numbered from 1 there, as the API has them."""
    told = {"object": "deployment", "id": deployment.id, "name": deployment.name}
    body = {
        "object": "event",
        "id": event_id,
        "type": happening.type,
        "timestamp": rfc3339(happening.at),
        "workspace": deployment.workspace,
        "data": {
            "deployment": told,
            "phase": None if happening.phase is None else happening.phase + 1,
            "reason": happening.reason or None,
            "by": happening.by or None,
            "rolled_back_by": happening.rolled_back_by or None,
        },
    }
    text = json.dumps(body, separators=(",", ":"))
    return Event(deployment.workspace, event_id, order, happening.type, deployment.id, text)
