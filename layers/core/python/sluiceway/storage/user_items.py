"""Workspaces and users as items, and the directories that find them before a workspace is known (data model 1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.user import User, Workspace
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Item, Key, Put, Write


def user_key(user: User) -> Key:
    """Find this user."""
    return keys.user(user.workspace, user.id)


def user_item(user: User) -> Item:
    """Return the stored form of a user."""
    return {
        "uid": user.id,
        "mail": user.mail,
        "password": user.password_hash,
        "created": to_milliseconds(user.created),
        "ep": user.epoch,
        "rev": user.rev,
        **({"updated": to_milliseconds(user.updated)} if user.updated else {}),
    }


def read_user(workspace: str, stored: Item) -> User:
    """Return the user of an item."""
    item = cast("Mapping[str, Any]", stored)
    return User(
        workspace=workspace,
        id=item["uid"],
        mail=item["mail"],
        password_hash=item["password"],
        created=from_milliseconds(item["created"]),
        epoch=item["ep"],
        updated=from_milliseconds(item["updated"]) if "updated" in item else None,
        rev=item["rev"],
    )


def mail_item(user: User) -> Item:
    """Return what the directory of mail addresses says: whose it is."""
    return {"ws": user.workspace, "uid": user.id}


def put_user(user: User) -> list[Write]:
    """Store a new user, whose mail address is nobody's, and list them."""
    return [
        Put(user_key(user), user_item(user), Absent()),
        Put(keys.mail(user.mail), mail_item(user), Absent()),
        Put(keys.user_entry(user.workspace, user.id), {"uid": user.id}),
    ]


def workspace_item(workspace: Workspace) -> Item:
    """Return the stored form of a workspace."""
    limited = {"max_devices": workspace.max_devices} if workspace.max_devices else {}
    return {"ws": workspace.id, "name": workspace.name, "created": to_milliseconds(workspace.created), **limited}
