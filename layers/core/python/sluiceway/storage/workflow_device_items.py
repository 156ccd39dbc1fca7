"""Devices that take workflows as items: the head, what describes it, and its entry in the list.

Neither has the sort key or the directory of the devices of another dialect, so that no other list shows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sluiceway.domain.workflow_device import DeviceClass, Tag, WorkflowDevice
from sluiceway.storage import keys
from sluiceway.storage.changes import update_between
from sluiceway.storage.moments import from_milliseconds, read_moment, stored_moment, to_milliseconds
from sluiceway.storage.table import Absent, Delete, Equal, Item, Key, Present, Put, Update, Value, Write

_NOT_LISTED = frozenset({"seen", "agent", "rev"})
"""What changes without the entry in the list."""


def new_workflow_device(device: WorkflowDevice, details: str) -> list[Write]:
    """Store a device for the first time; `details` is a JSON object, empty for none."""
    head = Put(_head_key(device), workflow_device_item(device), Absent())
    return [head, _put_entry(device), *_details(device, details)]


def changed_workflow_device(before: WorkflowDevice, after: WorkflowDevice, details: str | None) -> list[Write]:
    """Store what became of a device, if it still is as it was read; None leaves its details."""
    items = workflow_device_item(before), workflow_device_item(after)
    head = update_between(_head_key(after), *items, Equal("rev", before.rev))
    return [head, _put_entry(after), *(_details(after, details) if details is not None else [])]


def removed_workflow_device(device: WorkflowDevice) -> list[Write]:
    """Remove a device, if it still is as it was read."""
    return [
        Delete(_head_key(device), Equal("rev", device.rev)),
        Delete(keys.workflow_device_details(device.workspace, device.id)),
        Delete(keys.workflow_device_entry(device.workspace, device.created, device.id)),
    ]


def note_contact(device: WorkflowDevice, now: datetime) -> Update:
    """Note when a device called, unless it was removed meanwhile; nobody who decides about it is held up."""
    return Update(_head_key(device), set={"seen": to_milliseconds(now)}, condition=Present())


def note_agent(device: WorkflowDevice, agent_version: str) -> Update:
    """Note which agent a device has, unless it was removed meanwhile."""
    return Update(_head_key(device), set={"agent": agent_version}, add={"rev": 1}, condition=Present())


def workflow_device_item(device: WorkflowDevice) -> Item:
    """Return the stored form of a head; what is empty is left out."""
    optional: dict[str, Value] = {
        "tags": [list(tag) for tag in device.tags],
        "agent": device.agent_version,
        "seen": stored_moment(device.last_seen),
    }
    return {
        "device": device.id,
        "name": device.name,
        "class": str(device.device_class),
        "created": to_milliseconds(device.created),
        "updated": to_milliseconds(device.updated),
        "rev": device.rev,
        **{name: value for name, value in optional.items() if value},
    }


def read_workflow_device(workspace: str, stored: Item) -> WorkflowDevice:
    """Return the device of a head; one of the list does not say when it called or which agent it has."""
    item = cast("Mapping[str, Any]", stored)
    tags: Sequence[Sequence[str]] = item.get("tags", ())
    return WorkflowDevice(
        workspace=workspace,
        id=item["device"],
        name=item["name"],
        device_class=DeviceClass(item["class"]),
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        tags=tuple(Tag(*each) for each in tags),
        agent_version=item.get("agent", ""),
        last_seen=read_moment(item.get("seen")),
        rev=item.get("rev", 0),
    )


def read_details(stored: Item | None) -> str:
    """Return what a device is described by, as a JSON object; empty for none."""
    return cast("str", (stored or {}).get("json", ""))


def _head_key(device: WorkflowDevice) -> Key:
    return keys.workflow_device(device.workspace, device.id)


def _put_entry(device: WorkflowDevice) -> Put:
    key = keys.workflow_device_entry(device.workspace, device.created, device.id)
    item = workflow_device_item(device)
    return Put(key, {name: value for name, value in item.items() if name not in _NOT_LISTED})


def _details(device: WorkflowDevice, details: str) -> list[Write]:
    key = keys.workflow_device_details(device.workspace, device.id)
    return [Put(key, {"json": details}) if details else Delete(key)]
