"""A device that takes configuration: its name, whether it is there, and its config slot (miru contract 5.4, 8)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sluiceway.domain.config_deployment import ConfigSlot
from sluiceway.domain.errors import InvalidField

MOST_NAME_CHARACTERS = 48
ONLINE_FOR = timedelta(seconds=60)
"""After a call of the device."""


class Presence(StrEnum):
    """Whether a device is there; once activated it never is inactive again."""

    INACTIVE = "inactive"
    ACTIVATING = "activating"
    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class ConfigDevice:
    """The head of a device: what each of its calls needs. Its public key is an item of its own."""

    workspace: str
    id: str
    name: str
    created: datetime
    updated: datetime
    slot: ConfigSlot = field(default_factory=ConfigSlot)
    agent_version: str = ""
    session_id: str = ""
    """Made anew with every activation."""
    key_id: str = ""
    """The fingerprint of its public key: lower-case hexadecimal SHA-256 of the DER form (contract 8.4)."""
    epoch: int = 0
    """Raised to end all the device's tokens at once."""
    activated: datetime | None = None
    connected: datetime | None = None
    """When it last called after a silence."""
    last_seen: datetime | None = None
    is_deleted: bool = False
    """What remains of it is there for its deployments, which can still be read."""

    def presence(self, now: datetime) -> Presence:
        """Tell whether the device is there; it is activating until its first call after an activation."""
        if self.activated is None:
            return Presence.INACTIVE
        if self.last_seen is None or self.last_seen < self.activated:
            return Presence.ACTIVATING if now < self.activated + ONLINE_FOR else Presence.OFFLINE
        return Presence.ONLINE if self.is_heard(now) else Presence.OFFLINE

    def disconnected(self, now: datetime) -> datetime | None:
        """Return when the device was last given up, None when it never called or calls now."""
        if self.last_seen is None or self.is_heard(now):
            return None
        return self.last_seen + ONLINE_FOR

    def is_heard(self, now: datetime) -> bool:
        """Whether the device called lately."""
        return self.last_seen is not None and now < self.last_seen + ONLINE_FOR

    def enrolled(self, key_id: str, session_id: str, agent_version: str, now: datetime) -> ConfigDevice:
        """Return the device as an activation leaves it: what it was given before is over, and it has not called yet."""
        return replace(
            self,
            key_id=key_id,
            session_id=session_id,
            agent_version=agent_version or self.agent_version,
            epoch=self.epoch + 1,
            activated=now,
            updated=now,
        )

    def heard(self, now: datetime) -> ConfigDevice:
        """Return the device as it is when it calls."""
        return replace(self, connected=self.connected if self.is_heard(now) else now, last_seen=now)


def check_device_name(name: str) -> str:
    """Return the name of a device. Raises InvalidField unless it has 1 to 48 characters."""
    if not 0 < len(name) <= MOST_NAME_CHARACTERS:
        raise InvalidField("name", f"must have between 1 and {MOST_NAME_CHARACTERS} characters")
    return name
