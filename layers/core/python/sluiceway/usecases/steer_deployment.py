"""What operators do with a deployment that goes on (design section 7).

A pause and a resume are one write, in force at the next poll. Only the execution opens and ends phases: a command that
asks for that is written into the head, and the execution is woken. A wake that gets lost costs time, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sluiceway.domain.errors import DeploymentFinished, DeploymentState
from sluiceway.domain.plan import Plan
from sluiceway.domain.rollout import awaits_resume
from sluiceway.domain.rollout_effects import RolloutReason
from sluiceway.domain.rollout_run import PhaseRun
from sluiceway.domain.steering import Command, CommandKind, Pause, Steering
from sluiceway.domain.times import rfc3339
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import head_key
from sluiceway.storage.steering_items import steering_item
from sluiceway.storage.table import Equal, Update, Write
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.execution_waits import wake_execution
from sluiceway.usecases.head_views import head_view
from sluiceway.usecases.rollouts import refuse_after_end, rollout_of
from sluiceway.usecases.service import Service


def pause_deployment(service: Service, workspace: str, deployment_id: str, by: str, now: datetime) -> None:
    """Stop offering; what was offered goes on. Raises NotFound, DeploymentFinished, and DeploymentState if paused."""

    def pause(progress: Progress) -> Steering:
        steering = progress.deployment.steering
        if steering.pause:
            raise DeploymentState("the deployment is paused already")
        return replace(steering, pause=Pause(now, RolloutReason.OPERATOR))

    _steer(service, workspace, deployment_id, pause, Command(CommandKind.PAUSE, now, by))


def resume_deployment(service: Service, workspace: str, deployment_id: str, by: str, now: datetime) -> None:
    """Go on offering, or let the roll back follow that the pause holds up though all devices have ended.

    Raises NotFound, DeploymentFinished, and DeploymentState if it is not paused.
    """

    def resume(progress: Progress) -> Steering:
        steering = progress.deployment.steering
        if steering.pause is None:
            raise DeploymentState("the deployment is not paused")
        return replace(steering, pause=None)

    _steer(service, workspace, deployment_id, resume, Command(CommandKind.RESUME, now, by))


def approve_phase(
    service: Service, workspace: str, deployment_id: str, by: str, now: datetime, *, phase: int | None = None
) -> None:
    """Approve the newest open phase, now or as soon as its gate asks for that. Raises NotFound, DeploymentFinished.

    `phase` is the number, from 0, of the phase that is meant. One that was approved stays approved; for any other that
    is not the newest open one DeploymentState is raised.
    """

    def approve(progress: Progress) -> Steering:
        if not progress.deployment.is_controlled:
            raise DeploymentState("no gate of the deployment waits for anybody")
        return progress.deployment.steering

    _steer(service, workspace, deployment_id, approve, Command(CommandKind.APPROVE, now, by, phase))


def open_next_phase(
    service: Service, workspace: str, deployment_id: str, by: str, now: datetime, *, phase: int | None = None
) -> None:
    """Have the next phase opened, whatever its own start and the gates say. Raises NotFound, DeploymentFinished.

    Raises DeploymentState when every phase is open, before the start of the plan, and after its end. `phase` is the
    number, from 0, of the phase that is meant. One that was asked for before stays so; for any other that is not the
    next one DeploymentState is raised.
    """

    def open_next(progress: Progress) -> Steering:
        _check_phase_to_come(progress, now)
        return progress.deployment.steering

    _steer(service, workspace, deployment_id, open_next, Command(CommandKind.NEXT_PHASE, now, by, phase))


def _check_phase_to_come(progress: Progress, now: datetime) -> None:
    deployment, rollout = progress.deployment, rollout_of(progress)
    if deployment.open_phase >= len(deployment.phases) - 1:
        raise DeploymentState("every phase of the deployment is open")
    if rollout:
        _check_plan_goes_on(rollout.plan, now)


def _check_plan_goes_on(plan: Plan, now: datetime) -> None:
    if plan.start is not None and now < plan.start:
        raise DeploymentState(
            f"the plan starts at {rfc3339(plan.start)}, and nothing is offered before: ask for the phase from then on, "
            "or abort the deployment and make one that starts earlier"
        )
    refuse_after_end(plan, now)


def _steer(
    service: Service, workspace: str, deployment_id: str, change: Callable[[Progress], Steering], command: Command
) -> None:
    """Write what a command makes of the steering, with the command if an execution is to take it up, and wake that."""

    def decide_writes() -> tuple[Progress, Sequence[Write]]:
        progress = load(service, workspace, deployment_id)
        return progress, _writes(progress, change, command)

    wake_execution(service, commit(service.table, decide_writes))


def _writes(progress: Progress, change: Callable[[Progress], Steering], command: Command) -> Sequence[Write]:
    before = progress.deployment
    if progress.has_finished and not (command.kind is CommandKind.RESUME and _may_await_resume(progress)):
        raise DeploymentFinished(
            "the deployment has ended, and no gate of it waits for anybody: "
            "roll it back to give its devices back what they had, or make another"
        )
    if command.phase is not None and _was_asked_before(progress, command.kind, command.phase):
        return []
    steering = change(progress)
    if before.is_controlled:
        steering = steering.asked(_with_phase(command, before.open_phase))
    changed = {"steering": steering_item(steering)}
    return [Update(head_key(before), set=changed, add={"rev": 1}, condition=Equal("rev", before.rev))]


def _may_await_resume(progress: Progress) -> bool:
    """Tell whether a roll back follows a resume, or may: no look has yet seen that all devices have ended."""
    deployment, rollout = progress.deployment, rollout_of(progress)
    if rollout is None or deployment.is_withdrawn or not deployment.steering.has_plan:
        return False
    is_end_seen = rollout.run.over_at is not None
    return not is_end_seen or awaits_resume(rollout.plan, rollout.run, head_view(rollout.plan, progress))


def _was_asked_before(progress: Progress, kind: CommandKind, phase: int) -> bool:
    """Tell whether the same was asked for this phase before, and is taken up, or is still to be."""
    if any((each.kind, each.phase) == (kind, phase) for each in progress.deployment.steering.commands):
        return True
    rollout = rollout_of(progress)
    run = rollout.run.of(phase) if rollout else PhaseRun()
    return run.forced if kind is CommandKind.NEXT_PHASE else run.approved


def _with_phase(command: Command, open_phase: int) -> Command:
    """Return a command with the phase that it is for, so that the same command given twice opens one phase.

    Raises DeploymentState if another phase was meant.
    """
    is_next = command.kind is CommandKind.NEXT_PHASE
    number = open_phase + 1 if is_next else max(open_phase, 0)
    if command.phase not in {None, number}:
        which = "the phase that opens next" if is_next else "the newest open phase"
        raise DeploymentState(
            f"{which} is phase {number + 1} at this moment, and phase {command.phase + 1} was meant: "
            "look how far the deployment has come, and ask again for the phase that you want"
        )
    return replace(command, phase=number)
