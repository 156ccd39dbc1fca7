"""Config instances as items; their content is an item of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.config_instance import ConfigInstance, ContentFormat
from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.storage.config_record_items import new_record
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Item, Write


def new_config_instance(instance: ConfigInstance) -> list[Write]:
    """Store a config instance."""
    return new_record(instance.workspace, ConfigKind.INSTANCE, _item(instance))


def read_config_instance(workspace: str, stored: Item) -> ConfigInstance:
    """Return the config instance of an item."""
    item = cast("Mapping[str, Any]", stored)
    return ConfigInstance(
        workspace=workspace,
        id=item["id"],
        schema_id=item["schema"],
        type_id=item["type"],
        format=ContentFormat(item["format"]),
        filepath=item["path"],
        created=from_milliseconds(item["created"]),
        relative_filepath=item["relative"],
    )


def _item(instance: ConfigInstance) -> Item:
    return {
        "id": instance.id,
        "schema": instance.schema_id,
        "type": instance.type_id,
        "format": str(instance.format),
        "path": instance.filepath,
        "created": to_milliseconds(instance.created),
        "relative": instance.relative_filepath,
    }
