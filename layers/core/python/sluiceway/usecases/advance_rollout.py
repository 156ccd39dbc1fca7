"""One look of a rollout's execution: it reads the counters, decides what comes next, and does it (design section 7).

Only an execution comes here, so only an execution opens or ends a phase. What a look decides is written in one
transaction, on the condition that nothing it read has changed: a look that runs twice, late or beside another fails it,
and decides again. An execution that was replaced by a newer generation does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.counters import ADMITTED, Tally
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import DeploymentFinished, DeploymentState
from sluiceway.domain.event import Event
from sluiceway.domain.gates import SignalState
from sluiceway.domain.happenings import happenings
from sluiceway.domain.pace import Growth, Pace, rate
from sluiceway.domain.plan import Plan
from sluiceway.domain.planning import phase_tallies
from sluiceway.domain.rollout import Step, decide, signals_to_ask, until_next_look
from sluiceway.domain.rollout_effects import (
    Abort,
    Close,
    Effect,
    LetNobodyIn,
    OpenPhase,
    PauseOffers,
    ResumeOffers,
    RollBack,
)
from sluiceway.domain.steering import Pause
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import head_key
from sluiceway.storage.steering_items import steering_item
from sluiceway.storage.table import Equal, Item, Update, Write
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.deployment_events import event_writes
from sluiceway.usecases.deployments import Progress, find, load_heads
from sluiceway.usecases.finishing import settle
from sluiceway.usecases.head_views import head_view
from sluiceway.usecases.pass_deadlines import pass_deadlines
from sluiceway.usecases.push_rollout import push_open_phases, take_back, take_outcomes
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.rollouts import Rollout, find_rollout, put_rollout
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class _Look:
    """One look, and what it has seen outside of the head and its counters."""

    service: Service
    workspace: str
    deployment_id: str
    generation: int
    signals: Mapping[int, SignalState]
    next_deadline: datetime | None
    """When the next device will have kept silent for too long; at once where not all is known that devices said."""
    take_back_at: datetime | None
    """When to go on taking back what was pushed to devices that an abort met at work; None when nothing is left."""
    now: datetime


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a look comes to."""

    look_again: datetime | None = None
    """None when nothing is left to do."""
    conclusion: Abort | RollBack | None = None
    """How the rollout ends, once it does."""
    events: Sequence[Event] = ()
    """What is to be told of it."""


def advance_rollout(
    service: Service, workspace: str, deployment_id: str, generation: int, now: datetime
) -> datetime | None:
    """Look once, and return when to look again; None when nothing is left, or a newer execution has taken over."""
    rollout = find_rollout(service, workspace, deployment_id)
    deployment = load_heads(service, workspace, [deployment_id]).get(deployment_id)
    if rollout is None or deployment is None or rollout.generation != generation:
        return None
    has_heard_all = take_outcomes(service, deployment, now)
    take_back_at = take_back(service, deployment, now)
    next_deadline = _next_deadline(service, deployment, now) if has_heard_all else now
    signals = _ask_signals(service, rollout.plan, deployment)
    look = _Look(service, workspace, deployment_id, generation, signals, next_deadline, take_back_at, now)
    outcome = _look_once(look)
    while outcome.conclusion is not None:
        _conclude(look, outcome.conclusion)
        outcome = _look_once(look)
    if outcome.look_again is None:
        return None
    more = push_open_phases(service, deployment, now)
    return outcome.look_again if more is None else min(more, outcome.look_again)


def _next_deadline(service: Service, deployment: Deployment, now: datetime) -> datetime | None:
    return None if deployment.is_over else pass_deadlines(service, deployment, now)


def _ask_signals(service: Service, plan: Plan, deployment: Deployment) -> Mapping[int, SignalState]:
    asked = {} if deployment.is_withdrawn else signals_to_ask(plan, deployment.open_phase)
    return {phase: service.signals().read(signal) for phase, signal in asked.items()}


def _look_once(look: _Look) -> _Outcome:
    """Decide on what is stored now, write that, and have it told."""
    outcome = commit(look.service.table, lambda: _decide_writes(look))
    for event in outcome.events:
        look.service.deliveries.start(event)
    return outcome


def _conclude(look: _Look, conclusion: Abort | RollBack) -> None:
    """End the deployment as was decided. Whoever dies in between does no harm: the next look decides the same."""
    if isinstance(conclusion, RollBack):
        with suppress(DeploymentState):
            roll_back(look.service, look.workspace, look.deployment_id, look.now)
    with suppress(DeploymentFinished):
        abort_deployment(look.service, look.workspace, look.deployment_id, look.now)


