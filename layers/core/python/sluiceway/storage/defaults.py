"""Keeping items small: an attribute that says what is usual anyway is not stored."""

from __future__ import annotations

from sluiceway.storage.table import Item


def without_defaults(item: Item, defaults: Item) -> Item:
    """Return the attributes whose values differ from the default ones; `{**defaults, **stored}` undoes it."""
    return {name: value for name, value in item.items() if value != defaults[name]}
