"""What a device says about itself (mender contract 9.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain, repeat
from typing import cast

from sluiceway.domain.device import Device
from sluiceway.domain.errors import Unauthenticated
from sluiceway.domain.inventory import (
    DEVICE_TYPE,
    Attribute,
    Attributes,
    attributes_of,
    device_type_of,
    merged,
    time_zone_of,
)
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.device_items import device_key
from sluiceway.storage.inventory_items import inventory_item, read_attributes
from sluiceway.storage.table import Absent, Check, Equal, Item, Present, Update, Write
from sluiceway.usecases.known_devices import load_device
from sluiceway.usecases.service import Service


def replace_attributes(service: Service, device: Device, reported: Iterable[Attribute], now: datetime) -> None:
    """Make this all that the device says about itself. Raises Invalid when it is too much."""
    attributes = attributes_of(reported)
    said = inventory_item(attributes, now)
    known = chain([True], repeat(False))
    commit(service.table, lambda: (None, _replacement(service, device, said, has_inventory=next(known))))
    _note_in_head(service, device, attributes)


def merge_attributes(service: Service, device: Device, reported: Iterable[Attribute], now: datetime) -> None:
    """Add to what the device said before, and overwrite what has the same name. Raises Invalid when it is too much."""
    attributes = attributes_of(reported)
    commit(service.table, lambda: (None, _merge_writes(service, device, attributes, now)))
    _note_in_head(service, device, attributes)


def _replacement(service: Service, device: Device, said: Item, *, has_inventory: bool) -> list[Write]:
    """Replace without reading; who was wrong about the device having an inventory takes a second look."""
    update = Update(keys.inventory(device.workspace, device.id), set=said, add={"rev": 1})
    return [replace(update, condition=Present())] if has_inventory else [update, _still_there(service, device)]


def _merge_writes(service: Service, device: Device, reported: Attributes, now: datetime) -> list[Write]:
    key = keys.inventory(device.workspace, device.id)
    stored = service.table.get(key)
    update = Update(key, set=inventory_item(merged(read_attributes(stored), reported), now), add={"rev": 1})
    if stored is None:
        return [replace(update, condition=Absent()), _still_there(service, device)]
    return [replace(update, condition=Equal("rev", cast("int", stored["rev"])))]


def _still_there(service: Service, device: Device) -> Check:
    """Let nobody give an inventory to a device that was removed meanwhile. Raises Unauthenticated."""
    if load_device(service, device.workspace, device.id) is None:
        raise Unauthenticated("dev auth: unauthorized")
    return Check(device_key(device), Present())


def _note_in_head(service: Service, device: Device, reported: Attributes) -> None:
    """Repeat what polls and lists look for where they do; were it lost here, the next report would bring it again."""
    said = {"device_type": device_type_of(reported), "time_zone": time_zone_of(reported)}
    news = {name: value for name, value in said.items() if value and value != getattr(device, name)}
    if news:
        commit(service.table, lambda: (None, _head_writes(service, device, news)))


def _head_writes(service: Service, device: Device, news: Mapping[str, str]) -> list[Write]:
    stored = load_device(service, device.workspace, device.id)
    if stored is None or all(getattr(stored, name) == value for name, value in news.items()):
        return []
    head = Update(device_key(stored), set=news, add={"rev": 1}, condition=Equal("rev", stored.rev))
    listed = {name: value for name, value in news.items() if name == DEVICE_TYPE}
    entry = keys.device_entry(stored.workspace, stored.status, stored.id)
    return [head, *([Update(entry, set=listed, condition=Present())] if listed else [])]
