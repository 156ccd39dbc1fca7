"""Ending the parts of devices that kept silent for too long (design section 4): only the execution comes here.

Whoever calls is not silent: a device that may have its next attempt and is held back, for want of a place or by its
windows, is waited for as long as it calls, and until it was to come again. During a pause none is to come.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device import Device
from sluiceway.domain.device_deployment import DeadlinePassed, DeviceDeployment, decide
from sluiceway.domain.effective import effective
from sluiceway.domain.holds import expected_by
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import read_head
from sluiceway.storage.device_items import read_device
from sluiceway.storage.row_items import read_row, row_key
from sluiceway.storage.table import Query, Record, Write
from sluiceway.usecases.record_contact import NOTE_EVERY
from sluiceway.usecases.row_changes import Change, writes_for
from sluiceway.usecases.service import Service

MOST_AT_ONCE = 200
"""Rows that one look ends, so that it is through in time; the rest waits for the next, which follows at once."""
_INSTANT = timedelta(milliseconds=1)
"""The smallest step between two deadlines."""


def pass_deadlines(service: Service, deployment: Deployment, now: datetime) -> datetime | None:
    """End what is overdue and return when the next deadline passes, None when there is none.

    The index that finds rows, in the order of their deadlines, may lag behind; the row itself decides.
    """
    later = keys.deadlines_index_start(now + _INSTANT)
    overdue = _bounded(service, deployment, keys.FIRST_DEADLINE, later, limit=MOST_AT_ONCE + 1)
    service.table.side_by_side(*(partial(_end, service, row, now) for row in overdue[:MOST_AT_ONCE]))
    coming = overdue[MOST_AT_ONCE:] or _bounded(service, deployment, later, keys.LAST_DEADLINE, limit=1)
    return min((row.deadline for row in coming if row.deadline), default=None)


def _bounded(service: Service, deployment: Deployment, first: str, last: str, limit: int) -> list[DeviceDeployment]:
    """Find so many rows in each part of the index, those with the first deadlines of all."""
    parts = (keys.rows_index(deployment.workspace, deployment.id, part) for part in range(deployment.index_parts))
    pages = service.table.query_together(*(Query(part, first, last, index="GSI1", limit=limit) for part in parts))
    found = sorted((record for page in pages for record in page.records), key=lambda record: str(record.item["G1SK"]))
    return [read_row(deployment.workspace, record) for record in found]


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
    device = read_device(found.workspace, items[device_key]) if device_key in items else None
    expected = _expected_by(head, row, device, now) if device else None
    decided = decide(row, DeadlinePassed(expected), now)
    if not isinstance(decided, DeviceDeployment):
        return []
    change = Change(row, decided)
    if head.is_pushed:
        return list(change.writes)
    return writes_for(device, [change]) if device else []


def _expected_by(head: Deployment, row: DeviceDeployment, device: Device, now: datetime) -> datetime | None:
    """Return by when the device is to come for its next attempt: during a pause nobody tells it to."""
    called = now if head.steering.pause else _may_have_called(device)
    return expected_by(head.steering, row, device.time_zone, called)


def _may_have_called(device: Device) -> datetime | None:
    """Return when the device may have called last: what is noted of that is as old as a note may be."""
    return device.last_seen + NOTE_EVERY if device.last_seen else None
