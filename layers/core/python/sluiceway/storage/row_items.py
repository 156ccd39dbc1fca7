"""Device deployments as items: under the device, and by status under the deployment through GSI1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.storage import keys
from sluiceway.storage.deadlines_items import deadlines_item, read_deadlines
from sluiceway.storage.moments import read_moment, stored_moment
from sluiceway.storage.retry_items import read_retry, retry_item
from sluiceway.storage.table import Absent, Equal, Item, Key, Put, Record, Value

_MOMENTS = ("asked", "started", "finished", "not_before", "deadline")
_TEXTS = ("substate", "device_type", "previous", "restores", "request_digest")
_FLAGS = ("late", "deleted", "is_planned", "withdraws_success")


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
        "G1SK": keys.rows_index_sort(row.status.rank, row.device_id),
        **{name: value for name, value in optional.items() if value},
    }


def read_row(workspace: str, record: Record) -> DeviceDeployment:
    """Return the device deployment of an item; attributes that an index does not project read as empty."""
    item = cast("Mapping[str, Any]", record.item)
    optional: dict[str, Any] = {
        **{name: read_moment(item.get(name)) for name in _MOMENTS},
        **{name: item.get(name, "") for name in _TEXTS},
        **{name: item.get(name, False) for name in _FLAGS},
    }
    return DeviceDeployment(
        workspace=workspace,
        deployment_id=item["dep"],
        device_id=item["device"],
        order=record.key.sk.removeprefix(keys.FIRST_ROW),
        shard=item.get("shard", 0),
        index_part=item.get("part", 0),
        phase=item.get("phase", 0),
        status=Status(item["status"]),
        attempt=item["attempt"],
        retry=read_retry(item.get("retry")),
        deadlines=read_deadlines(item.get("deadlines", {})),
        artifact_id=item.get("artifact", ""),
        has_log=item.get("log", False),
        rev=item["rev"],
        **optional,
    )
