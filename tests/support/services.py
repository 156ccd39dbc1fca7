"""A service below HTTP over any table: other stores in memory, and doubles that record what is asked of AWS."""

from __future__ import annotations

from collections.abc import Callable

from sluiceway.artifacts.memory import MemoryObjects
from sluiceway.runtime.tokens import JwtTokens
from sluiceway.storage.table import Table
from sluiceway.usecases.service import Service
from tests.support.app import (
    SIGNING_KEY,
    RecordedBus,
    RecordedDeliveries,
    RecordedPosts,
    RecordedRetries,
    RecordedRollouts,
    RecordedSignals,
    RecordedVerifications,
)
from tests.support.schemas import InlineSchemas


def recorded_service(table: Table, new_id: Callable[[], str]) -> Service:
    """A service of its own over a table. Replace a store or a double to look into it."""
    return Service(
        table=table,
        objects=MemoryObjects(),
        tokens=JwtTokens(lambda: SIGNING_KEY),
        retries=RecordedRetries(),
        rollouts=RecordedRollouts(),
        verifications=RecordedVerifications(),
        deliveries=RecordedDeliveries(),
        webhook_sender=RecordedPosts,
        event_bus=RecordedBus,
        signals=RecordedSignals,
        schemas=InlineSchemas,
        new_id=new_id,
    )
