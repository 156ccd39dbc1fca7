"""Loading a device with all its keys, and storing what was decided about it in one transaction (data model 3.10)."""

from __future__ import annotations

from sluiceway.domain.device import AuthSet, AuthStatus, Device, KnownDevice
from sluiceway.storage import keys
from sluiceway.storage.auth_set_items import auth_set_item, auth_set_key, auth_sets_query, read_auth_set
from sluiceway.storage.changes import update_between
from sluiceway.storage.device_items import device_item, device_key, entry_item, entry_key, read_device, read_entry
from sluiceway.storage.fleet_items import FleetShard, move_device, read_fleet_shard
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Absent, Delete, Equal, Key, Put, Write
from sluiceway.usecases.service import Service


def load_device(service: Service, workspace: str, device_id: str) -> Device | None:
    """Read the head of a device."""
    stored = service.table.get(keys.device(workspace, device_id))
    return read_device(workspace, stored) if stored else None


def load_auth_sets(service: Service, device: Device) -> tuple[AuthSet, ...]:
    """Read the keys of a device whose head was read before.

    In this order a key that came in between makes the head's `rev` stale, and what is decided is not stored.
    """
    records = read_all(service.table, auth_sets_query(device.workspace, device.id))
    return tuple(read_auth_set(record.item) for record in records)


def load_identity_and_shard(service: Service, device: Device) -> tuple[str, FleetShard]:
    """Read what a decision about a device needs besides: its identity, and the fleet shard that counts it.

    The identity is empty when the device's status changed since its head was read: then nothing is stored either.
    """
    listed = keys.device_entry(device.workspace, device.status, device.id)
    counted = _shard_key(device)
    found = service.table.get_many([listed, counted])
    identity = read_entry(found[listed]).identity if listed in found else ""
    return identity, read_fleet_shard(found.get(counted))


def new_device_writes(known: KnownDevice) -> list[Write]:
    """Store a device that was never seen before, with its one key."""
    device = known.device
    shard = move_device(_shard_key(device), FleetShard(0, {}), None, device.status, numbered=False)
    return [
        Put(device_key(device), device_item(device), Absent()),
        Put(keys.identity(device.workspace, known.identity), {"device": device.id}, Absent()),
        Put(entry_key(device.workspace, known.entry), entry_item(known.entry)),
        *(write for auth_set in known.auth_sets for write in _new_auth_set(device, auth_set)),
        *([shard] if shard else []),
    ]


def changed_device_writes(before: KnownDevice, after: KnownDevice, shard: FleetShard) -> list[Write]:
    """Store what was decided about a device, if nobody else decided meanwhile; nothing when nothing changed.

    Only what changed is written: marks that reports leave on the head at the same time stay.
    """
    if before == after:
        return []
    former, device = before.device, after.device
    unchanged = Equal("rev", former.rev)
    moved = move_device(
        _shard_key(device), shard, former.status, device.status, numbered=_is_in(former) != _is_in(device)
    )
    return [
        update_between(device_key(device), device_item(former), device_item(device), unchanged),
        *_entry_writes(before, after),
        *_auth_set_writes(before, after),
        *([moved] if moved else []),
    ]


def _is_in(device: Device) -> bool:
    return device.status is AuthStatus.ACCEPTED


def _entry_writes(before: KnownDevice, after: KnownDevice) -> list[Write]:
    workspace = after.device.workspace
    former, key = entry_key(workspace, before.entry), entry_key(workspace, after.entry)
    put = Put(key, entry_item(after.entry))
    return [put] if former == key else [Delete(former), put]


def _auth_set_writes(before: KnownDevice, after: KnownDevice) -> list[Write]:
    return [
        write
        for auth_set in after.auth_sets
        for write in _auth_set_write(after.device, before.auth_set(auth_set.id), auth_set)
    ]


def _auth_set_write(device: Device, former: AuthSet | None, auth_set: AuthSet) -> list[Write]:
    if former is None:
        return _new_auth_set(device, auth_set)
    if former == auth_set:
        return []
    unchanged = Equal("rev", former.rev)
    key = auth_set_key(device.workspace, auth_set)
    return [update_between(key, auth_set_item(former), auth_set_item(auth_set), unchanged)]


def _new_auth_set(device: Device, auth_set: AuthSet) -> list[Write]:
    pointer = keys.auth_set_pointer(device.workspace, auth_set.id)
    return [
        Put(auth_set_key(device.workspace, auth_set), auth_set_item(auth_set), Absent()),
        Put(pointer, {"device": device.id}, Absent()),
    ]


def _shard_key(device: Device) -> Key:
    return keys.fleet_shard_key(device.workspace, device.id)
