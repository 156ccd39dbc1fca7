"""Notes and tags of a release (mender contract 4.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sluiceway.domain.errors import NoSuchName
from sluiceway.domain.releases import Release
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.release_items import read_release, replace_release
from sluiceway.storage.table import Write
from sluiceway.storage.vocabulary_items import read_tags, read_update_types, replace_tags
from sluiceway.usecases.service import Service


def describe_release(service: Service, workspace: str, name: str, notes: str, now: datetime) -> None:
    """Give a release other notes. Raises NoSuchName."""
    _edit(service, workspace, name, lambda release: release.described(notes, now))


def tag_release(service: Service, workspace: str, name: str, tags: tuple[str, ...], now: datetime) -> None:
    """Give a release other tags. Raises NoSuchName, and TooManyTags when the workspace would have too many."""
    _edit(service, workspace, name, lambda release: release.tagged(tags, now))


def tags_in_use(service: Service, workspace: str) -> list[str]:
    """Return every tag that a release has, sorted."""
    return sorted(read_tags(service.table.get(keys.tags(workspace))).releases)


def update_types_seen(service: Service, workspace: str) -> list[str]:
    """Return the type of every payload that was ever uploaded, sorted."""
    return sorted(read_update_types(service.table.get(keys.update_types(workspace))))


def find_release(service: Service, workspace: str, name: str) -> Release:
    """Read one release without its artifacts. Raises NoSuchName."""
    stored = service.table.get(keys.release(workspace, name))
    if stored is None:
        raise NoSuchName(f"release {name}")
    return read_release(name, stored)


def release_writes(service: Service, workspace: str, before: Release, after: Release) -> list[Write]:
    """Plan to replace a release, and to count the tags that it gains and loses. Raises TooManyTags."""
    writes: list[Write] = [replace_release(workspace, before, after)]
    if before.tags == after.tags:
        return writes
    tags = read_tags(service.table.get(keys.tags(workspace)))
    return [*writes, replace_tags(workspace, tags, tags.exchanged(before.tags, after.tags))]


def _edit(service: Service, workspace: str, name: str, change: Callable[[Release], Release]) -> None:
    def plan() -> tuple[None, Sequence[Write]]:
        release = find_release(service, workspace, name)
        return None, release_writes(service, workspace, release, change(release))

    commit(service.table, plan)
