"""Access keys as items, and the directory that finds them before a workspace is known (data model 1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from sluiceway.domain.access_key import AccessKey
from sluiceway.domain.workflow_device import TagSelector
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, AllOf, AnyOf, Below, Delete, Equal, Item, Key, Present, Put, Update, Write


class AccessKeyPlace(NamedTuple):
    """Where an access key is."""

    workspace: str
    id: str


def access_key_key(access_key: AccessKey) -> Key:
    """Find this access key."""
    return keys.access_key(access_key.workspace, access_key.id)


def new_access_key(access_key: AccessKey) -> list[Write]:
    """Store an access key for the first time, so that a device that shows it is let in."""
    pointer = {"ws": access_key.workspace, "id": access_key.id}
    return [
        Put(access_key_key(access_key), access_key_item(access_key), Absent()),
        Put(keys.access_key_pointer(access_key.key), pointer, Absent()),
    ]


def changed_access_key(before: AccessKey, after: AccessKey) -> list[Write]:
    """Store what became of an access key, if it still is as it was read."""
    return [Put(access_key_key(after), access_key_item(after), Equal("rev", before.rev))]


def delete_access_key(access_key: AccessKey) -> list[Write]:
    """Remove an access key, if it is there."""
    return [Delete(access_key_key(access_key), Present()), Delete(keys.access_key_pointer(access_key.key))]


def counted_access_keys(workspace_item: Item) -> int:
    """Return how many access keys a workspace has."""
    return cast("int", workspace_item.get("access_keys", 0))


def count_access_key(workspace: str, most: int) -> Update:
    """Count one more, if the workspace is there and has fewer than that."""
    is_room = AnyOf((Absent("access_keys"), Below("access_keys", most)))
    return Update(keys.workspace(workspace), add={"access_keys": 1}, condition=AllOf((Present(), is_room)))


def discount_access_key(workspace: str) -> Update:
    """Count one less."""
    return Update(keys.workspace(workspace), add={"access_keys": -1}, condition=Present())


def read_place(stored: Item) -> AccessKeyPlace:
    """Return where the access key of a directory's item is."""
    return AccessKeyPlace(cast("str", stored["ws"]), cast("str", stored["id"]))


def access_key_item(access_key: AccessKey) -> Item:
    """Return the stored form of an access key."""
    return {
        "id": access_key.id,
        "key": access_key.key,
        "hash": access_key.digest,
        "created": to_milliseconds(access_key.created),
        "updated": to_milliseconds(access_key.updated),
        "active": access_key.is_active,
        "devices": sorted(access_key.device_ids),
        "tags": [list(selector) for selector in access_key.device_tags],
        "settings": access_key.settings,
        "rev": access_key.rev,
    }


def read_access_key(workspace: str, stored: Item) -> AccessKey:
    """Return the access key of an item."""
    item = cast("Mapping[str, Any]", stored)
    return AccessKey(
        workspace=workspace,
        id=item["id"],
        key=item["key"],
        digest=item["hash"],
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        is_active=item["active"],
        device_ids=frozenset(item["devices"]),
        device_tags=tuple(TagSelector(*each) for each in item["tags"]),
        settings=item["settings"],
        rev=item["rev"],
    )
