"""Times as text that sorts as they do."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """Render a moment in UTC with milliseconds and `Z`; Go's clients take no other form (mender contract 1.7)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
