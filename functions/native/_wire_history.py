"""What happened to a deployment, as JSON."""

from __future__ import annotations

from sluiceway.domain.times import rfc3339
from sluiceway.storage.history_items import Entry


def entry_json(entry: Entry) -> dict[str, object]:
    """Render an entry of a history as the event tells it; phases are numbered from 1."""
    happening = entry.happening
    return {
        "event_id": entry.event_id,
        "type": str(happening.type),
        "at": rfc3339(happening.at),
        "phase": None if happening.phase is None else happening.phase + 1,
        "reason": happening.reason or None,
        "by": happening.by or None,
        "rolled_back_by": happening.rolled_back_by or None,
    }
