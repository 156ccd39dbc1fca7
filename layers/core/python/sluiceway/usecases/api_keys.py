"""The API keys of a workspace: made by whoever has the right to, shown once, and ended at once (design section 8)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sluiceway.domain.api_key import (
    MOST_API_KEYS,
    SECRET_BYTES,
    ApiKey,
    check_api_key,
    compose_key,
    digest_of,
    key_id,
)
from sluiceway.domain.errors import NotFound, TooManyApiKeys, Unauthenticated
from sluiceway.domain.scopes import EVERYTHING, Scopes, require
from sluiceway.storage import keys
from sluiceway.storage.api_key_items import put_api_key, read_api_key
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Check, Delete, Present, Query, Write
from sluiceway.usecases.key_sessions import KeySession
from sluiceway.usecases.service import Service
from sluiceway.usecases.turns import read_turn

_TURN = "api_key_turn"
"""Counts keys that were ever made, so that the last free place is given away once."""


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """What to make."""

    name: str
    scopes: Scopes = frozenset({EVERYTHING})


@dataclass(frozen=True, slots=True)
class ShownApiKey:
    """A key that was just made, and its text, which nobody can read again."""

    api_key: ApiKey
    text: str = field(repr=False)


def create_api_key(service: Service, creator: KeySession, new: NewApiKey, now: datetime) -> ShownApiKey:
    """Make a key that may do no more than the one that is shown.

    Raises Invalid, MissingScopes, TooManyApiKeys, and Unauthenticated when the creator was revoked meanwhile.
    """
    check_api_key(new.name, new.scopes)
    require(creator.scopes, new.scopes)
    shown = _compose(service, creator.workspace, new, now)
    return commit(service.table, lambda: (shown, _delegated_writes(service, creator, shown.api_key)))


def issue_api_key(service: Service, workspace: str, new: NewApiKey, now: datetime) -> ShownApiKey:
    """Make a key on behalf of the owner of the installation, with any rights.

    Raises Invalid, TooManyApiKeys, and NotFound when there is no such workspace.
    """
    check_api_key(new.name, new.scopes)
    shown = _compose(service, workspace, new, now)
    return commit(service.table, lambda: (shown, _writes(service, shown.api_key)))


def list_api_keys(service: Service, workspace: str) -> list[ApiKey]:
    """Return all keys, oldest first."""
    records = read_all(service.table, Query(keys.api_keys(workspace)))
    found = [read_api_key(workspace, record.item) for record in records]
    return sorted(found, key=lambda each: (each.created, each.id))


def load_api_key(service: Service, workspace: str, api_key_id: str) -> ApiKey:
    """Read one key. Raises NotFound."""
    stored = service.table.get(keys.api_key(workspace, api_key_id))
    if stored is None:
        raise NotFound(f"API key {api_key_id}")
    return read_api_key(workspace, stored)


def revoke_api_key(service: Service, workspace: str, api_key_id: str) -> None:
    """End a key, from the next call on. Raises NotFound."""
    commit(service.table, lambda: (None, _removal_writes(service, workspace, api_key_id)))


def _compose(service: Service, workspace: str, new: NewApiKey, now: datetime) -> ShownApiKey:
    number = service.new_id()
    text = compose_key(workspace, number, secrets.token_urlsafe(SECRET_BYTES))
    return ShownApiKey(ApiKey(workspace, key_id(number), new.name, new.scopes, digest_of(text), now), text)


def _delegated_writes(service: Service, creator: KeySession, api_key: ApiKey) -> Sequence[Write]:
    proof = keys.api_key(creator.workspace, creator.key_id)
    if service.table.get(proof) is None:
        raise Unauthenticated("the API key was revoked")
    return [Check(proof, Present()), *_writes(service, api_key)]


def _writes(service: Service, api_key: ApiKey) -> Sequence[Write]:
    workspace = api_key.workspace
    home = service.table.get(keys.workspace(workspace))
    if home is None:
        raise NotFound(f"workspace {workspace}")
    if len(list_api_keys(service, workspace)) >= MOST_API_KEYS:
        raise TooManyApiKeys(f"a workspace has at most {MOST_API_KEYS} API keys: revoke those that nobody uses")
    return [put_api_key(api_key), read_turn(workspace, _TURN, home).take()]


def _removal_writes(service: Service, workspace: str, api_key_id: str) -> Sequence[Write]:
    api_key = load_api_key(service, workspace, api_key_id)
    return [Delete(keys.api_key(workspace, api_key.id), Present())]
