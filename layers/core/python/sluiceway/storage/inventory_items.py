"""What devices say about themselves as items: JSON text per scope, since tables store no fractions."""

from __future__ import annotations

from datetime import datetime

from sluiceway.domain.inventory import Attributes, from_json, to_json
from sluiceway.storage.moments import to_milliseconds
from sluiceway.storage.table import Item, Value


def inventory_item(attributes: Attributes, updated: datetime) -> dict[str, Value]:
    """Return the stored form of what the device reported; other scopes of the item are not part of it."""
    return {"inventory": to_json(attributes), "updated": to_milliseconds(updated)}


def read_attributes(stored: Item | None) -> Attributes:
    """Return what the device reported, nothing when it never did."""
    text = (stored or {}).get("inventory")
    return from_json(text) if isinstance(text, str) else {}
