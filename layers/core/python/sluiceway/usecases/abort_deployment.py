"""Stopping a deployment for good (mender contract 2.13, data model 3.7).

The head says aborted first; from then on every reader counts the open devices as aborted. Then each counter shard is
fenced: a report commits before its shard's fence, or never. Only then the caller hears of it. An abort that dies in
between is finished by the tick of due work, or by the next one who tries. Few shards are fenced with the head at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sluiceway.domain.deployment import Deployment, State
from sluiceway.domain.errors import DeploymentFinished
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import due_attributes, head_item, head_key
from sluiceway.storage.shard_items import fence
from sluiceway.storage.table import Equal, Put, Write
from sluiceway.usecases.deployments import Progress, load, load_heads, load_software
from sluiceway.usecases.execution_waits import wake_execution
from sluiceway.usecases.finishing import artifact_ids, leave_active_lists
from sluiceway.usecases.service import Service

FENCED_AT_ONCE = 4
"""Counter shards that are fenced in the transaction that aborts: that costs no more than to note what is left to do."""
_REPAIR_AFTER = timedelta(seconds=30)


def abort_deployment(service: Service, workspace: str, deployment_id: str, now: datetime, *, by: str = "") -> None:
    """Abort a deployment; after this returns no report for it is accepted. Raises NotFound, DeploymentFinished.

    `by` is the id of the API key or of the user that asks for it, empty for the execution.
    """
    _abort(service, lambda: load(service, workspace, deployment_id), by, now)


def abort_software_deployment(
    service: Service, workspace: str, deployment_id: str, now: datetime, *, by: str = ""
) -> None:
    """Abort a deployment that devices ask for, as `abort_deployment`. Raises NotFound, also for one that is pushed."""
    _abort(service, lambda: load_software(service, workspace, deployment_id), by, now)


def _abort(service: Service, read: Callable[[], Progress], by: str, now: datetime) -> None:
    aborting = commit(service.table, lambda: _begin(service, read(), by, now))
    if aborting.deployment.state is State.ABORTING:
        complete_abort(service, aborting.deployment)
    wake_execution(service, aborting)


def _begin(service: Service, progress: Progress, by: str, now: datetime) -> tuple[Progress, list[Write]]:
    before = progress.deployment
    if before.state is State.ABORTING:
        return progress, []
    if progress.has_finished:
        raise DeploymentFinished("Deployment already finished")
    ids = artifact_ids(service, before)
    after = replace(before.withdrawn(now, by), artifact_ids=ids, rev=before.rev + 1)
    is_at_once = after.shards <= FENCED_AT_ONCE
    if is_at_once:
        after = replace(after, state=State.ABORTED)
    fences = [fence(after.workspace, after.id, shard) for shard in range(after.shards)] if is_at_once else []
    due = {} if is_at_once else due_attributes(after, now + _REPAIR_AFTER, "aborting")
    head = Put(head_key(after), {**head_item(after, rev=after.rev), **due}, Equal("rev", before.rev))
    return replace(progress, deployment=after), [head, *leave_active_lists(after), *fences]


def complete_abort(service: Service, aborting: Deployment) -> None:
    """Fence every counter shard and say that it is done. Running it again does no harm."""
    service.table.side_by_side(*(partial(_fence, service, aborting, shard) for shard in range(aborting.shards)))
    views = _fresh_views(service, aborting)
    commit(service.table, lambda: _end(next(views)))


def _fence(service: Service, aborting: Deployment, shard: int) -> None:
    commit(service.table, lambda: (None, [fence(aborting.workspace, aborting.id, shard)]))


def _fresh_views(service: Service, deployment: Deployment) -> Iterator[Deployment]:
    """Give the deployment as it was left, then what is stored each further time."""
    yield deployment
    while True:
        yield load_heads(service, deployment.workspace, [deployment.id])[deployment.id]


def _end(before: Deployment) -> tuple[None, list[Write]]:
    if before.state is State.ABORTED:
        return None, []
    after = replace(before, state=State.ABORTED)
    return None, [Put(head_key(after), head_item(after, rev=before.rev + 1), Equal("rev", before.rev))]
