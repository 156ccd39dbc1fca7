"""A pace as an attribute. A factor is text, since the table has whole numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.pace import Growth, Pace
from sluiceway.storage.table import Item


def pace_item(pace: Pace) -> Item:
    """Return the stored form."""
    return {
        "per_minute": pace.per_minute,
        "factor": str(float(pace.factor)),
        "every": pace.every,
        "growth": str(pace.growth),
        **({} if pace.most is None else {"most": pace.most}),
    }


def read_pace(stored: Mapping[str, Any]) -> Pace:
    """Return the pace that was stored."""
    growth = Growth(stored["growth"])
    return Pace(stored["per_minute"], float(stored["factor"]), stored["every"], growth, stored.get("most"))
