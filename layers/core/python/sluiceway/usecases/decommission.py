"""Taking a device out of its deployments, or out of the service altogether (mender contract 2.9, 6.2; data model 3.8).

A removal begins with one transaction that takes the device's head away: from then on nobody finds the device, its
tokens are refused, and a mark remembers of which cuts it is a target. Then its parts in deployments end, its inventory
and its keys go. A removal that dies in between is finished by the tick of due work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device import AuthStatus, Device, KnownDevice, without_key
from sluiceway.domain.device_deployment import DeviceDeployment, Status, Withdrawn, decide
from sluiceway.domain.errors import NotFound
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import BoardEntry, read_board_entry, read_head
from sluiceway.storage.device_items import read_device
from sluiceway.storage.paging import read_all
from sluiceway.storage.row_items import read_row
from sluiceway.storage.table import Delete, Item, Key, Query, Record, Update, Write
from sluiceway.usecases.device_rows import all_rows
from sluiceway.usecases.finishing import settle_finished
from sluiceway.usecases.known_devices import (
    Ground,
    decision_writes,
    delete_auth_set,
    load_auth_sets,
    load_device,
    load_known_device,
    removed_device_writes,
)
from sluiceway.usecases.row_changes import Change, writes_for
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a device may have an open part in a deployment."""

    deployment_id: str
    order: str


def withdraw_device(service: Service, workspace: str, device_id: str, now: datetime) -> None:
    """End every part of a device that has not ended as decommissioned; later deployments may target it again.

    A device that nobody knows may be named in a list of targets all the same; an id that nothing can have is in none.
    """
    if is_possible_id(device_id):
        _withdraw(service, workspace, device_id, load_device(service, workspace, device_id), now)


def remove_device(service: Service, workspace: str, device_id: str, now: datetime) -> None:
    """Remove a device with all its keys; whoever comes with one of its tokens is refused at once. Raises NotFound."""
    gone = commit(service.table, lambda: _removal(service, workspace, device_id, now))
    _tidy_up(service, gone)


def remove_auth_set(service: Service, workspace: str, device_id: str, auth_set_id: str, now: datetime) -> None:
    """Take a key away from a device. A device that was only preauthorized goes with its last key. Raises NotFound."""
    gone = commit(service.table, lambda: _key_removal(service, workspace, device_id, auth_set_id, now))
    if gone is not None:
        _tidy_up(service, gone)


def repair_removal(service: Service, record: Record) -> None:
    """Finish the removal that left this mark.

    Also one that came to its end is looked at again: a call of the device that was under way then may have made it a
    row of an open target since. By now no such call runs any more.
    """
    gone = read_device(keys.workspace_of(record.key.pk), record.item)
    _tidy_up(service, gone)
    _carry_out(service, [Update(record.key, remove=("G2PK", "G2SK"))])


def _tidy_up(service: Service, gone: Device) -> None:
    """Do what follows the removal of a device's head. Running it again does no harm."""
    workspace = gone.workspace
    _withdraw(service, workspace, gone.id, gone, gone.updated)
    _carry_out(service, [Delete(keys.inventory(workspace, gone.id))])
    for auth_set in load_auth_sets(service, gone):
        _carry_out(service, delete_auth_set(gone, auth_set))


def _carry_out(service: Service, writes: Sequence[Write]) -> None:
    commit(service.table, lambda: (None, writes))


def _removal(service: Service, workspace: str, device_id: str, now: datetime) -> tuple[Device, list[Write]]:
    known, ground = load_known_device(service, workspace, device_id)
    return removed_device_writes(known, ground, now)


def _key_removal(
    service: Service, workspace: str, device_id: str, auth_set_id: str, now: datetime
) -> tuple[Device | None, list[Write]]:
    known, ground = load_known_device(service, workspace, device_id)
    auth_set = known.auth_set(auth_set_id)
    if auth_set is None:
        raise NotFound(f"authentication set {auth_set_id} of device {device_id}")
    if len(known.auth_sets) == 1 and auth_set.status is AuthStatus.PREAUTHORIZED:
        return removed_device_writes(known, ground, now)
    return None, _without(known, auth_set_id, ground, now)


def _without(known: KnownDevice, auth_set_id: str, ground: Ground, now: datetime) -> list[Write]:
    return decision_writes(known, without_key(known, auth_set_id, now, number=ground.next_number), ground)


def _withdraw(service: Service, workspace: str, device_id: str, device: Device | None, now: datetime) -> None:
    for part in _open_parts(service, workspace, device_id, device):
        if _withdraw_from(service, workspace, device_id, part, now):
            settle_finished(service, workspace, part.deployment_id)


def _withdraw_from(service: Service, workspace: str, device_id: str, part: _Part, now: datetime) -> bool:
    return commit(service.table, lambda: _withdrawal(service, workspace, device_id, part, now))


def _open_parts(service: Service, workspace: str, device_id: str, device: Device | None) -> list[_Part]:
    """Find the open rows of a device, and the cuts on the board that it has no row of yet."""
    rows = all_rows(service, workspace, device_id)
    stored = [_Part(row.deployment_id, row.order) for row in rows if row.is_open]
    if device is None:
        return stored
    orders = {row.order for row in rows}
    board = (read_board_entry(record) for record in read_all(service.table, Query(keys.board(workspace))))
    unstored = [
        _Part(entry.deployment_id, entry.order)
        for entry in board
        if entry.order not in orders and _is_target(device, entry, rows)
    ]
    return stored + unstored


def _is_target(device: Device, entry: BoardEntry, rows: Sequence[DeviceDeployment]) -> bool:
    """Tell whether a deployment waits for the device; an open one takes none that it has not got."""
    if entry.undoes:
        return any(row.order == entry.undoes and row.is_restorable for row in rows)
    return entry.cut is not None and device.was_in(entry.cut)


def _withdrawal(
    service: Service, workspace: str, device_id: str, part: _Part, now: datetime
) -> tuple[bool, list[Write]]:
    """Decide on fresh reads; an aborted or finished deployment keeps what it says of its devices."""
    head, row_key = keys.deployment(workspace, part.deployment_id), keys.row(workspace, device_id, part.order)
    device_key = keys.device(workspace, device_id)
    found = service.table.get_many([head, row_key, device_key])
    deployment = read_head(workspace, part.deployment_id, found[head]) if head in found else None
    if deployment is None or deployment.is_over:
        return False, []
    row = _row(deployment, device_id, row_key, found.get(row_key))
    decided = decide(row, Withdrawn(Status.DECOMMISSIONED), now) if row else None
    if row is None or not isinstance(decided, DeviceDeployment):
        return False, []
    change = Change(row, decided)
    if device_key not in found:
        return True, list(change.writes)
    return True, writes_for(read_device(workspace, found[device_key]), [change])


def _row(deployment: Deployment, device_id: str, key: Key, stored: Item | None) -> DeviceDeployment | None:
    if stored is not None:
        return read_row(deployment.workspace, Record(key, stored))
    return deployment.row_of(device_id) if deployment.cut or deployment.rolls_back else None
