"""Times as text that sorts as they do, and how often one is worth noting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOTE_USE_EVERY = timedelta(days=1)


def rfc3339(moment: datetime) -> str:
    """Render a moment in UTC with milliseconds and `Z`; Go's clients take no other form (mender contract 1.7)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_use_to_note(last_used: datetime | None, now: datetime) -> bool:
    """Tell whether the last use on record of a token or a key is a day old, or there is none (data model 1.1)."""
    return last_used is None or now - last_used >= NOTE_USE_EVERY
