"""The log that a device sends of one deployment (mender contract 2.11, 9.5)."""

from __future__ import annotations

import io
from datetime import datetime

from sluiceway.artifacts.object_keys import log_key
from sluiceway.domain.device_deployment import DeviceDeployment, LogStored, decide
from sluiceway.domain.errors import NoSuchDeployment, NotFound
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.row_items import put_row, read_row
from sluiceway.storage.table import Record, Write
from sluiceway.usecases.deployments import load_heads
from sluiceway.usecases.device_rows import find_row
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import DeviceSession, fresh_views


def store_log(service: Service, session: DeviceSession, deployment_id: str, text: str, now: datetime) -> None:
    """Keep a device's log, in place of an earlier one; in any status, also after an abort.

    Raises NoSuchDeployment when the device has no part in the deployment or never asked for it.
    """
    row = _asked_row(service, session, deployment_id)
    key = log_key(row.workspace, deployment_id, row.device_id)
    service.objects.put(key, io.BytesIO(text.encode()), content_type="text/plain")
    views = fresh_views(service, session)
    commit(service.table, lambda: _mark(find_row(service, next(views), deployment_id), now))


def _asked_row(service: Service, session: DeviceSession, deployment_id: str) -> DeviceDeployment:
    try:
        row = find_row(service, session, deployment_id)
    except NotFound as absent:
        raise NoSuchDeployment(deployment_id) from absent
    if row.asked is None:
        raise NoSuchDeployment(deployment_id)
    return row


def _mark(row: DeviceDeployment, now: datetime) -> tuple[None, list[Write]]:
    marked = decide(row, LogStored(), now)
    return None, [put_row(row, marked)] if isinstance(marked, DeviceDeployment) else []


def read_log(service: Service, workspace: str, deployment_id: str, device_id: str) -> str:
    """Return the log as it was stored. Raises NotFound when there is none."""
    deployment = load_heads(service, workspace, [deployment_id]).get(deployment_id)
    if deployment is None:
        raise NotFound(f"deployment {deployment_id}")
    key = keys.row(workspace, device_id, deployment.order)
    stored = service.table.get(key)
    if stored is None or not read_row(workspace, Record(key, stored)).has_log:
        raise NotFound(f"log of device {device_id}")
    return service.objects.get(log_key(workspace, deployment_id, device_id)).decode()
