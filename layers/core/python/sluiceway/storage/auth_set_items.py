"""The public keys of a device as items in its partition, and the guards that keep ids and identities unique."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.device import AuthSet, AuthStatus
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Item, Key, Query


def auth_set_key(workspace: str, auth_set: AuthSet) -> Key:
    """Find this auth set."""
    return keys.auth_set(workspace, auth_set.device_id, auth_set.id)


def auth_sets_query(workspace: str, device_id: str) -> Query:
    """Read all auth sets of a device, and neither its rows nor its head."""
    return Query(keys.device_partition(workspace, device_id), first=keys.FIRST_AUTH_SET, last=keys.LAST_AUTH_SET)


def auth_set_item(auth_set: AuthSet) -> Item:
    """Return the stored form of an auth set."""
    return {
        "aid": auth_set.id,
        "device": auth_set.device_id,
        "pubkey": auth_set.public_key,
        "status": str(auth_set.status),
        "ts": to_milliseconds(auth_set.updated),
        "rev": auth_set.rev,
    }


def read_auth_set(stored: Item) -> AuthSet:
    """Return the auth set of an item."""
    item = cast("Mapping[str, Any]", stored)
    return AuthSet(
        id=item["aid"],
        device_id=item["device"],
        public_key=item["pubkey"],
        status=AuthStatus(item["status"]),
        updated=from_milliseconds(item["ts"]),
        rev=item["rev"],
    )
