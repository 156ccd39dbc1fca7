"""API keys as items: one each, which is where a shown key is looked up and what lists are made of (data model 1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sluiceway.domain.api_key import ApiKey
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Item, Key, Present, Put, Update


def api_key_key(api_key: ApiKey) -> Key:
    """Find this API key."""
    return keys.api_key(api_key.workspace, api_key.id)


def put_api_key(api_key: ApiKey) -> Put:
    """Store a new API key."""
    return Put(api_key_key(api_key), api_key_item(api_key), Absent())


def note_use(workspace: str, key_id: str, now: datetime) -> Update:
    """Note when a key was used, unless it was revoked meanwhile."""
    return Update(keys.api_key(workspace, key_id), set={"last_used": to_milliseconds(now)}, condition=Present())


def api_key_item(api_key: ApiKey) -> Item:
    """Return the stored form of an API key."""
    return {
        "id": api_key.id,
        "name": api_key.name,
        "scopes": api_key.scopes,
        "hash": api_key.digest,
        "created": to_milliseconds(api_key.created),
        **({"last_used": to_milliseconds(api_key.last_used)} if api_key.last_used else {}),
    }


def read_api_key(workspace: str, stored: Item) -> ApiKey:
    """Return the API key of an item."""
    item = cast("Mapping[str, Any]", stored)
    return ApiKey(
        workspace=workspace,
        id=item["id"],
        name=item["name"],
        scopes=frozenset(item["scopes"]),
        digest=item["hash"],
        created=from_milliseconds(item["created"]),
        last_used=from_milliseconds(item["last_used"]) if "last_used" in item else None,
    )
