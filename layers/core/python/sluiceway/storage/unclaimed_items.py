"""Marks of bytes in the bucket that belong to no artifact: they are due, so the tick removes what nobody claims."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sluiceway.storage import keys
from sluiceway.storage.table import Delete, Equal, Item, Put

DUE_KIND = "bytes"
_REV_OF_A_NEW_MARK = 1


def mark_unclaimed(workspace: str, object_key: str, *, due: datetime) -> Put:
    """Have everything under a key of the bucket removed once that is due, unless it is claimed before."""
    mark: Item = {
        "object": object_key,
        "rev": _REV_OF_A_NEW_MARK,
        "G2PK": keys.due_index(workspace, object_key),
        "G2SK": keys.due_index_sort(due, DUE_KIND),
    }
    return Put(keys.unclaimed(workspace, object_key), mark)


def claim(workspace: str, object_key: str) -> Delete:
    """Keep what is under the key; fails once the tick, which counts `rev` up, has begun to remove it."""
    return Delete(keys.unclaimed(workspace, object_key), Equal("rev", _REV_OF_A_NEW_MARK))


def unclaimed_object(mark: Item) -> str:
    """Return the key in the bucket that a mark is about."""
    return cast("str", mark["object"])
