"""The tokens of users as items: deleting one revokes it; DynamoDB drops those that expired, some days late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.user import TokenKind, UserToken
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Item, Key


def token_key(token: UserToken) -> Key:
    """Find this token."""
    return keys.token(token.workspace, token.id)


def token_item(token: UserToken) -> Item:
    """Return the stored form of a token."""
    expires = to_milliseconds(token.expires)
    return {
        "jti": token.id,
        "uid": token.user_id,
        "kind": str(token.kind),
        "exp": expires,
        "ttl": expires // 1000 + 1,
        **({"name": token.name} if token.name else {}),
    }


def read_token(workspace: str, stored: Item) -> UserToken:
    """Return the token of an item."""
    item = cast("Mapping[str, Any]", stored)
    return UserToken(
        workspace=workspace,
        id=item["jti"],
        user_id=item["uid"],
        kind=TokenKind(item["kind"]),
        expires=from_milliseconds(item["exp"]),
        name=item.get("name", ""),
    )
