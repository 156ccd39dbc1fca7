"""A device as the service knows it: identity, keys, and whether it may take part (mender contract 6.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sluiceway.domain.fleet import Membership


class AuthStatus(StrEnum):
    """Of a key, and of a device: the strongest of its keys. NOAUTH is a device without keys."""

    ACCEPTED = "accepted"
    PREAUTHORIZED = "preauthorized"
    PENDING = "pending"
    REJECTED = "rejected"
    NOAUTH = "noauth"


@dataclass(frozen=True, slots=True)
class AuthSet:
    """One public key seen with a device's identity; `public_key` is PEM in PKIX form."""

    id: str
    device_id: str
    public_key: str
    status: AuthStatus
    updated: datetime
    rev: int = 0


@dataclass(frozen=True, slots=True)
class Device:
    """The head of a device. At most one of its auth sets, `accepted`, is accepted."""

    workspace: str
    id: str
    identity: str
    """The identity data as a JSON object with sorted keys."""
    status: AuthStatus
    created: datetime
    updated: datetime
    accepted: str = ""
    """Id of the accepted auth set."""
    epoch: int = 0
    """Raised to end all the device's tokens at once."""
    done: str = ""
    """Order of the newest deployment that the device asked for and ended: older ones are never offered again."""
    floor: str = ""
    """No row at or below this order is open: where a search for work may stop."""
    device_type: str = ""
    membership: Membership = field(default_factory=Membership)
    last_seen: datetime | None = None
    rev: int = 0
