"""Workspaces, the people who operate them, and the tokens they hold (mender contract 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sluiceway.domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class Workspace:
    """A tenant: nothing of one is visible in another."""

    id: str
    name: str
    created: datetime
    max_devices: int = 0
    """How many devices may be accepted, 0 for any number."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in; `mail` is in its normal form, `password_hash` says how it was made."""

    workspace: str
    id: str
    mail: str
    password_hash: str
    created: datetime
    epoch: int = 0
    """Raised to end all the user's tokens at once."""
    updated: datetime | None = None
    """When the mail address or the password last changed, None when they never did."""
    rev: int = 0


class TokenKind(StrEnum):
    """What a user's token was made for."""

    LOGIN = "login"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class UserToken:
    """A token that can be revoked: it is good while this is stored and has not expired."""

    workspace: str
    id: str
    user_id: str
    kind: TokenKind
    expires: datetime
    name: str = ""
    created: datetime | None = None
    last_used: datetime | None = None
    """To the day, of a personal one; None when it never was."""


def normal_mail(address: str) -> str:
    """Return the form in which mail addresses are compared: without surrounding spaces and in lower case."""
    return address.strip().lower()


def check_mail(address: str, *, member: str) -> None:
    """Raise Invalid, naming the member, for what cannot be the name of a user."""
    local, at, domain = normal_mail(address).rpartition("@")
    if not (local and at and domain) or ":" in address:
        raise Invalid(f"{member}: must be a mail address without a colon, since it is sent by HTTP Basic")
