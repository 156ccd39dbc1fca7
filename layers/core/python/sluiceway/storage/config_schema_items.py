"""Config schemas as items, and the guard that keeps equal ones from being stored twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.config_schema import ConfigSchema, SchemaFormat, SchemaLanguage
from sluiceway.domain.strict_json import canonical_json
from sluiceway.storage import keys
from sluiceway.storage.config_record_items import new_record
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Item, Key, Put, Write


def new_config_schema(schema: ConfigSchema) -> list[Write]:
    """Store a config schema, if none is equal to it."""
    guard = Put(config_schema_guard(schema), {"id": schema.id}, Absent())
    return [*new_record(schema.workspace, ConfigKind.SCHEMA, _item(schema)), guard]


def config_schema_guard(schema: ConfigSchema) -> Key:
    """Find the schema that is equal in type, language, digest and file path (miru contract 3.4)."""
    parts = [schema.type_id, str(schema.language), schema.digest, schema.instance_filepath]
    return keys.config_schema_like(schema.workspace, canonical_json([*parts]))


def read_config_schema(workspace: str, stored: Item) -> ConfigSchema:
    """Return the config schema of an item."""
    item = cast("Mapping[str, Any]", stored)
    return ConfigSchema(
        workspace=workspace,
        id=item["id"],
        type_id=item["type"],
        number=item["number"],
        language=SchemaLanguage(item["language"]),
        format=SchemaFormat(item["format"]),
        digest=item["digest"],
        instance_filepath=item["path"],
        created=from_milliseconds(item["created"]),
        git_commit_id=item["commit"],
        source_paths=tuple(item["sources"]),
    )


def _item(schema: ConfigSchema) -> Item:
    return {
        "id": schema.id,
        "type": schema.type_id,
        "number": schema.number,
        "language": str(schema.language),
        "format": str(schema.format),
        "digest": schema.digest,
        "path": schema.instance_filepath,
        "created": to_milliseconds(schema.created),
        "commit": schema.git_commit_id,
        "sources": schema.source_paths,
    }
