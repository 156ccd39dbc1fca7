"""Access keys: what devices show, with a secret, to be given a token (losant contract 5.1, 5.4)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sluiceway.domain.workflow_device import TagSelector, WorkflowDevice

SECRET_BYTES = 32
MOST_ACCESS_KEYS = 20_000
"""Of one workspace: what a list reads at once, one for each device of the largest release."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key as it is stored: of its secret there is only a digest."""

    workspace: str
    id: str
    key: str
    digest: str
    """Hexadecimal SHA-256 of the secret, which is random."""
    created: datetime
    updated: datetime
    is_active: bool = True
    device_ids: frozenset[str] = frozenset()
    device_tags: tuple[TagSelector, ...] = ()
    settings: str = ""
    """A JSON object with what is kept for clients: name, description, topics and addresses; empty for none."""
    rev: int = 0

    def proves(self, secret: str) -> bool:
        """Tell whether this is the secret; how long that takes says nothing about the answer."""
        return hmac.compare_digest(self.digest, digest_of_secret(secret))

    def admits(self, device: WorkflowDevice) -> bool:
        """Tell whether the device may use it: any device may where none is named."""
        if not self.is_active or not (self.device_ids or self.device_tags):
            return self.is_active
        return device.id in self.device_ids or any(selector.selects(device.tags) for selector in self.device_tags)


def digest_of_secret(secret: str) -> str:
    """Return what is stored of a secret."""
    return sha256(secret.encode()).hexdigest()
