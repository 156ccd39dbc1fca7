"""What happened to a deployment, as items of its own partition; they are kept as long as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from sluiceway.domain.event import Event, EventType
from sluiceway.domain.happenings import Happening
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Item, Put


class Entry(NamedTuple):
    """An entry of a history, and the id of the event that tells of it."""

    event_id: str
    happening: Happening


def put_entry(event: Event, happening: Happening) -> Put:
    """Return the write of what an event tells."""
    item: Item = {
        "event": event.id,
        "type": str(happening.type),
        "at": to_milliseconds(happening.at),
        "phase": happening.phase,
        "reason": happening.reason,
        "by": happening.by,
        "rolled_back_by": happening.rolled_back_by,
    }
    kept = {name: value for name, value in item.items() if value not in (None, "")}
    return Put(keys.history_entry(event.workspace, event.subject, event.order), kept, Absent())


def read_entry(stored: Item) -> Entry:
    """Return an entry of a history."""
    item = cast("Mapping[str, Any]", stored)
    happening = Happening(
        type=EventType(item["type"]),
        at=from_milliseconds(item["at"]),
        phase=item.get("phase"),
        reason=item.get("reason", ""),
        by=item.get("by", ""),
        rolled_back_by=item.get("rolled_back_by", ""),
    )
    return Entry(item["event"], happening)
