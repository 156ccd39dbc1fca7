"""API keys: what programs show instead of a user's password (design section 8).

A key is `slw_<workspace>_<number>_<secret>`: whose it is stands in it in clear, so that one read finds it; the secret
is 32 random bytes, and only the SHA-256 of the whole key is stored. Its id, `api_key_<number>`, is no secret.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sluiceway.domain.errors import Invalid
from sluiceway.domain.scopes import Scopes, check_known
from sluiceway.domain.times import is_use_to_note

SECRET_BYTES = 32
MOST_NAME_CHARACTERS = 256
MOST_API_KEYS = 500
"""Of one workspace: what a list reads at once."""
ID_PREFIX = "api_key_"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = re.compile(rf"slw_({_UUID})_({_UUID})_[A-Za-z0-9_-]{{43}}")


class KeyOwner(NamedTuple):
    """What a key says of itself, which proves nothing yet."""

    workspace: str
    key_id: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is stored: it is good while this is there."""

    workspace: str
    id: str
    name: str
    scopes: Scopes
    digest: str
    """Hexadecimal SHA-256 of the key."""
    created: datetime
    last_used: datetime | None = None
    """To the day; None when it never was."""

    def is_made_of(self, key: str) -> bool:
        """Tell whether this is the key; how long that takes says nothing about the answer."""
        return hmac.compare_digest(self.digest, digest_of(key))

    def is_use_to_note(self, now: datetime) -> bool:
        """Tell whether the last use on record is a day old."""
        return is_use_to_note(self.last_used, now)


def digest_of(key: str) -> str:
    """Return what is stored of a key."""
    return sha256(key.encode()).hexdigest()


def compose_key(workspace: str, number: str, secret: str) -> str:
    """Write a key; workspace and number are UUIDs, the secret is 32 bytes in URL-safe base 64."""
    return f"slw_{workspace}_{number}_{secret}"


def key_id(number: str) -> str:
    """Return the id of the key with this number."""
    return f"{ID_PREFIX}{number}"


def owner_of(key: str) -> KeyOwner | None:
    """Read whose key this claims to be; None for what cannot be one of ours."""
    parts = _KEY.fullmatch(key)
    return KeyOwner(parts[1], key_id(parts[2])) if parts else None


def check_api_key(name: str, scopes: Scopes) -> None:
    """Raise Invalid for what no key can be called or be for."""
    if not name.strip() or len(name) > MOST_NAME_CHARACTERS:
        raise Invalid(f"name: a key has a name, of at most {MOST_NAME_CHARACTERS} characters")
    check_known(scopes)
