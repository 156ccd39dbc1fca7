"""Loading a device with all its keys, and storing what was decided about it in one transaction (data model 3.10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from sluiceway.domain.device import AuthSet, Device, KnownDevice, in_group
from sluiceway.domain.errors import NotFound
from sluiceway.storage import keys
from sluiceway.storage.auth_set_items import auth_set_item, auth_set_key, auth_sets_query, read_auth_set
from sluiceway.storage.changes import update_between
from sluiceway.storage.device_items import device_item, device_key, entry_item, entry_key, read_device, read_entry
from sluiceway.storage.fleet_items import FleetShard, move_device, read_fleet_shard
from sluiceway.storage.group_items import GroupShard, move_in_groups, read_group_shard
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Absent, Delete, Equal, Item, Key, Put, Update, Write
from sluiceway.usecases.device_limit import DeviceLimit, read_device_limit
from sluiceway.usecases.service import Service

REMOVING = "removing"
"""Kind of due work: a device is gone and its traces are not."""
_REPAIR_AFTER = timedelta(seconds=30)
_IN_NO_GROUP: Mapping[str, GroupShard] = MappingProxyType({})


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


@dataclass(frozen=True, slots=True)
class Ground:
    """What a decision about a device stands on besides the device itself, from one batch of reads."""

    identity: str
    """Empty when the device's status changed since its head was read: then nothing is stored either."""
    fleet: FleetShard
    """The fleet shard that counts it."""
    groups: Mapping[str, GroupShard]
    """The shards that count it in the group where it is, and in others that were asked for."""
    limit: DeviceLimit

    @property
    def next_number(self) -> int:
        """What the fleet shard calls the next join or leave."""
        return self.fleet.number + 1

    @property
    def next_in_groups(self) -> dict[str, int]:
        """What the shards of groups call the next join or leave."""
        return {group: shard.number + 1 for group, shard in self.groups.items()}


def load_ground(service: Service, device: Device, *other_groups: str) -> Ground:
    """Read what a decision about a device stands on."""
    workspace = device.workspace
    listed = keys.device_entry(workspace, device.status, device.id)
    counted, home = _shard_key(device), keys.workspace(workspace)
    named = {device.groups.group, *other_groups} - {""}
    shards = {group: keys.group_shard_key(workspace, group, device.id) for group in named}
    found = service.table.get_many([listed, counted, home, *shards.values()])
    return Ground(
        identity=read_entry(found[listed]).identity if listed in found else "",
        fleet=read_fleet_shard(found.get(counted)),
        groups={group: read_group_shard(found.get(key)) for group, key in shards.items()},
        limit=read_device_limit(workspace, found.get(home)),
    )


def load_known_device(
    service: Service, workspace: str, device_id: str, *other_groups: str
) -> tuple[KnownDevice, Ground]:
    """Read a device with all its keys and what a decision about it stands on. Raises NotFound."""
    device = load_device(service, workspace, device_id)
    if device is None:
        raise NotFound(f"device {device_id}")
    auth_sets = load_auth_sets(service, device)
    ground = load_ground(service, device, *other_groups)
    return KnownDevice(device, ground.identity, auth_sets), ground


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


def decision_writes(before: KnownDevice, after: KnownDevice, ground: Ground) -> list[Write]:
    """Store what was decided about a device's keys; in its group it counts as accepted when it is."""
    grouped = in_group(after, after.device.groups.group, ground.next_in_groups)
    return changed_device_writes(before, grouped, ground.fleet, ground.groups)


def changed_device_writes(
    before: KnownDevice, after: KnownDevice, shard: FleetShard, groups: Mapping[str, GroupShard] = _IN_NO_GROUP
) -> list[Write]:
    """Store what was decided about a device, if nobody else decided meanwhile; nothing when nothing changed.

    Only what changed is written: marks that reports leave on the head at the same time stay.
    """
    if before == after:
        return []
    former, device = before.device, after.device
    unchanged = Equal("rev", former.rev)
    moved = move_device(
        _shard_key(device), shard, former.status, device.status, numbered=former.is_accepted != device.is_accepted
    )
    return [
        update_between(device_key(device), device_item(former), device_item(device), unchanged),
        *_entry_writes(before, after),
        *_auth_set_writes(before, after),
        *move_in_groups(former, device, groups),
        *([moved] if moved else []),
    ]


def removed_device_writes(known: KnownDevice, ground: Ground, now: datetime) -> tuple[Device, list[Write]]:
    """Take a device away: from here on it does not exist, and whoever comes with its tokens is refused.

    What remains is a mark, which says of which cuts it is a target for ever, and is due until the rest is tidied up.
    """
    former = known.device
    membership = former.membership.left(ground.next_number)
    groups = former.groups.moved("", is_accepted=False, numbers=ground.next_in_groups)
    gone = replace(former, membership=membership, groups=replace(groups, group=""), updated=now, rev=former.rev + 1)
    moved = move_device(_shard_key(gone), ground.fleet, former.status, None, numbered=former.is_accepted)
    return gone, [
        Delete(device_key(former), Equal("rev", former.rev)),
        Delete(entry_key(former.workspace, known.entry)),
        Delete(keys.identity(former.workspace, known.identity)),
        Put(keys.gone_device(gone.workspace, gone.id), {**device_item(gone), **removal_due(gone, now)}),
        Update(keys.sequence(gone.workspace), add={"removals": 1}),
        *move_in_groups(former, None, ground.groups),
        *([moved] if moved else []),
    ]


def removal_due(device: Device, now: datetime) -> Item:
    """Return the index attributes that make the tick finish a removal, when no call of the device runs any more."""
    when = now + _REPAIR_AFTER
    return {
        "G2PK": keys.due_index(device.workspace, device.id),
        "G2SK": keys.due_index_sort(when, REMOVING),
    }


def _entry_writes(before: KnownDevice, after: KnownDevice) -> list[Write]:
    workspace = after.device.workspace
    former, key = entry_key(workspace, before.entry), entry_key(workspace, after.entry)
    put = Put(key, entry_item(after.entry))
    return [put] if former == key else [Delete(former), put]


def _auth_set_writes(before: KnownDevice, after: KnownDevice) -> list[Write]:
    kept = [
        write
        for auth_set in after.auth_sets
        for write in _auth_set_write(after.device, before.auth_set(auth_set.id), auth_set)
    ]
    gone = [auth_set for auth_set in before.auth_sets if after.auth_set(auth_set.id) is None]
    return kept + [write for auth_set in gone for write in delete_auth_set(after.device, auth_set)]


def delete_auth_set(device: Device, auth_set: AuthSet) -> list[Write]:
    """Remove a key; a device's next decision is another one then, so that nothing else has to be checked."""
    pointer = keys.auth_set_pointer(device.workspace, auth_set.id)
    return [Delete(auth_set_key(device.workspace, auth_set)), Delete(pointer)]


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