def _decide_writes(look: _Look) -> tuple[_Outcome, Sequence[Write]]:
    found = _read(look)
    if found is None:
        return _Outcome(), []
    rollout, progress = found
    before, taken_up = progress.deployment, progress.deployment.steering.commands
    step = decide(
        rollout.plan,
        rollout.run,
        head_view(rollout.plan, progress),
        phase_tallies(before, progress.tally),
        signals=look.signals,
        commands=taken_up,
        now=look.now,
    )
    after = _with_pace(_with_effects(before, step, look.now), rollout.plan.pace, progress.tally)
    happened = happenings(before, rollout.plan, rollout.run, step, commands=taken_up, now=look.now)
    told, events = event_writes(look.service, before, happened, look.now)
    outcome = _Outcome(_look_again(look, rollout.plan, step, progress), _conclusion(step), events)
    # a conclusion is carried out after this write: should that fail, the rollout is due at once
    due = look.now if outcome.conclusion else outcome.look_again
    kept = put_rollout(before, replace(rollout, run=step.run), look=due)
    return outcome, [kept, *_head_writes(before, after), *told]


def _read(look: _Look) -> tuple[Rollout, Progress] | None:
    """Read what a look decides on, None when it has nothing to decide any more.

    A deployment whose devices have all ended is marked as finished first: from then on no device can begin it anew,
    which no execution would see any more. The rollout is read before the head: if somebody changes both in between, the
    write of the rollout fails.
    """
    rollout = find_rollout(look.service, look.workspace, look.deployment_id)
    progress = find(look.service, look.workspace, look.deployment_id)
    if rollout is None or progress is None or rollout.generation != look.generation:
        return None
    (progress,) = settle(look.service, [progress])
    return rollout, progress


def _with_effects(before: Deployment, step: Step, now: datetime) -> Deployment:
    """Return the head as the effects leave it, with all commands of operators taken up."""
    after = replace(before, steering=replace(before.steering, commands=()))
    for effect in step.effects:
        after = _with_effect(after, effect, now)
    return after


def _with_effect(deployment: Deployment, effect: Effect, now: datetime) -> Deployment:
    steering = deployment.steering
    match effect:
        case OpenPhase(number):
            return replace(deployment, open_phase=number)
        case PauseOffers(reason):
            return replace(deployment, steering=replace(steering, pause=Pause(now, reason)))
        case ResumeOffers():
            return replace(deployment, steering=replace(steering, pause=None))
        case LetNobodyIn(at):
            return replace(deployment, steering=replace(steering, end=at))
        case Close():
            return replace(deployment, steering=replace(steering, closed=now))
        case Abort() | RollBack():
            return deployment


def _with_pace(deployment: Deployment, pace: Pace | None, tally: Tally) -> Deployment:
    """Return the head with the rate that the counters justify."""
    if pace is None:
        return deployment
    per_minute = rate(pace, _counted_for(pace, tally))
    return replace(deployment, steering=replace(deployment.steering, per_minute=per_minute))


def _counted_for(pace: Pace, tally: Tally) -> int:
    """Return how many devices there are of those whose number makes the pace grow."""
    if pace.growth is Growth.NOTIFIED:
        return tally[ADMITTED]
    return tally[Status.SUCCESS] + tally[Status.ALREADY_INSTALLED]


def _conclusion(step: Step) -> Abort | RollBack | None:
    return next((effect for effect in step.effects if isinstance(effect, Abort | RollBack)), None)


def _look_again(look: _Look, plan: Plan, step: Step, progress: Progress) -> datetime | None:
    """Return when to look again: also to time out silent devices, to let a pace grow, and to see the end."""
    if progress.has_finished:
        take_back_at = look.take_back_at if progress.deployment.is_withdrawn else None
        return min(filter(None, [step.look_again, take_back_at]), default=None)
    moments = [step.look_again, look.next_deadline]
    if progress.deployment.steering.has_plan:
        moments.append(look.now + until_next_look(plan, step.run, look.now))
    if plan.deadlines.shortest is not None:
        moments.append(look.now + max(plan.deadlines.shortest, plan.look_every))
    return min(filter(None, moments), default=None)


def _head_writes(before: Deployment, after: Deployment) -> list[Write]:
    if after == before:
        return []
    changed: Item = {"open_phase": after.open_phase, "steering": steering_item(after.steering)}
    return [Update(head_key(before), set=changed, add={"rev": 1}, condition=Equal("rev", before.rev))]
