"""Picking up what somebody began and did not finish (data model 1.7). A tick each minute comes here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias, cast

from sluiceway.domain.deployment import Deployment
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.config_deployment_items import DUE_KIND as VALIDATION
from sluiceway.storage.deployment_items import read_head
from sluiceway.storage.event_items import DUE_KIND as EVENT
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Equal, Query, Record, Update, Write
from sluiceway.storage.unclaimed_items import DUE_KIND as BYTES
from sluiceway.storage.workflow_operation_items import DUE_KIND as WORKFLOW_OPERATION
from sluiceway.usecases.abort_deployment import complete_abort
from sluiceway.usecases.config_deployments import end_validation
from sluiceway.usecases.decommission import repair_removal
from sluiceway.usecases.direct_uploads import repair_upload
from sluiceway.usecases.known_devices import REMOVING
from sluiceway.usecases.outbox import replace_delivery
from sluiceway.usecases.rollouts import DUE as ROLLOUT
from sluiceway.usecases.rollouts import replace_execution
from sluiceway.usecases.seed_rows import SEEDING, seed_rows
from sluiceway.usecases.service import Service
from sluiceway.usecases.unclaimed_bytes import remove_unclaimed
from sluiceway.usecases.workflow_operations import repair_operation

_LEASE = timedelta(minutes=20)
"""Longer than a worker can run (15 minutes), so that no two do the same work side by side."""
_AGAIN_AFTER = timedelta(minutes=1)
Repair: TypeAlias = Callable[[Service, Record, datetime], None]


def _of_deployment(repair: Callable[[Service, Deployment], None]) -> Repair:
    def repair_record(service: Service, record: Record, _now: datetime) -> None:
        workspace, deployment_id = keys.deployment_of(record.key.pk)
        repair(service, read_head(workspace, deployment_id, record.item))

    return repair_record


def _of_upload(service: Service, record: Record, now: datetime) -> None:
    repair_upload(service, *keys.direct_upload_of(record.key.pk), now)


def _of_bytes(service: Service, record: Record, _now: datetime) -> None:
    remove_unclaimed(service, record)


def _of_rollout(service: Service, record: Record, _now: datetime) -> None:
    replace_execution(service, record)


def _of_removal(service: Service, record: Record, _now: datetime) -> None:
    repair_removal(service, record)


def _of_workflow_operation(service: Service, record: Record, _now: datetime) -> None:
    repair_operation(service, record)


def _of_validation(service: Service, record: Record, now: datetime) -> None:
    end_validation(service, keys.workspace_of(record.key.pk), cast("str", record.item["id"]), now)


_REPAIRS: Mapping[str, Repair] = {
    "aborting": _of_deployment(complete_abort),
    SEEDING: _of_deployment(seed_rows),
    "upload": _of_upload,
    BYTES: _of_bytes,
    ROLLOUT: _of_rollout,
    REMOVING: _of_removal,
    EVENT: replace_delivery,
    VALIDATION: _of_validation,
    WORKFLOW_OPERATION: _of_workflow_operation,
}


def due_work(service: Service, now: datetime) -> list[Record]:
    """Return the marks of what is due."""
    last = keys.order_of(now)
    partitions = (Query(each, last=last, index="GSI2") for each in keys.due_partitions())
    return [record for partition in partitions for record in read_all(service.table, partition)]


def repair(service: Service, record: Record, now: datetime) -> bool:
    """Finish a piece of due work; False when it was done or taken since its mark was read. Raises whatever went wrong.

    What fails stays taken, for as long as the lease lasts, unless it is put back.
    """
    mark = cast("str", record.item["G2SK"])
    taken = commit(service.table, lambda: _take(service, record, mark, now))
    if taken is not None:
        _REPAIRS[keys.due_kind(mark)](service, taken, now)
    return taken is not None


def _take(service: Service, record: Record, mark: str, now: datetime) -> tuple[Record | None, list[Write]]:
    """Move the mark behind the lease; None when the work was done or taken since the index was read."""
    item = service.table.get(record.key)
    if item is None or item.get("G2SK") != mark:
        return None, []
    taken = Record(record.key, item)
    return taken, [_move(record, mark, _at(record, now + _LEASE))]


def put_back(service: Service, record: Record, now: datetime) -> None:
    """Make a piece of work that failed due again in a minute, unless its mark has gone or says another time."""
    commit(service.table, lambda: (None, _plan_return(service, record, now)))


def _plan_return(service: Service, record: Record, now: datetime) -> list[Write]:
    lease, item = _at(record, now + _LEASE), service.table.get(record.key)
    return [_move(record, lease, _at(record, now + _AGAIN_AFTER))] if item and item.get("G2SK") == lease else []


def _at(record: Record, when: datetime) -> str:
    return keys.due_index_sort(when, keys.due_kind(cast("str", record.item["G2SK"])))


def _move(record: Record, before: str, after: str) -> Update:
    return Update(record.key, set={"G2SK": after}, add={"rev": 1}, condition=Equal("G2SK", before))
