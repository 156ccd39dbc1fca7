"""Access keys, which devices log in with; their secrets are shown once (losant contract 5.4)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sluiceway.domain.access_key import MOST_ACCESS_KEYS, SECRET_BYTES, AccessKey, digest_of_secret
from sluiceway.domain.errors import Invalid, InvalidField, NoSuchRecord, NotFound
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.domain.object_ids import make_object_id
from sluiceway.domain.workflow import MOST_SETTINGS_BYTES
from sluiceway.domain.workflow_device import TagSelector
from sluiceway.storage import keys
from sluiceway.storage.access_key_items import (
    changed_access_key,
    count_access_key,
    counted_access_keys,
    delete_access_key,
    discount_access_key,
    new_access_key,
    read_access_key,
)
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query, Write
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class NewAccessKey:
    """What to make: a key for the devices of the ids and with the tags, or for all when there are neither."""

    device_ids: frozenset[str] = frozenset()
    device_tags: tuple[TagSelector, ...] = ()
    settings: str = ""
    """A JSON object that is kept for clients."""


@dataclass(frozen=True, slots=True)
class AccessKeyChange:
    """What to change; None stays."""

    is_active: bool | None = None
    device_ids: frozenset[str] | None = None
    device_tags: tuple[TagSelector, ...] | None = None
    settings: Callable[[str], str] | None = None
    """Gives the JSON object that is kept for clients from the one that was."""


@dataclass(frozen=True, slots=True)
class ShownAccessKey:
    """A key that was just made, and its secret, which nobody can read again."""

    access_key: AccessKey
    secret: str = field(repr=False)


def create_access_key(service: Service, workspace: str, new: NewAccessKey, now: datetime) -> ShownAccessKey:
    """Make an access key. Raises Invalid when there are as many as there may be, and NotFound without a workspace."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    access_key = AccessKey(
        workspace,
        make_object_id(now, service.new_id()),
        service.new_id(),
        digest_of_secret(secret),
        created=now,
        updated=now,
        device_ids=new.device_ids,
        device_tags=new.device_tags,
        settings=_checked(new.settings),
    )
    shown = ShownAccessKey(access_key, secret)
    return commit(service.table, lambda: (shown, _creation(service, access_key)))


def list_access_keys(service: Service, workspace: str) -> list[AccessKey]:
    """Return all access keys, oldest first."""
    records = read_all(service.table, Query(keys.access_keys(workspace)))
    found = [read_access_key(workspace, record.item) for record in records]
    return sorted(found, key=lambda each: (each.created, each.id))


def get_access_key(service: Service, workspace: str, key_id: str) -> AccessKey:
    """Read one access key. Raises NotFound."""
    stored = service.table.get(keys.access_key(workspace, key_id)) if is_possible_id(key_id) else None
    if stored is None:
        raise NoSuchRecord("access key", key_id)
    return read_access_key(workspace, stored)


def update_access_key(
    service: Service, workspace: str, key_id: str, change: AccessKeyChange, now: datetime
) -> AccessKey:
    """Change an access key and return it as it is then: who it keeps out is refused at once.

    Raises NotFound and InvalidField.
    """

    def plan() -> tuple[AccessKey, list[Write]]:
        before = get_access_key(service, workspace, key_id)
        after = _changed(before, change, now)
        return after, changed_access_key(before, after)

    return commit(service.table, plan)


def remove_access_key(service: Service, workspace: str, key_id: str) -> None:
    """Delete an access key: the tokens that it was shown for are refused from here on. Raises NotFound."""
    commit(service.table, lambda: (None, _removal(get_access_key(service, workspace, key_id))))


def _creation(service: Service, access_key: AccessKey) -> list[Write]:
    workspace = access_key.workspace
    home = service.table.get(keys.workspace(workspace))
    if home is None:
        raise NotFound(f"workspace {workspace}")
    if counted_access_keys(home) >= MOST_ACCESS_KEYS:
        raise Invalid(f"an application has at most {MOST_ACCESS_KEYS} access keys: delete those that nobody uses")
    return [*new_access_key(access_key), count_access_key(workspace, MOST_ACCESS_KEYS)]


def _removal(access_key: AccessKey) -> list[Write]:
    return [*delete_access_key(access_key), discount_access_key(access_key.workspace)]


def _changed(before: AccessKey, change: AccessKeyChange, now: datetime) -> AccessKey:
    return replace(
        before,
        is_active=before.is_active if change.is_active is None else change.is_active,
        device_ids=before.device_ids if change.device_ids is None else change.device_ids,
        device_tags=before.device_tags if change.device_tags is None else change.device_tags,
        settings=_checked(change.settings(before.settings)) if change.settings else before.settings,
        updated=now,
        rev=before.rev + 1,
    )


def _checked(settings: str) -> str:
    if len(settings.encode()) > MOST_SETTINGS_BYTES:
        raise InvalidField("description", f"a key is described by {MOST_SETTINGS_BYTES} bytes of JSON at most")
    return settings
