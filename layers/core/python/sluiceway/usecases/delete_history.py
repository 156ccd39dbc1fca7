"""Forgetting what a device has ended, so that it takes part again in what still runs (mender contract 4.2).

Rows stay, with a mark. Together with the last of them the device's head gives up its own marks, below which nothing
would be offered. Its next poll begins a new attempt of the oldest deployment that has not finished.
"""

from __future__ import annotations

from datetime import datetime

from sluiceway.domain.device import Device
from sluiceway.domain.device_deployment import DeviceDeployment, HistoryDeleted, decide
from sluiceway.domain.effective import effective
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage.commit import commit
from sluiceway.storage.device_items import device_key
from sluiceway.storage.table import Equal, Update, Write
from sluiceway.usecases.deployments import load_heads
from sluiceway.usecases.device_rows import all_rows
from sluiceway.usecases.known_devices import load_device
from sluiceway.usecases.row_changes import Change
from sluiceway.usecases.service import Service

_ROWS_AT_ONCE = 50
"""In one transaction, which holds 100 items."""


def delete_history(service: Service, workspace: str, device_id: str, now: datetime) -> None:
    """Mark everything that a device has ended as deleted; repeating it, also after a crash, does no harm.

    A device that nobody knows may have been named in a list of targets all the same; an id that nothing can have is in
    none.
    """
    more = is_possible_id(device_id)
    while more:
        more = commit(service.table, lambda: _plan(service, workspace, device_id, now))


def _plan(service: Service, workspace: str, device_id: str, now: datetime) -> tuple[bool, list[Write]]:
    """Take some rows, and with the last ones the marks of a head that was read before them.

    What ends meanwhile either changes that head or finds it changed.
    """
    device = load_device(service, workspace, device_id)
    changes = _changes(service, workspace, device_id, now)
    rows = [write for change in changes[:_ROWS_AT_ONCE] for write in change.writes]
    if len(changes) > _ROWS_AT_ONCE:
        return True, rows
    return False, rows + _unmark(device)


def _changes(service: Service, workspace: str, device_id: str, now: datetime) -> list[Change]:
    rows = all_rows(service, workspace, device_id)
    heads = load_heads(service, workspace, [row.deployment_id for row in rows if row.is_open])
    stands = [(row, effective(row, heads[row.deployment_id]) if row.deployment_id in heads else row) for row in rows]
    decisions = ((row, decide(standing, HistoryDeleted(), now)) for row, standing in stands)
    return [
        Change(row, decided, counted=not row.is_open)
        for row, decided in decisions
        if isinstance(decided, DeviceDeployment)
    ]


def _unmark(device: Device | None) -> list[Write]:
    marked = tuple(name for name in ("done", "floor") if device and getattr(device, name))
    if device is None or not marked:
        return []
    return [Update(device_key(device), remove=marked, add={"rev": 1}, condition=Equal("rev", device.rev))]
