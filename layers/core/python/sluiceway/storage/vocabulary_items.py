"""The words that a workspace uses, as items: tags with how many releases have them, and every type of payload seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sluiceway.domain.errors import Invalid
from sluiceway.domain.tags import TagsInUse
from sluiceway.storage import keys
from sluiceway.storage.table import Absent, Condition, Equal, Item, Put

MOST_UPDATE_TYPES = 1000
"""Of 256 characters each, what an item holds with room to spare."""


def read_tags(stored: Item | None) -> TagsInUse:
    """Return the tags of an item, none where there is no item."""
    if stored is None:
        return TagsInUse({})
    return TagsInUse(cast("Mapping[str, int]", stored["releases"]), cast("int", stored["rev"]))


def replace_tags(workspace: str, before: TagsInUse, after: TagsInUse) -> Put:
    """Write the tags on condition that they still are as they were read."""
    return Put(keys.tags(workspace), {"releases": after.releases, "rev": after.rev}, _unchanged(before.rev))


def read_update_types(stored: Item | None) -> frozenset[str]:
    """Return the types of an item, none where there is no item."""
    return frozenset() if stored is None else cast("frozenset[str]", stored["types"])


def remember_update_types(workspace: str, stored: Item | None, seen: frozenset[str]) -> list[Put]:
    """Write the types that were not seen before. Raises Invalid when there are more than MOST_UPDATE_TYPES."""
    known = read_update_types(stored)
    if seen <= known:
        return []
    if len(known | seen) > MOST_UPDATE_TYPES:
        raise Invalid(f"a workspace can have artifacts of at most {MOST_UPDATE_TYPES} types")
    rev = cast("int", stored["rev"]) if stored else 0
    return [Put(keys.update_types(workspace), {"types": known | seen, "rev": rev + 1}, _unchanged(rev))]


def _unchanged(rev: int) -> Condition:
    return Equal("rev", rev) if rev else Absent()
