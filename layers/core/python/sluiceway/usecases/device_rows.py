"""Finding a device's part in one deployment, stored or not yet."""

from __future__ import annotations

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device import Device
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.effective import effective
from sluiceway.domain.errors import NotFound
from sluiceway.storage import keys
from sluiceway.storage.paging import read_all
from sluiceway.storage.row_items import read_row
from sluiceway.storage.table import Query, Record
from sluiceway.usecases.deployments import load_heads
from sluiceway.usecases.open_targets import meets_now
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import DeviceSession


def find_row(service: Service, session: DeviceSession, deployment_id: str) -> DeviceDeployment:
    """Return the device's row, from the session when it is among the newest there. Raises NotFound when it has no part.

    The row is as stored: `as_of_now` tells what an abort made of it.
    """
    recent = (row for row in session.rows if row.deployment_id == deployment_id)
    return next(recent, None) or _load_row(service, session.device, deployment_id)


def all_rows(service: Service, workspace: str, device_id: str) -> list[DeviceDeployment]:
    """Return the rows of a device, oldest first, as stored."""
    partition = keys.device_partition(workspace, device_id)
    records = read_all(service.table, Query(partition, first=keys.FIRST_ROW, last=keys.LAST_ROW))
    return [read_row(workspace, record) for record in records]


def as_of_now(service: Service, row: DeviceDeployment) -> DeviceDeployment:
    """Return the row as every reader must see it, at the price of reading the head of its deployment."""
    heads = load_heads(service, row.workspace, [row.deployment_id])
    return effective(row, heads[row.deployment_id])


def _load_row(service: Service, device: Device, deployment_id: str) -> DeviceDeployment:
    deployment = load_heads(service, device.workspace, [deployment_id]).get(deployment_id)
    if deployment is None:
        raise NotFound(f"deployment {deployment_id}")
    key = keys.row(device.workspace, device.id, deployment.order)
    stored = service.table.get(key)
    if stored is not None:
        return read_row(device.workspace, Record(key, stored))
    row = _unstored(service, device, deployment)
    if row is None:
        raise NotFound(f"device {device.id} has no part in deployment {deployment.id}")
    return row


def _unstored(service: Service, device: Device, deployment: Deployment) -> DeviceDeployment | None:
    if deployment.rolls_back:
        undone = load_heads(service, device.workspace, [deployment.rolls_back])[deployment.rolls_back]
        key = keys.row(device.workspace, device.id, undone.order)
        stored = service.table.get(key)
        return deployment.restoring_row_of(read_row(device.workspace, Record(key, stored))) if stored else None
    return deployment.row_of(device.id) if _is_target(service, device, deployment) else None


def _is_target(service: Service, device: Device, deployment: Deployment) -> bool:
    """Tell whether the device gets a row when it first speaks of a deployment; an open target takes none in the end."""
    if deployment.filter:
        return not deployment.is_over and meets_now(service, device, deployment.filter.terms)
    return deployment.cut is not None and device.was_in(deployment.cut)
