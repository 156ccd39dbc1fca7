"""Ending the parts of devices that kept silent for too long (design section 4): only the execution comes here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import ACTIVE, DeadlinePassed, DeviceDeployment, Status, decide
from sluiceway.domain.effective import effective
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import read_head
from sluiceway.storage.device_items import read_device
from sluiceway.storage.paging import read_all
from sluiceway.storage.row_items import read_row, row_key
from sluiceway.storage.table import Query, Record, Write
from sluiceway.usecases.row_changes import Change, writes_for
from sluiceway.usecases.service import Service

MOST_AT_ONCE = 200
"""Rows that one look ends, so that it is through in time; the rest waits for the next, which follows at once."""
_RANKS = [status.rank for status in (*ACTIVE, Status.PENDING)]


def pass_deadlines(service: Service, deployment: Deployment, now: datetime) -> datetime | None:
    """End what is overdue and return when the next deadline passes, None when there is none.

    The index that finds rows may lag behind; the row itself decides.
    """
    bounded = sorted((row.deadline, row.device_id, row) for row in _working(service, deployment) if row.deadline)
    overdue = [row for deadline, _, row in bounded if deadline <= now]
    service.table.side_by_side(*(partial(_end, service, row, now) for row in overdue[:MOST_AT_ONCE]))
    left = bounded[min(len(overdue), MOST_AT_ONCE) :]
    return left[0][0] if left else None


def _working(service: Service, deployment: Deployment) -> Iterator[DeviceDeployment]:
    first, last = keys.rows_index_start(min(_RANKS)), keys.rows_index_start(max(_RANKS) + 1)
    for part in range(deployment.index_parts):
        partition = keys.rows_index(deployment.workspace, deployment.id, part)
        for record in read_all(service.table, Query(partition, first=first, last=last, index="GSI1")):
            yield read_row(deployment.workspace, record)


def _end(service: Service, row: DeviceDeployment, now: datetime) -> None:
    commit(service.table, lambda: (None, _plan(service, row, now)))


def _plan(service: Service, found: DeviceDeployment, now: datetime) -> list[Write]:
    """Decide on the row as it is; one that an abort ended meanwhile stays as it was."""
    key, device_key = row_key(found), keys.device(found.workspace, found.device_id)
    head_key = keys.deployment(found.workspace, found.deployment_id)
    items = service.table.get_many([key, device_key, head_key])
    if not items.keys() >= {key, head_key}:
        return []
    head = read_head(found.workspace, found.deployment_id, items[head_key])
    row = effective(read_row(found.workspace, Record(key, items[key])), head)
    ended = decide(row, DeadlinePassed(), now)
    if not isinstance(ended, DeviceDeployment):
        return []
    change = Change(row, ended)
    if head.is_pushed:
        return list(change.writes)
    return writes_for(read_device(found.workspace, items[device_key]), [change]) if device_key in items else []
