"""Opening the phases of a deployment whose time has come (mender contract 8.2). Only its execution does this.

Which phases are open follows from the time alone, so opening twice, late or out of turn comes to the same. A mark that
is due some time after the next phase should have opened stands beside the head: an execution that was lost is replaced
by the next generation, since a name cannot be used again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from sluiceway.domain.deployment import Deployment, State
from sluiceway.domain.phases import next_start, open_at
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import due_attributes, head_key, read_head
from sluiceway.storage.table import Delete, Equal, Put, Record, Update, Write
from sluiceway.usecases.service import Service

DUE = "phases"
MISSED_AFTER = timedelta(minutes=2)
"""A phase that is not open so long after its time has lost its execution."""


def begin_phases(deployment: Deployment) -> list[Write]:
    """Return what a creation writes for a deployment with phases to come."""
    coming = next_start(deployment.phases, deployment.open_phase)
    return [] if coming is None else [_mark(deployment, coming, generation=0)]


def open_phases(service: Service, workspace: str, deployment_id: str, now: datetime) -> datetime | None:
    """Open what is due, and return when to come again; None when nothing is left to open."""
    return commit(service.table, lambda: _plan(service, workspace, deployment_id, now))


def replace_execution(service: Service, mark: Record) -> None:
    """Start the next generation of an execution that missed its time."""
    workspace, deployment_id = keys.deployment_of(mark.key.pk)
    generation = cast("int", mark.item["generation"]) + 1
    counted = Update(mark.key, set={"generation": generation}, condition=Equal("generation", generation - 1))
    commit(service.table, lambda: (None, _unless_done(service, mark, counted)))
    service.rollouts.start(workspace, deployment_id, generation)


def _unless_done(service: Service, mark: Record, counted: Update) -> list[Write]:
    item = service.table.get(mark.key)
    return [counted] if item and item.get("generation") == mark.item["generation"] else []


def _plan(
    service: Service, workspace: str, deployment_id: str, now: datetime
) -> tuple[datetime | None, Sequence[Write]]:
    head, plan = keys.deployment(workspace, deployment_id), keys.plan(workspace, deployment_id)
    found = service.table.get_many([head, plan])
    before = read_head(workspace, deployment_id, found[head]) if head in found else None
    if before is None or plan not in found:
        return None, []
    if before.state is not State.ACTIVE:
        return None, [Delete(plan)]
    after = replace(before, open_phase=max(before.open_phase, open_at(before.phases, now)))
    coming = next_start(after.phases, after.open_phase)
    return coming, _opened(before, after, coming, cast("int", found[plan]["generation"]))


def _opened(before: Deployment, after: Deployment, coming: datetime | None, generation: int) -> Sequence[Write]:
    if after.open_phase == before.open_phase:
        return []
    opened = {"open_phase": after.open_phase}
    head = Update(head_key(after), set=opened, add={"rev": 1}, condition=Equal("rev", before.rev))
    return [head, Delete(keys.plan(after.workspace, after.id)) if coming is None else _mark(after, coming, generation)]


def _mark(deployment: Deployment, coming: datetime, generation: int) -> Put:
    due = due_attributes(deployment, coming + MISSED_AFTER, DUE)
    return Put(keys.plan(deployment.workspace, deployment.id), {"generation": generation, **due})
