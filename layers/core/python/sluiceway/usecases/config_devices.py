"""Devices that take configuration, as users manage them (miru contract 5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import cast

from sluiceway.domain.config_deployment import Abandon
from sluiceway.domain.config_device import ConfigDevice, check_device_name
from sluiceway.domain.errors import DeviceNameTaken
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.config_device_items import (
    config_device_entry_key,
    config_device_item,
    read_config_device,
)
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, AllOf, Delete, Equal, Item, Put, Update, Write
from sluiceway.usecases.config_records import Reach, read_directory
from sluiceway.usecases.config_state import ConfigState, changes_by, config_writes, load_config_state
from sluiceway.usecases.service import Service

ID_PREFIX = "dvc_"
_ABANDONED_AT_ONCE = 30
"""Deployments in one transaction: three writes each, of the hundred that it takes."""


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device as the list has it."""

    id: str
    created: datetime


def create_config_device(service: Service, workspace: str, name: str, now: datetime) -> ConfigDevice:
    """Make a device that was never activated. Raises Invalid for a name that is none, DeviceNameTaken."""
    device = new_config_device(service, workspace, name, now)

    def plan() -> tuple[ConfigDevice, list[Write]]:
        _refuse_taken(service, workspace, name)
        return device, creation_writes(device)

    return commit(service.table, plan)


def new_config_device(service: Service, workspace: str, name: str, now: datetime) -> ConfigDevice:
    """Return a device that is not stored yet. Raises Invalid for a name that is none."""
    device_id = f"{ID_PREFIX}{service.new_id().replace('-', '')}"
    return ConfigDevice(workspace, device_id, check_device_name(name), created=now, updated=now)


def creation_writes(device: ConfigDevice) -> list[Write]:
    """Return what stores a device for the first time, unless another one has its name."""
    return [
        Put(keys.config_device(device.workspace, device.id), config_device_item(device), Absent()),
        Put(keys.config_device_pointer(device.id), {"ws": device.workspace}, Absent()),
        Put(config_device_entry_key(device), _entry(device)),
        _claim_name(device),
    ]


def get_config_device(service: Service, workspace: str, device_id: str) -> ConfigDevice:
    """Return a device. Raises NotFound."""
    return load_config_state(service, workspace, device_id).device


def get_config_devices(service: Service, workspace: str, device_ids: Iterable[str]) -> dict[str, ConfigDevice]:
    """Return those of some devices that exist, by id."""
    heads = {
        device_id: keys.config_device(workspace, device_id) for device_id in device_ids if is_possible_id(device_id)
    }
    found = service.table.get_many(list(heads.values()))
    devices = (read_config_device(workspace, found[key]) for key in heads.values() if key in found)
    return {device.id: device for device in devices if not device.is_deleted}


def list_config_devices(service: Service, workspace: str, reach: Reach | None = None) -> list[ListedDevice]:
    """Return what the list knows of all devices, in the order of their creation.

    With a reach these are the devices in it, in whatever order. Raises Invalid when there are too many to look through.
    """
    entries = read_directory(service, keys.config_device_directory(workspace), named_by="id or name", reach=reach)
    return [_read_entry(entry) for entry in entries]


def find_config_device_ids(service: Service, workspace: str, names: Iterable[str]) -> list[str]:
    """Return the ids of the devices that have one of these names."""
    found = service.table.get_many([keys.config_device_name(workspace, name) for name in names])
    return [str(claim["device"]) for claim in found.values()]


def rename_config_device(service: Service, workspace: str, device_id: str, name: str, now: datetime) -> ConfigDevice:
    """Give a device another name; its own again changes nothing. Raises NotFound, Invalid and DeviceNameTaken."""
    check_device_name(name)

    def plan() -> tuple[ConfigDevice, Sequence[Write]]:
        device = load_config_state(service, workspace, device_id).device
        if device.name == name:
            return device, []
        _refuse_taken(service, workspace, name)
        renamed = replace(device, name=name, updated=now)
        return renamed, rename_writes(device, renamed)

    return commit(service.table, plan)


def rename_writes(device: ConfigDevice, renamed: ConfigDevice) -> list[Write]:
    """Return what gives a device another name, if it still has the one that was read."""
    head = Update(
        keys.config_device(device.workspace, device.id),
        set={"name": renamed.name, "updated": to_milliseconds(renamed.updated)},
        condition=AllOf((Equal("name", device.name), Absent("deleted"))),
    )
    return [head, *name_writes(device, renamed)]


def name_writes(device: ConfigDevice, renamed: ConfigDevice) -> list[Write]:
    """Return what a new name changes beside the head: whose the names are."""
    return [Delete(keys.config_device_name(device.workspace, device.name)), _claim_name(renamed)]


def is_name_taken(service: Service, workspace: str, name: str) -> bool:
    """Tell whether a device has this name."""
    return service.table.get(keys.config_device_name(workspace, name)) is not None


def delete_config_device(service: Service, workspace: str, device_id: str, now: datetime) -> None:
    """Archive what a device has and end it: its tokens are refused from here on. Raises NotFound."""

    def plan() -> tuple[bool, list[Write]]:
        state = load_config_state(service, workspace, device_id)
        some = list(islice(state.live.values(), _ABANDONED_AT_ONCE))
        empty = replace(state.device.slot, target="", release="")
        if some:
            return True, config_writes(state, changes_by(state, some, Abandon(), now), empty)
        return False, _removal(state, now)

    while commit(service.table, plan):
        continue


def _removal(state: ConfigState, now: datetime) -> list[Write]:
    device = state.device
    workspace, slot = device.workspace, replace(device.slot, rev=device.slot.rev + 1)
    gone = replace(device, is_deleted=True, epoch=device.epoch + 1, slot=slot, updated=now)
    unchanged = AllOf((Equal("slot_rev", device.slot.rev), Equal("name", device.name)))
    return [
        Put(keys.config_device(workspace, device.id), config_device_item(gone), unchanged),
        Delete(keys.config_device_pointer(device.id)),
        Delete(keys.config_device_key(workspace, device.id)),
        *([Delete(keys.config_key_pointer(device.key_id))] if device.key_id else []),
        Delete(config_device_entry_key(device)),
        Delete(keys.config_device_name(workspace, device.name)),
    ]


def _claim_name(device: ConfigDevice) -> Put:
    return Put(keys.config_device_name(device.workspace, device.name), {"device": device.id}, Absent())


def _entry(device: ConfigDevice) -> Item:
    return {"device": device.id, "created": to_milliseconds(device.created)}


def _read_entry(entry: Item) -> ListedDevice:
    return ListedDevice(str(entry["device"]), from_milliseconds(cast("int", entry["created"])))


def _refuse_taken(service: Service, workspace: str, name: str) -> None:
    if is_name_taken(service, workspace, name):
        raise DeviceNameTaken(name)
