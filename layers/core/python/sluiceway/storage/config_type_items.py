"""Config types as items, and the guard of each slug."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.config_type import ConfigType
from sluiceway.storage import keys
from sluiceway.storage.config_record_items import changed_record, new_record
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Item, Put, Write


def new_config_type(type_: ConfigType) -> list[Write]:
    """Store a config type, if nothing has its slug."""
    guard = Put(keys.config_type_slug(type_.workspace, type_.slug), {"id": type_.id}, Absent())
    return [*new_record(type_.workspace, ConfigKind.TYPE, _item(type_)), guard]


def changed_config_type(before: ConfigType, after: ConfigType) -> list[Write]:
    """Store what became of a config type, if it still is as it was read."""
    return changed_record(after.workspace, ConfigKind.TYPE, before.rev, _item(after))


def read_config_type(workspace: str, stored: Item) -> ConfigType:
    """Return the config type of an item."""
    item = cast("Mapping[str, Any]", stored)
    return ConfigType(
        workspace=workspace,
        id=item["id"],
        name=item["name"],
        slug=item["slug"],
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        schemas=item["schemas"],
        rev=item["rev"],
    )


def _item(type_: ConfigType) -> Item:
    return {
        "id": type_.id,
        "name": type_.name,
        "slug": type_.slug,
        "created": to_milliseconds(type_.created),
        "updated": to_milliseconds(type_.updated),
        "schemas": type_.schemas,
        "rev": type_.rev,
    }
