"""Devices that take configuration as items: the head, its entry in the list, and the slot on the head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sluiceway.domain.choices import Choice
from sluiceway.domain.config_deployment import ConfigSlot
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, read_moment, stored_moment, to_milliseconds
from sluiceway.storage.table import Absent, AllOf, AnyOf, Equal, Item, Key, Present, Put, Update, Value

_MOMENTS = ("activated", "connected", "last_seen")
_TEXTS = ("agent_version", "session_id", "key_id")


def config_device_item(device: ConfigDevice) -> Item:
    """Return the stored form of a head; what is empty is left out."""
    optional: dict[str, Value] = {
        **{name: getattr(device, name) for name in _TEXTS},
        **{name: stored_moment(getattr(device, name)) for name in _MOMENTS},
        **_pointers(device.slot),
        "deleted": device.is_deleted,
    }
    return {
        "device": device.id,
        "name": device.name,
        "created": to_milliseconds(device.created),
        "updated": to_milliseconds(device.updated),
        "ep": device.epoch,
        "given": device.slot.given,
        "slot_rev": device.slot.rev,
        **{name: value for name, value in optional.items() if value},
    }


def read_config_device(workspace: str, stored: Item) -> ConfigDevice:
    """Return the device of a head."""
    item = cast("Mapping[str, Any]", stored)
    moments: dict[str, Any] = {name: read_moment(item.get(name)) for name in _MOMENTS}
    return ConfigDevice(
        workspace=workspace,
        id=item["device"],
        name=item["name"],
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        slot=_read_slot(item),
        agent_version=item.get("agent_version", ""),
        session_id=item.get("session_id", ""),
        key_id=item.get("key_id", ""),
        epoch=item["ep"],
        is_deleted=item.get("deleted", False),
        **moments,
    )


def _pointers(slot: ConfigSlot) -> dict[str, Value]:
    at, plan = slot.choice or (None, "")
    return {"target": slot.target, "release": slot.release, "chosen": stored_moment(at), "plan": plan}


def _read_slot(item: Mapping[str, Any]) -> ConfigSlot:
    at = read_moment(item.get("chosen"))
    return ConfigSlot(
        target=item.get("target", ""),
        release=item.get("release", ""),
        given=item["given"],
        choice=Choice(at, item.get("plan", "")) if at else None,
        rev=item["slot_rev"],
    )


def change_slot(device: ConfigDevice, after: ConfigSlot) -> Update:
    """Give a device's slot its next content, if nobody else decided about it since the device was read."""
    changed: dict[str, Value] = {"given": after.given, **_pointers(after)}
    return Update(
        keys.config_device(device.workspace, device.id),
        set={name: value for name, value in changed.items() if value or name == "given"},
        add={"slot_rev": 1},
        remove=tuple(name for name, value in changed.items() if not value and name != "given"),
        condition=Equal("slot_rev", device.slot.rev),
    )


def change_enrolment(before: ConfigDevice, after: ConfigDevice) -> Update:
    """Store what an activation changes about a device, if nobody decided about it or renamed it since it was read."""
    changed = ("name", "key_id", "session_id", "agent_version", "activated", "updated", "ep")
    stored = config_device_item(after)
    return replace(
        change_slot(before, after.slot),
        set={**change_slot(before, after.slot).set, **{name: stored[name] for name in changed if name in stored}},
        condition=AllOf((Equal("slot_rev", before.slot.rev), Equal("name", before.name))),
    )


def note_contact(device: ConfigDevice, now: datetime) -> Update:
    """Note that a device called; its `updated` and `slot_rev` stay, so that nobody is held up."""
    heard = device.heard(now)
    moments = {"connected": stored_moment(heard.connected), "last_seen": stored_moment(heard.last_seen)}
    return Update(keys.config_device(device.workspace, device.id), set=moments, condition=Present())


def change_agent_version(device: ConfigDevice, version: str, now: datetime) -> Update:
    """Store which program a device runs, unless it was activated again or deleted since it was read."""
    return Update(
        keys.config_device(device.workspace, device.id),
        set={"agent_version": version, "updated": to_milliseconds(now)},
        condition=Equal("ep", device.epoch),
    )


def put_device_key(device: ConfigDevice, public_key: str) -> Put:
    """Store the public key of a device, in PEM."""
    return Put(keys.config_device_key(device.workspace, device.id), {"pem": public_key})


def claim_key(device: ConfigDevice) -> Put:
    """Let a device be found by its public key, unless another device is."""
    is_its_own = AllOf((Equal("ws", device.workspace), Equal("device", device.id)))
    pointer = {"ws": device.workspace, "device": device.id}
    return Put(keys.config_key_pointer(device.key_id), pointer, AnyOf((Absent(), is_its_own)))


def config_device_entry_key(device: ConfigDevice) -> Key:
    """Find this device in the list."""
    return keys.config_device_entry(device.workspace, device.created, device.id)
