"""Application tokens: what programs on this dialect show, and what their scopes permit (losant contract 1.3, 5.2).

A token is `slt_<workspace>_<id>_<secret>`: whose it is stands in it in clear, so that one read finds it; the secret is
32 random bytes, and only the SHA-256 of the whole token is stored.

Scopes are written as the vendor writes them. `all.Application`, and the wider `all.Organization` and `all.User`,
permit everything within the workspace, with `.bounded` behind them too; with `.read`, everything that only reads.
`flows.*` permits every action on flows, `flows.get` the one. A scope of something that this service does not have is
kept, and permits nothing.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from sluiceway.domain.errors import InvalidField, MissingScopes

TokenScopes: TypeAlias = frozenset[str]

SECRET_BYTES = 32
MOST_NAME_CHARACTERS = 255
MOST_APPLICATION_TOKENS = 500
"""Of one workspace that have not ended: what a list reads at once."""
EVERYTHING = "all.Application"
DEVICE = "all.Device"
"""What tokens of devices have; it permits nothing that users do."""
_REALMS = ("all.Application", "all.Organization", "all.User")
_READING = "get"
"""What every action is called that only reads."""
_SCOPE = re.compile(r"[A-Za-z]{1,64}(?:\.(?:[A-Za-z]{1,64}|\*)){1,2}")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TOKEN = re.compile(rf"slt_({_UUID})_([0-9a-f]{{24}})_[A-Za-z0-9_-]{{43}}")


class Effect(StrEnum):
    """What an action does to what is stored."""

    READ = "read"
    WRITE = "write"


class TokenOwner(NamedTuple):
    """What a token says of itself, which proves nothing yet."""

    workspace: str
    token_id: str


@dataclass(frozen=True, slots=True)
class ApplicationToken:
    """A token as it is stored."""

    workspace: str
    id: str
    name: str
    scopes: TokenScopes
    digest: str
    """Hexadecimal SHA-256 of the token."""
    created: datetime
    updated: datetime
    description: str = ""
    creator_id: str = ""
    """Id of the token that made it, empty when the owner of the installation did."""
    expires: datetime | None = None
    is_active: bool = True

    def is_made_of(self, text: str) -> bool:
        """Tell whether this is the token; how long that takes says nothing about the answer."""
        return hmac.compare_digest(self.digest, digest_of_token(text))

    def is_good(self, now: datetime) -> bool:
        """Tell whether it can be used now."""
        return self.is_active and not self.has_ended(now)

    def has_ended(self, now: datetime) -> bool:
        """Tell whether its time is over."""
        return self.expires is not None and self.expires <= now


def digest_of_token(text: str) -> str:
    """Return what is stored of a token."""
    return sha256(text.encode()).hexdigest()


def compose_token(workspace: str, token_id: str, secret: str) -> str:
    """Write a token; the workspace is a UUID, the id an object id, the secret 32 bytes in URL-safe base 64."""
    return f"slt_{workspace}_{token_id}_{secret}"


def token_owner(text: str) -> TokenOwner | None:
    """Read whose token this claims to be; None for what cannot be one of ours."""
    parts = _TOKEN.fullmatch(text)
    return TokenOwner(parts[1], parts[2]) if parts else None


def check_application_token(name: str, scopes: TokenScopes) -> None:
    """Raise InvalidField for what no token can be called or be for."""
    if not 0 < len(name) <= MOST_NAME_CHARACTERS:
        raise InvalidField("name", f"must have between 1 and {MOST_NAME_CHARACTERS} characters")
    malformed = sorted(scope for scope in scopes if not _SCOPE.fullmatch(scope))
    if malformed or not scopes:
        raise InvalidField("scope", f"must have scopes such as {EVERYTHING}, not {', '.join(malformed) or 'none'}")


def permits(scopes: TokenScopes, effect: Effect, actions: Iterable[str]) -> bool:
    """Tell whether the scopes permit one of these spellings of an action, such as `edgeDeployments.get`."""
    return not scopes.isdisjoint(_sufficient(effect, actions))


def may_grant(held: TokenScopes, scope: str) -> bool:
    """Tell whether whoever holds these scopes may give this one away: it permits nothing that they do not."""
    family, _, action = scope.partition(".")
    only_reads = action == _READING or scope in _readers()
    return not held.isdisjoint({*_whole_realms(), scope, f"{family}.*", *(_readers() if only_reads else ())})


def require_scope(scopes: TokenScopes, effect: Effect, actions: Iterable[str]) -> None:
    """Raise MissingScopes unless the scopes permit one of these spellings of an action."""
    named = tuple(actions)
    if not permits(scopes, effect, named):
        raise MissingScopes(named, named)


def _sufficient(effect: Effect, actions: Iterable[str]) -> set[str]:
    readers = _readers() if effect is Effect.READ else set()
    named = tuple(actions)
    return {*_whole_realms(), *readers, *named, *(f"{action.partition('.')[0]}.*" for action in named)}


def _readers() -> set[str]:
    return {f"{realm}.read" for realm in _REALMS}


def _whole_realms() -> set[str]:
    return {f"{realm}{suffix}" for realm in _REALMS for suffix in ("", ".bounded")}
