"""Changing the phases of a plan that are not open yet: when they open, and their gates.

The sizes of the phases stay as they are: which device is in which phase is settled when the deployment is made, so that
no device comes earlier than was promised. Of a phase that is open nothing changes any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sluiceway.domain.deployment import Deployment, Target
from sluiceway.domain.errors import DeploymentFinished, DeploymentState, InvalidPlan
from sluiceway.domain.phases import NONE_OPEN
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.plan_checks import check_plan, check_windows
from sluiceway.domain.planning import with_starts_of
from sluiceway.domain.steering import Command, CommandKind
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import head_key
from sluiceway.storage.phase_items import phase_item
from sluiceway.storage.steering_items import steering_item
from sluiceway.storage.table import Equal, Item, Update, Write
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.execution_waits import wake_execution
from sluiceway.usecases.rollouts import Rollout, put_rollout, refuse_after_end, rollout_of
from sluiceway.usecases.service import Service


def change_phases(
    service: Service, workspace: str, deployment_id: str, phases: Sequence[PlannedPhase], now: datetime, *, by: str
) -> None:
    """Let a deployment go on with these phases: all phases of its plan, those that are open as they were.

    `by` is the id of the API key that asks for it. Raises NotFound; DeploymentFinished; DeploymentState where an open
    phase would change, where no execution controls the deployment, and after the end of the plan; and InvalidPlan.
    """
    command = Command(CommandKind.CHANGE_PLAN, now, by)

    def decide_writes() -> tuple[Progress, Sequence[Write]]:
        progress = load(service, workspace, deployment_id)
        return progress, _writes(service, progress, phases, command)

    wake_execution(service, commit(service.table, decide_writes))


def _writes(service: Service, progress: Progress, phases: Sequence[PlannedPhase], command: Command) -> Sequence[Write]:
    """Return the writes of a change, with the command that the execution tells of; none where nothing changes."""
    rollout = _rollout(progress)
    refuse_after_end(rollout.plan, command.at)
    before = progress.deployment
    _check_change(before, rollout.plan.phases, phases)
    plan = replace(rollout.plan, phases=tuple(phases))
    _check_plan(service, before, plan, command.at)
    if plan == rollout.plan:
        return []
    moved: Item = {
        "phases": [phase_item(phase) for phase in with_starts_of(before, plan).phases],
        "steering": steering_item(before.steering.asked(command)),
    }
    return [
        Update(head_key(before), set=moved, add={"rev": 1}, condition=Equal("rev", before.rev)),
        put_rollout(before, replace(rollout, plan=plan), look=command.at),
    ]


def _rollout(progress: Progress) -> Rollout:
    if progress.has_finished:
        raise DeploymentFinished("the deployment has ended")
    rollout = rollout_of(progress)
    if rollout is None:
        raise DeploymentState("the deployment has no phase to come")
    return rollout


def _check_change(deployment: Deployment, before: Sequence[PlannedPhase], after: Sequence[PlannedPhase]) -> None:
    if len(after) != len(before):
        raise InvalidPlan([("phases", f"must be the {len(before)} phases of the plan")])
    faults = [*_share_faults(before, after)]
    if faults:
        raise InvalidPlan(faults)
    for number, (former, phase) in enumerate(zip(before, after, strict=True)):
        if number <= deployment.open_phase and phase != former:
            raise DeploymentState(f"phase {number + 1} is open, and changes no more")
        if phase.gate != former.gate and not deployment.steering.has_plan:
            raise DeploymentState(
                "the deployment was made without a plan, and counts no outcomes that a gate could judge"
            )


def _share_faults(before: Sequence[PlannedPhase], after: Sequence[PlannedPhase]) -> Iterator[tuple[str, str]]:
    for number, (former, phase) in enumerate(zip(before, after, strict=True)):
        if (phase.percent, phase.devices) != (former.percent, former.devices):
            yield f"phases[{number}]", "must have its percent or devices as it was: each device's phase is settled"


def _check_plan(service: Service, deployment: Deployment, plan: Plan, now: datetime) -> None:
    is_exact = deployment.target is Target.LIST or deployment.steering.has_exact_phases
    check_plan(plan, deployment.size, now, exact=is_exact, plain_probes=service.reaches_loopback)
    if deployment.open_phase == NONE_OPEN:  # else devices may have been let in already, in windows that have passed
        check_windows(plan, now, in_utc=deployment.is_pushed)
