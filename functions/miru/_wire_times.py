"""Times as this dialect writes them: RFC 3339 in UTC with `Z` (contract 2)."""

from __future__ import annotations

from datetime import datetime

from sluiceway.domain.times import rfc3339

__all__ = ["nullable", "parse_moment", "rfc3339"]


def nullable(moment: datetime | None) -> str | None:
    """Render a moment that may not have come."""
    return None if moment is None else rfc3339(moment)


def parse_moment(value: object) -> datetime | None:
    """Read a date and time with its offset from UTC, None for anything else; nanoseconds are cut off."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
