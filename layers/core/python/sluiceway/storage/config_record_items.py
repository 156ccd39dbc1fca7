"""What all records of configurations are as items: the record, and its entry in the list of its kind.

The entry repeats what lists filter and sort by, under the same names: a list tells them from either.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds
from sluiceway.storage.table import Absent, Equal, Item, Put, Write

_LISTED: Mapping[ConfigKind, tuple[str, ...]] = MappingProxyType(
    {
        ConfigKind.TYPE: ("name", "slug"),
        ConfigKind.SCHEMA: ("type",),
        ConfigKind.RELEASE: ("version",),
        ConfigKind.INSTANCE: ("schema", "type"),
        ConfigKind.GIT_COMMIT: ("sha",),
    }
)
"""What entries have beside id and time of creation."""


def new_record(workspace: str, kind: ConfigKind, item: Item) -> list[Write]:
    """Store a record for the first time, so that it is in the list."""
    key = keys.config_record(workspace, kind, cast("str", item["id"]))
    return [Put(key, item, Absent()), _put_entry(workspace, kind, item)]


def changed_record(workspace: str, kind: ConfigKind, rev: int, item: Item) -> list[Write]:
    """Store what became of a record, if it still is as it was read in that revision."""
    key = keys.config_record(workspace, kind, cast("str", item["id"]))
    return [Put(key, item, Equal("rev", rev)), _put_entry(workspace, kind, item)]


def _put_entry(workspace: str, kind: ConfigKind, item: Item) -> Put:
    created = from_milliseconds(cast("int", item["created"]))
    key = keys.config_entry(workspace, kind, created, cast("str", item["id"]))
    return Put(key, {name: item[name] for name in ("id", "created", *_LISTED[kind])})
