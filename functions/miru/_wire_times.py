"""Times as this dialect writes them: RFC 3339 in UTC with `Z` (contract 2)."""

from __future__ import annotations

from datetime import datetime

from sluiceway.domain.times import rfc3339

__all__ = ["nullable", "rfc3339"]


def nullable(moment: datetime | None) -> str | None:
    """Render a moment that may not have come."""
    return None if moment is None else rfc3339(moment)
