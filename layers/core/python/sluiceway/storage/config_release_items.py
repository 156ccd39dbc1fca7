"""Config releases as items, and the guard of each version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.storage import keys
from sluiceway.storage.config_record_items import changed_record, new_record
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Check, Equal, Item, Put, Write


def new_config_release(release: ConfigRelease) -> list[Write]:
    """Store a config release, if nothing has its version."""
    guard = Put(keys.config_release_version(release.workspace, release.version), {"id": release.id}, Absent())
    return [*new_record(release.workspace, ConfigKind.RELEASE, _item(release)), guard]


def changed_config_release(before: ConfigRelease, after: ConfigRelease) -> list[Write]:
    """Store what became of a config release, if it still is as it was read."""
    return changed_record(after.workspace, ConfigKind.RELEASE, before.rev, _item(after))


def unchanged_config_release(release: ConfigRelease) -> Check:
    """Hold a transaction to a config release that still is as it was read."""
    return Check(keys.config_record(release.workspace, ConfigKind.RELEASE, release.id), Equal("rev", release.rev))


def read_config_release(workspace: str, stored: Item) -> ConfigRelease:
    """Return the config release of an item."""
    item = cast("Mapping[str, Any]", stored)
    return ConfigRelease(
        workspace=workspace,
        id=item["id"],
        version=item["version"],
        schema_ids=tuple(item["schemas"]),
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        git_commit_id=item["commit"],
        custom_validation=item["validation"],
        rev=item["rev"],
    )


def _item(release: ConfigRelease) -> Item:
    return {
        "id": release.id,
        "version": release.version,
        "schemas": release.schema_ids,
        "created": to_milliseconds(release.created),
        "updated": to_milliseconds(release.updated),
        "commit": release.git_commit_id,
        "validation": release.custom_validation,
        "rev": release.rev,
    }
