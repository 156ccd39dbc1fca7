"""What the execution of a rollout works with: the plan, how far it has come, and which execution it is.

It is an item beside the head of the deployment, since no poll needs it. While the execution has something to do, the
item is due some time after the next look. If that look does not come, the tick finds the item, takes the execution for
lost, and starts the next generation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.errors import DeploymentState
from sluiceway.domain.phases import next_start
from sluiceway.domain.plan import Plan
from sluiceway.domain.planning import plan_of
from sluiceway.domain.rollout_run import RolloutRun
from sluiceway.domain.times import rfc3339
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import due_attributes
from sluiceway.storage.plan_items import plan_item, read_plan
from sluiceway.storage.rollout_items import read_run, run_item
from sluiceway.storage.table import Absent, Condition, Equal, Item, Put, Record, Update, Write
from sluiceway.usecases.deployments import Progress
from sluiceway.usecases.service import Service

DUE = "rollout"
MISSED_AFTER = timedelta(minutes=2)
"""How late a look may be before its execution is taken for lost."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """A plan under way. Only the execution of the newest generation advances it."""

    plan: Plan
    run: RolloutRun = field(default_factory=RolloutRun)
    generation: int = 0
    rev: int = 0


def begin_rollout(deployment: Deployment, plan: Plan | None, now: datetime) -> list[Write]:
    """Return what a creation writes for an execution to work with; nothing when there is nothing to control."""
    if plan is None and next_start(deployment.phases, deployment.open_phase) is None:
        return []
    return [put_rollout(deployment, Rollout(plan or plan_of(deployment)), look=now)]


def find_rollout(service: Service, workspace: str, deployment_id: str) -> Rollout | None:
    """Read a rollout; None when the deployment has nothing to control."""
    stored = service.table.get(keys.plan(workspace, deployment_id))
    return read_rollout(stored) if stored else None


def rollout_of(progress: Progress) -> Rollout | None:
    """Return the rollout that was read with a deployment; None when it has nothing to control."""
    return None if progress.stored_rollout is None else read_rollout(progress.stored_rollout)


def refuse_after_end(plan: Plan, now: datetime) -> None:
    """Raise DeploymentState once the end of the plan has come: then no phase opens any more."""
    if plan.end is not None and now >= plan.end:
        raise DeploymentState(
            f"the plan ended at {rfc3339(plan.end)}, and no phase opens any more: "
            "make another deployment for the devices that are left"
        )


def put_rollout(deployment: Deployment, rollout: Rollout, *, look: datetime | None) -> Put:
    """Return the write of a rollout; `look` is when its execution looks again, None when nothing is left to do."""
    due = {} if look is None else due_attributes(deployment, look + MISSED_AFTER, DUE)
    unchanged: Condition = Equal("rev", rollout.rev) if rollout.rev else Absent()
    return Put(keys.plan(deployment.workspace, deployment.id), {**_item(rollout), **due}, unchanged)


def replace_execution(service: Service, mark: Record) -> None:
    """Start the next generation of an execution that missed its time."""
    workspace, deployment_id = keys.deployment_of(mark.key.pk)
    hand_over(service, workspace, deployment_id, cast("int", mark.item["generation"]))


def hand_over(service: Service, workspace: str, deployment_id: str, generation: int) -> None:
    """Let the next generation take over from this one, which does nothing from then on."""
    commit(service.table, lambda: (None, _next_generation(service, workspace, deployment_id, generation)))
    service.rollouts.start(workspace, deployment_id, generation + 1)


def _next_generation(service: Service, workspace: str, deployment_id: str, generation: int) -> Sequence[Write]:
    rollout = find_rollout(service, workspace, deployment_id)
    if rollout is None or rollout.generation != generation:
        return []
    unchanged = Equal("generation", generation)
    plan = keys.plan(workspace, deployment_id)
    return [Update(plan, set={"generation": generation + 1}, add={"rev": 1}, condition=unchanged)]


def _item(rollout: Rollout) -> Item:
    return {
        "plan": plan_item(rollout.plan),
        "run": run_item(rollout.run),
        "generation": rollout.generation,
        "rev": rollout.rev + 1,
    }


def read_rollout(stored: Item) -> Rollout:
    """Return what was stored."""
    item = cast("Mapping[str, Any]", stored)
    return Rollout(read_plan(item["plan"]), read_run(item["run"]), item["generation"], item["rev"])
