"""Picking up what somebody began and did not finish (data model 1.7). A tick each minute comes here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import cast

from sluiceway.domain.deployment import Deployment
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import due_attributes, read_head
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Equal, Query, Record, Update, Write
from sluiceway.usecases.abort_deployment import complete_abort
from sluiceway.usecases.seed_rows import seed_rows
from sluiceway.usecases.service import Service

_LEASE = timedelta(minutes=20)
"""Longer than a worker can run (15 minutes), so that no two do the same work side by side."""
_REPAIRS: Mapping[str, Callable[[Service, Deployment], None]] = {
    "aborting": complete_abort,
    "seeding": seed_rows,
}


def repair_due(service: Service, now: datetime) -> int:
    """Finish what is due and nobody else has taken, and return how many pieces of work that was."""
    return sum(_repair(service, record, now) for record in _due(service, now))


def _due(service: Service, now: datetime) -> list[Record]:
    partitions = (Query(each, last=keys.order_of(now), index="GSI2") for each in keys.due_partitions())
    return [record for partition in partitions for record in read_all(service.table, partition)]


def _repair(service: Service, record: Record, now: datetime) -> bool:
    mark = cast("str", record.item["G2SK"])
    deployment = commit(service.table, lambda: _take(service, record, mark, now))
    if deployment is not None:
        _REPAIRS[keys.due_kind(mark)](service, deployment)
    return deployment is not None


def _take(service: Service, record: Record, mark: str, now: datetime) -> tuple[Deployment | None, list[Write]]:
    """Move the mark behind the lease; None when the work was done or taken since the index was read."""
    item = service.table.get(record.key)
    if item is None or item.get("G2SK") != mark:
        return None, []
    workspace, deployment_id = keys.deployment_of(record.key.pk)
    deployment = read_head(workspace, deployment_id, item)
    lease = due_attributes(deployment, now + _LEASE, keys.due_kind(mark))
    return deployment, [Update(record.key, set=lease, add={"rev": 1}, condition=Equal("G2SK", mark))]
