"""Groups of devices: a device is in one at most, and a group exists while it has devices (mender contract 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.device import AuthStatus, Device, in_group
from sluiceway.domain.errors import Invalid, NotFound
from sluiceway.domain.fleet import GROUP_SHARDS, Cut, check_group_name
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.device_items import read_entry
from sluiceway.storage.group_items import GroupShard, read_group_shard
from sluiceway.storage.paging import read_all, read_first
from sluiceway.storage.table import LAST_SORT_KEY, Query, Write
from sluiceway.usecases.known_devices import changed_device_writes, load_device, load_known_device
from sluiceway.usecases.service import Service

MOST_MOVED_AT_ONCE = 500
"""Devices that one call puts into a group or takes out, each in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many of the named devices exist, and how many of them changed."""

    matched: int
    updated: int


@dataclass(frozen=True, slots=True)
class _Move:
    """Where devices go, empty for no group, and which group they must be in to go there, None for any."""

    to: str = ""
    out_of: str | None = None


def accepted_in_group_now(service: Service, workspace: str, group: str) -> tuple[int, Cut]:
    """Return how many devices of a group are accepted, and the cut of the group that tells who they are."""
    shards = _shards(service, workspace, group)
    return sum(shard.accepted for shard in shards), Cut(tuple(shard.number for shard in shards), group)


def group_of(service: Service, workspace: str, device_id: str) -> str:
    """Return the group of a device, empty when it is in none. Raises NotFound."""
    return _existing(service, workspace, device_id).groups.group


def put_in_group(service: Service, workspace: str, device_id: str, group: str | None, now: datetime) -> None:
    """Put a device into a group, or with None into none, out of the one where it was.

    Raises Invalid for a bad name, and NotFound.
    """
    if group is not None:
        check_group_name(group)
    if _move(service, workspace, device_id, _Move(to=group or ""), now) is None:
        raise NotFound(f"device {device_id}")


def take_out_of_group(service: Service, workspace: str, device_id: str, group: str, now: datetime) -> None:
    """Take a device out of a group. Raises NotFound when it is not in it."""
    if not _move(service, workspace, device_id, _Move(out_of=group), now):
        raise NotFound(f"device {device_id} in group {group}")


def put_many_in_group(service: Service, workspace: str, group: str, device_ids: Iterable[str], now: datetime) -> Moved:
    """Put those of the devices that exist into a group. Raises Invalid for a bad name, or more than 500 devices."""
    check_group_name(group)
    return _move_many(service, workspace, device_ids, _Move(to=group), now)


def take_many_out_of_group(
    service: Service, workspace: str, group: str, device_ids: Iterable[str], now: datetime
) -> Moved:
    """Take those of the devices out of a group that are in it. Raises Invalid for more than 500 devices."""
    return _move_many(service, workspace, device_ids, _Move(out_of=group), now)


def delete_group(service: Service, workspace: str, group: str, now: datetime) -> Moved:
    """Take all devices out of a group. Raises NotFound, and Invalid above 500 devices before any has left."""
    size = _size(service, workspace, group)
    if size > MOST_MOVED_AT_ONCE:
        raise Invalid(
            f"the group has {size} devices and one call moves {MOST_MOVED_AT_ONCE}: take some out by their ids first"
        )
    return take_many_out_of_group(service, workspace, group, members_of(service, workspace, group, size), now)


def list_groups(service: Service, workspace: str, status: AuthStatus | None = None) -> list[str]:
    """Return the groups by name, with a status those that have devices of it."""
    if status:
        listed = Query(keys.device_directory(workspace), first=f"{status}#", last=f"{status}#{LAST_SORT_KEY}")
        entries = (read_entry(record.item) for record in read_all(service.table, listed))
        return sorted({entry.groups.group for entry in entries} - {""})
    shards = read_all(service.table, Query(keys.groups(workspace)))
    return sorted({str(record.item["group"]) for record in shards if read_group_shard(record.item).all})


def list_members(service: Service, workspace: str, group: str, *, offset: int, limit: int) -> tuple[list[str], int]:
    """Return a page of the ids of a group's devices, and how many there are. Raises NotFound."""
    size = _size(service, workspace, group)
    return members_of(service, workspace, group, offset + limit)[offset:], size


def _shards(service: Service, workspace: str, group: str) -> list[GroupShard]:
    found = service.table.query(keys.group_shards(workspace, group))
    items = {record.key: record.item for record in found.records}
    places = (keys.group_shard_item(workspace, group, number) for number in range(GROUP_SHARDS))
    return [read_group_shard(items.get(place)) for place in places]


def _size(service: Service, workspace: str, group: str) -> int:
    size = sum(shard.all for shard in _shards(service, workspace, group))
    if not size:
        raise NotFound(f"group {group}")
    return size


def members_of(service: Service, workspace: str, group: str, count: int) -> list[str]:
    """Return the ids of a group's first devices."""
    records = read_first(service.table, Query(keys.group_members(workspace, group)), count)
    return [str(record.item["device"]) for record in records]


def _existing(service: Service, workspace: str, device_id: str) -> Device:
    device = load_device(service, workspace, device_id)
    if device is None:
        raise NotFound(f"device {device_id}")
    return device


def _move_many(service: Service, workspace: str, device_ids: Iterable[str], move: _Move, now: datetime) -> Moved:
    ids = list(dict.fromkeys(device_ids))
    if len(ids) > MOST_MOVED_AT_ONCE:
        raise Invalid(f"too many devices: at most {MOST_MOVED_AT_ONCE} in one call")
    moved = [_move(service, workspace, device_id, move, now) for device_id in ids]
    return Moved(sum(each is not None for each in moved), sum(each or False for each in moved))


def _move(service: Service, workspace: str, device_id: str, move: _Move, now: datetime) -> bool | None:
    """Move a device; tell whether that changed anything, None without the device."""
    try:
        return commit(service.table, lambda: _plan(service, workspace, device_id, move, now))
    except NotFound:
        return None


def _plan(service: Service, workspace: str, device_id: str, move: _Move, now: datetime) -> tuple[bool, list[Write]]:
    known, ground = load_known_device(service, workspace, device_id, move.to)
    current = known.device.groups.group
    if current == move.to or move.out_of not in {None, current}:
        return False, []
    moved = in_group(known, move.to, ground.next_in_groups)
    after = replace(moved, device=replace(moved.device, updated=now))
    return True, changed_device_writes(known, after, ground.fleet, ground.groups)
