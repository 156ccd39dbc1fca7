"""What devices say about themselves as items: JSON text per scope, since tables store no fractions."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sluiceway.domain.device import DeviceEntry
from sluiceway.domain.inventory import Attributes, from_json, to_json
from sluiceway.domain.inventory_search import DeviceInventory, describe
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Item, Value


def inventory_item(attributes: Attributes, updated: datetime) -> dict[str, Value]:
    """Return the stored form of what the device reported; other scopes of the item are not part of it."""
    return {"inventory": to_json(attributes), "updated": to_milliseconds(updated)}


def read_attributes(stored: Item | None) -> Attributes:
    """Return what the device reported, nothing when it never did."""
    return _scope(stored or {}, "inventory")


def tags_item(tags: Attributes, updated: datetime) -> dict[str, Value]:
    """Return the stored form of what operators say of the device."""
    return {"tags": to_json(tags), "updated": to_milliseconds(updated)}


def read_tags(stored: Item | None) -> Attributes:
    """Return what operators say of the device."""
    return _scope(stored or {}, "tags")


def tags_version(stored: Item | None) -> int:
    """Return how often operators changed what they say."""
    return cast("int", (stored or {}).get("tags_rev", 0))


def read_inventory(entry: DeviceEntry, stored: Item | None) -> DeviceInventory:
    """Return all that is known of a device of the list, whether or not anything was reported."""
    updated = (stored or {}).get("updated")
    moment = from_milliseconds(updated) if isinstance(updated, int) else None
    return describe(entry, read_attributes(stored), read_tags(stored), moment, tags_version(stored))


def _scope(stored: Item, name: str) -> Attributes:
    text = stored.get(name)
    return from_json(text) if isinstance(text, str) else {}
