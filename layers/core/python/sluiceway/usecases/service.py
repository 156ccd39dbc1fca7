"""The collaborators of every use case, made once per process by `runtime.wiring` and by tests as they like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sluiceway.storage.table import Table
from sluiceway.usecases.ports import (
    Deliveries,
    EventBus,
    ObjectStore,
    Retries,
    Rollouts,
    Schemas,
    Signals,
    Tokens,
    Verifications,
    WebhookSender,
)


@dataclass(frozen=True, slots=True)
class Service:
    """What use cases reach the world through."""

    table: Table
    objects: ObjectStore
    tokens: Tokens
    retries: Retries
    rollouts: Rollouts
    verifications: Verifications
    deliveries: Deliveries
    schemas: Callable[[], Schemas]
    """Made when first needed: hardly any call does."""
    webhook_sender: Callable[[], WebhookSender]
    """Made when first needed, as above."""
    event_bus: Callable[[], EventBus]
    """Made when first needed, as above."""
    signals: Callable[[], Signals]
    """Made when first needed, as above."""
    new_id: Callable[[], str]
    """A fresh identifier: a lower-case UUID version 4."""
    reaches_loopback: bool = False
    """Whether what users name may be called on this machine, also without TLS: in the local cloud only."""
