"""What operators say of a device, and forgetting what it said itself (mender contract 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sluiceway.domain.errors import Invalid, NotFound, PreconditionFailed
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.domain.inventory import Attribute, Attributes, attributes_of, merged
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.inventory_items import read_tags, tags_item, tags_version
from sluiceway.storage.table import Absent, Check, Condition, Equal, Item, Present, Update, Write
from sluiceway.usecases.service import Service

MOST_TAGS = 20


@dataclass(frozen=True, slots=True)
class TagChange:
    """Tags for a device; `replaces` those it has. `expected` is the version that the caller read, None for any."""

    device_id: str
    tags: tuple[Attribute, ...]
    replaces: bool
    expected: str | None = None


def change_tags(service: Service, workspace: str, change: TagChange, now: datetime) -> None:
    """Store tags. Raises NotFound, Invalid above 20 tags, and PreconditionFailed when the version is another one."""
    wanted = attributes_of(change.tags)
    commit(service.table, lambda: (None, _tag_writes(service, workspace, change, wanted, now)))


def forget_reported(service: Service, workspace: str, device_id: str) -> None:
    """Forget what a device said of itself, until it says it again; a device that nobody knows said nothing."""
    if is_possible_id(device_id):
        commit(service.table, lambda: (None, _forgetting(service, workspace, device_id)))


def _tag_writes(service: Service, workspace: str, change: TagChange, wanted: Attributes, now: datetime) -> list[Write]:
    key, head = keys.inventory(workspace, change.device_id), keys.device(workspace, change.device_id)
    found = service.table.get_many([key, head])
    if head not in found:
        raise NotFound(f"device {change.device_id}")
    stored = found.get(key)
    if change.expected not in {None, str(tags_version(stored))}:
        raise PreconditionFailed("the tags were changed since they were read: read them again")
    tags = wanted if change.replaces else merged(read_tags(stored), wanted)
    if len(tags) > MOST_TAGS:
        raise Invalid(f"too many tags: at most {MOST_TAGS} for a device")
    said = tags_item(tags, now)
    return [
        Update(key, set=said, add={"tags_rev": 1, "rev": 1}, condition=_unchanged(stored)),
        Check(head, Present()),
    ]


def _forgetting(service: Service, workspace: str, device_id: str) -> list[Write]:
    key = keys.inventory(workspace, device_id)
    stored = service.table.get(key)
    if stored is None or "inventory" not in stored:
        return []
    return [Update(key, remove=("inventory",), add={"rev": 1}, condition=_unchanged(stored))]


def _unchanged(stored: Item | None) -> Condition:
    return Absent() if stored is None else Equal("rev", cast("int", stored["rev"]))
