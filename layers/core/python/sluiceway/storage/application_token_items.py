"""Application tokens as items: one each, which is where a shown token is looked up and what lists are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.application_token import ApplicationToken
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, read_moment, stored_moment, to_milliseconds
from sluiceway.storage.table import Absent, Item, Key, Put


def application_token_key(token: ApplicationToken) -> Key:
    """Find this token."""
    return keys.application_token(token.workspace, token.id)


def put_application_token(token: ApplicationToken) -> Put:
    """Store a new token."""
    return Put(application_token_key(token), application_token_item(token), Absent())


def application_token_item(token: ApplicationToken) -> Item:
    """Return the stored form of a token, which the table forgets some time after its end."""
    ended = {"ttl": math.ceil(token.expires.timestamp())} if token.expires else {}
    return {
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes,
        "hash": token.digest,
        "created": to_milliseconds(token.created),
        "updated": to_milliseconds(token.updated),
        "description": token.description,
        "creator": token.creator_id,
        "expires": stored_moment(token.expires),
        "active": token.is_active,
        **ended,
    }


def read_application_token(workspace: str, stored: Item) -> ApplicationToken:
    """Return the token of an item."""
    item = cast("Mapping[str, Any]", stored)
    return ApplicationToken(
        workspace=workspace,
        id=item["id"],
        name=item["name"],
        scopes=frozenset(item["scopes"]),
        digest=item["hash"],
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        description=item["description"],
        creator_id=item["creator"],
        expires=read_moment(item["expires"]),
        is_active=item["active"],
    )
