"""The shards that count the devices of a group and number each join and leave of acceptance in it (data model 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from sluiceway.domain.device import Device
from sluiceway.storage import keys
from sluiceway.storage.table import Absent, Delete, Equal, Item, Put, Update, Write


class GroupShard(NamedTuple):
    """The number of the shard's last join or leave; its devices, and those of them that are accepted."""

    number: int = 0
    all: int = 0
    accepted: int = 0


def read_group_shard(stored: Item | None) -> GroupShard:
    """Return a shard; it comes into being with its first device, and stays when the last one leaves."""
    item = cast("Mapping[str, Any]", stored or {})
    return GroupShard(item.get("seq", 0), item.get("all", 0), item.get("accepted", 0))


def move_in_groups(before: Device, after: Device | None, shards: Mapping[str, GroupShard]) -> list[Write]:
    """Count a device where it is now and not where it was; a device that is None is nowhere.

    A join or a leave of acceptance takes the number after the shard's, if nobody else has. Raises KeyError when the
    shard of a group whose counts change was not read.
    """
    groups = {before.groups.group, after.groups.group if after else ""} - {""}
    return [write for group in sorted(groups) for write in _move(group, before, after, shards)]


def _move(group: str, before: Device, after: Device | None, shards: Mapping[str, GroupShard]) -> list[Write]:
    entered = _is_in(after, group) - _is_in(before, group)
    accepted = _is_accepted_in(after, group) - _is_accepted_in(before, group)
    shard = keys.group_shard_key(before.workspace, group, before.id)
    counts = {name: by for name, by in (("all", entered), ("accepted", accepted)) if by}
    counted: list[Write] = []
    if accepted:
        number = shards[group].number
        still = Equal("seq", number) if number else Absent("seq")
        counted = [Update(shard, set={"group": group}, add={**counts, "seq": 1}, condition=still)]
    elif counts:
        counted = [Update(shard, set={"group": group}, add=counts)]
    return [*counted, *_membership_writes(before, group, entered)]


def _membership_writes(device: Device, group: str, entered: int) -> list[Write]:
    member = keys.group_member(device.workspace, group, device.id)
    if not entered:
        return []
    return [Put(member, {"device": device.id})] if entered > 0 else [Delete(member)]


def _is_in(device: Device | None, group: str) -> bool:
    return device is not None and device.groups.group == group


def _is_accepted_in(device: Device | None, group: str) -> bool:
    return device is not None and device.groups.group == group and device.is_accepted
