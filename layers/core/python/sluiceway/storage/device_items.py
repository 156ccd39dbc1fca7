"""The head of a device, and its entry in the list of devices, as items (data model 1.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sluiceway.domain.device import AuthStatus, Device, DeviceEntry
from sluiceway.domain.fleet import UNGROUPED, GroupMembership, GroupSpan, Membership
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, read_moment, stored_moment, to_milliseconds
from sluiceway.storage.table import Item, Key, Value


def device_key(device: Device) -> Key:
    """Find the head of this device."""
    return keys.device(device.workspace, device.id)


def device_item(device: Device) -> Item:
    """Return the stored form of a head, at most 2,000 bytes: it is read with each call of the device."""
    optional: dict[str, Value] = {
        "aid": device.accepted,
        "done": device.done,
        "floor": device.floor,
        "device_type": device.device_type,
        "time_zone": device.time_zone,
        "last_seen": stored_moment(device.last_seen),
    }
    return {
        "device": device.id,
        "status": str(device.status),
        "created": to_milliseconds(device.created),
        "updated": to_milliseconds(device.updated),
        "ep": device.epoch,
        "rev": device.rev,
        **{name: value for name, value in optional.items() if value},
        **({} if device.reads_control_maps is None else {"reads_maps": device.reads_control_maps}),
        **_membership_item(device.membership),
        **_groups_item(device.groups),
    }


def read_device(workspace: str, stored: Item) -> Device:
    """Return the device of a head."""
    item = cast("Mapping[str, Any]", stored)
    return Device(
        workspace=workspace,
        id=item["device"],
        status=AuthStatus(item["status"]),
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        accepted=item.get("aid", ""),
        epoch=item["ep"],
        done=item.get("done", ""),
        floor=item.get("floor", ""),
        device_type=item.get("device_type", ""),
        time_zone=item.get("time_zone", ""),
        membership=_read_membership(item),
        groups=_read_groups(item),
        last_seen=read_moment(item.get("last_seen")),
        reads_control_maps=item.get("reads_maps"),
        rev=item["rev"],
    )


def entry_key(workspace: str, entry: DeviceEntry) -> Key:
    """Find this entry of the list of devices: it moves when the device's status changes."""
    return keys.device_entry(workspace, entry.status, entry.device_id)


def entry_item(entry: DeviceEntry) -> Item:
    """Return the stored form of an entry."""
    optional: dict[str, Value] = {"device_type": entry.device_type, "sets": entry.auth_sets}
    return {
        "device": entry.device_id,
        "status": str(entry.status),
        "identity": entry.identity,
        "created": to_milliseconds(entry.created),
        **{name: value for name, value in optional.items() if value},
        **_membership_item(entry.membership),
        **_groups_item(entry.groups),
    }


def read_entry(stored: Item) -> DeviceEntry:
    """Return the entry of an item."""
    item = cast("Mapping[str, Any]", stored)
    return DeviceEntry(
        device_id=item["device"],
        status=AuthStatus(item["status"]),
        identity=item["identity"],
        created=from_milliseconds(item["created"]),
        device_type=item.get("device_type", ""),
        time_zone=item.get("time_zone", ""),
        membership=_read_membership(item),
        groups=_read_groups(item),
        auth_sets=tuple(item.get("sets", ())),
    )


def _membership_item(membership: Membership) -> dict[str, Value]:
    """Store the span that is open under `in`, the closed ones end to end under `was`."""
    spans = [number for span in membership.past for number in span]
    since: dict[str, Value] = {} if membership.since is None else {"in": membership.since}
    return {**since, "was": spans} if spans else since


def _read_membership(item: Mapping[str, Any]) -> Membership:
    spans: Sequence[int] = item.get("was", ())
    past = tuple(zip(spans[::2], spans[1::2], strict=True)) if spans else ()
    return Membership(item.get("in"), past)


def _groups_item(groups: GroupMembership) -> dict[str, Value]:
    spans: list[Sequence[Value]] = [
        [span.mark, span.start, *([] if span.end is None else [span.end])] for span in groups.spans
    ]
    optional: dict[str, Value] = {"group": groups.group, "gwas": spans}
    return {name: value for name, value in optional.items() if value}


def _read_groups(item: Mapping[str, Any]) -> GroupMembership:
    group: str = item.get("group", "")
    spans: Sequence[Sequence[Any]] = item.get("gwas", ())
    if not group and not spans:
        return UNGROUPED
    return GroupMembership(group, tuple(GroupSpan(*span[:2], *(span[2:] or [None])) for span in spans))
