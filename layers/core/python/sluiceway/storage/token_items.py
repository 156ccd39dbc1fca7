"""The tokens of users as items: deleting one revokes it; DynamoDB drops those that expired, some days late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.user import TokenKind, UserToken
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Delete, Item, Key, Put, Write


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
        **({"created": to_milliseconds(token.created)} if token.created else {}),
        **({"last_used": to_milliseconds(token.last_used)} if token.last_used else {}),
    }


def put_token(token: UserToken) -> list[Write]:
    """Store a new token; a personal one takes its name's place in the list of its user, whatever was there."""
    stored = Put(token_key(token), token_item(token), Absent())
    if token.kind is TokenKind.LOGIN:
        return [stored]
    listed = keys.personal_token(token.workspace, token.user_id, token.name)
    return [stored, Put(listed, {"jti": token.id})]


def delete_token(token: UserToken) -> list[Write]:
    """Revoke a token."""
    stored = Delete(token_key(token))
    if token.kind is TokenKind.LOGIN:
        return [stored]
    return [stored, Delete(keys.personal_token(token.workspace, token.user_id, token.name))]


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
        created=from_milliseconds(item["created"]) if "created" in item else None,
        last_used=from_milliseconds(item["last_used"]) if "last_used" in item else None,
    )
