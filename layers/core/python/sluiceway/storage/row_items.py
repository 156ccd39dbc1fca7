"""Device deployments as items: under the device, and through GSI1 under the deployment, by deadline or by status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.storage import keys
from sluiceway.storage.deadlines_items import deadlines_item, read_deadlines
from sluiceway.storage.moments import read_moment, stored_moment
from sluiceway.storage.retry_items import read_retry, retry_item
from sluiceway.storage.table import Absent, Equal, Item, Key, Put, Record, Value

_MOMENTS = ("asked", "offered", "started", "finished", "not_before", "deadline")
_TEXTS = ("substate", "device_type", "previous", "restores", "undoes", "request_digest")
_FLAGS = ("late", "deleted", "taken_back", "is_planned", "withdraws_success")


def row_key(row: DeviceDeployment) -> Key:
    """Find the row of this device deployment."""
    return keys.row(row.workspace, row.device_id, row.order)


def put_row(before: DeviceDeployment, after: DeviceDeployment) -> Put:
    """Replace a row as it was read, or make it when `before` was never stored (its `rev` is 0)."""
    condition = Equal("rev", before.rev) if before.rev else Absent()
    return Put(row_key(after), row_item(after, rev=before.rev + 1), condition)


def row_item(row: DeviceDeployment, *, rev: int) -> Item:
    """Return the stored form; what is empty is left out."""
    optional: dict[str, Value] = {
        **{name: stored_moment(getattr(row, name)) for name in _MOMENTS},
        **{name: getattr(row, name) for name in (*_TEXTS, *_FLAGS)},
        "artifact": row.artifact_id,
        "log": row.has_log,
        "part": row.index_part,
        "phase": row.phase,
        "retry": retry_item(row.retry),
        "deadlines": deadlines_item(row.deadlines),
    }
    return {
        "dep": row.deployment_id,
        "device": row.device_id,
        "shard": row.shard,
        "status": str(row.status),
        "attempt": row.attempt,
        "rev": rev,
        "G1PK": keys.rows_index(row.workspace, row.deployment_id, row.index_part),
        "G1SK": _index_sort(row),
        **{name: value for name, value in optional.items() if value},
    }


def _index_sort(row: DeviceDeployment) -> str:
    if row.deadline is not None:
        return keys.deadlines_index_sort(row.deadline, row.device_id)
    return keys.rows_index_sort(row.status.rank, row.device_id)


def read_row(workspace: str, record: Record) -> DeviceDeployment:
    """Return the device deployment of an item; attributes that an index does not project read as empty."""
    item = cast("Mapping[str, Any]", record.item)
    given = item.get
    return DeviceDeployment(
        workspace=workspace,
        deployment_id=item["dep"],
        device_id=item["device"],
        order=record.key.sk.removeprefix(keys.FIRST_ROW),
        shard=given("shard", 0),
        index_part=given("part", 0),
        phase=given("phase", 0),
        status=Status(item["status"]),
        attempt=item["attempt"],
        retry=read_retry(given("retry")),
        is_planned=given("is_planned", False),
        deadlines=read_deadlines(given("deadlines")),
        withdraws_success=given("withdraws_success", False),
        asked=read_moment(given("asked")),
        offered=read_moment(given("offered")),
        started=read_moment(given("started")),
        finished=read_moment(given("finished")),
        not_before=read_moment(given("not_before")),
        deadline=read_moment(given("deadline")),
        late=given("late", False),
        taken_back=given("taken_back", False),
        substate=given("substate", ""),
        device_type=given("device_type", ""),
        artifact_id=given("artifact", ""),
        previous=given("previous", ""),
        restores=given("restores", ""),
        undoes=given("undoes", ""),
        request_digest=given("request_digest", ""),
        has_log=given("log", False),
        deleted=given("deleted", False),
        rev=item["rev"],
    )
