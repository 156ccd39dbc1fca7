"""Whether a retry that was waited for is still to come (data model 3.11)."""

from __future__ import annotations

from dataclasses import dataclass

from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.storage import keys
from sluiceway.storage.row_items import read_row
from sluiceway.storage.table import Record
from sluiceway.usecases.device_rows import as_of_now
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Retry:
    """One attempt of one device in one deployment."""

    workspace: str
    deployment_id: str
    device_id: str
    order: str
    attempt: int


def is_still_due(service: Service, retry: Retry) -> bool:
    """Tell whether the attempt waits for the device: not aborted, not begun, not followed by another."""
    key = keys.row(retry.workspace, retry.device_id, retry.order)
    stored = service.table.get(key)
    if stored is None:
        return False
    return _waits(as_of_now(service, read_row(retry.workspace, Record(key, stored))), retry.attempt)


def _waits(row: DeviceDeployment, attempt: int) -> bool:
    return row.status is Status.PENDING and row.attempt == attempt and not row.request_digest
