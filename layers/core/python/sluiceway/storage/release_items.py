"""Releases as items. The combinations taken are a set of short digests: ten thousand of them fit one item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.releases import Release
from sluiceway.storage import keys
from sluiceway.storage.moments import read_moment, to_milliseconds
from sluiceway.storage.table import Absent, AllOf, Condition, Delete, Equal, Item, Put, Value


def replace_release(workspace: str, before: Release, after: Release) -> Put | Delete:
    """Write a release, or remove one without artifacts, on condition that it still is as it was read."""
    key, unchanged = keys.release(workspace, before.name), _is(before)
    return Put(key, _release_item(after), unchanged) if after.artifacts else Delete(key, unchanged)


def _is(release: Release) -> Condition:
    if not release.founder:
        return Absent()
    return AllOf((Equal("founder", release.founder), Equal("rev", release.rev)))


def _release_item(release: Release) -> Item:
    optional: dict[str, Value] = {
        "combos": release.taken,
        "modified": to_milliseconds(release.modified) if release.modified else None,
        "uploaded": to_milliseconds(release.newest_upload) if release.newest_upload else None,
        "tags": release.tags,
        "notes": release.notes,
    }
    return {
        "name": release.name,
        "founder": release.founder,
        "count": release.artifacts,
        "rev": release.rev,
        **{name: value for name, value in optional.items() if value},
    }


def read_release(name: str, stored: Item | None) -> Release:
    """Return the release of an item, one without artifacts where there is no item."""
    if stored is None:
        return Release(name)
    item = cast("Mapping[str, Any]", stored)
    return Release(
        name=name,
        founder=item["founder"],
        artifacts=item["count"],
        taken=item.get("combos", frozenset()),
        modified=read_moment(item.get("modified")),
        newest_upload=read_moment(item.get("uploaded")),
        rev=item["rev"],
        tags=tuple(item.get("tags", ())),
        notes=item.get("notes", ""),
    )
