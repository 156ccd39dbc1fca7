"""Which program is calling, proven by its API key against what is stored now: a revoked key is refused at once.

Surfaces that take API keys open a session first, note its use once they have answered, and check its scopes themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.api_key import owner_of
from sluiceway.domain.errors import Unauthenticated
from sluiceway.domain.scopes import Scopes, require
from sluiceway.storage import keys
from sluiceway.storage.api_key_items import note_use, read_api_key
from sluiceway.usecases.notes import write_note
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class KeySession:
    """A program, by an API key that is good now."""

    workspace: str
    key_id: str
    name: str
    scopes: Scopes
    is_use_to_note: bool = False
    """Whether the use on record is older than a day."""

    def require(self, *scopes: str) -> None:
        """Raise MissingScopes unless the key has, or implies, each of these."""
        require(self.scopes, scopes)


def open_key_session(service: Service, key: str, now: datetime) -> KeySession:
    """Prove a program by the key that it shows, in one read. Raises Unauthenticated when no workspace has this key."""
    owner = owner_of(key)
    if owner is None:
        raise Unauthenticated("the API key is not one that this service has made")
    stored = service.table.get(keys.api_key(owner.workspace, owner.key_id))
    api_key = read_api_key(owner.workspace, stored) if stored else None
    if api_key is None or not api_key.is_made_of(key):
        raise Unauthenticated("the API key is unknown or was revoked")
    return KeySession(owner.workspace, api_key.id, api_key.name, api_key.scopes, api_key.is_use_to_note(now))


def record_key_use(service: Service, session: KeySession, now: datetime) -> None:
    """Note when a key was last used, unless that is known to the day; a store that is too busy for it is left alone."""
    if session.is_use_to_note:
        write_note(service, note_use(session.workspace, session.key_id, now))
