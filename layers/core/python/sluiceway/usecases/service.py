"""The collaborators of every use case, made once per process by `runtime.wiring` and by tests as they like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sluiceway.storage.table import Table
from sluiceway.usecases.ports import ObjectStore, Retries, Rollouts, Schemas, Tokens, Verifications


@dataclass(frozen=True, slots=True)
class Service:
    """What use cases reach the world through."""

    table: Table
    objects: ObjectStore
    tokens: Tokens
    retries: Retries
    rollouts: Rollouts
    verifications: Verifications
    schemas: Callable[[], Schemas]
    """Made when first needed: hardly any call does."""
    new_id: Callable[[], str]
    """A fresh identifier: a lower-case UUID version 4."""
