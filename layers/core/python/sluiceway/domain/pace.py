"""How fast devices are let in (design section 7): so many a minute, or faster the better it goes.

What a poll needs is an allowance: how many devices may have been let in at a moment. It follows from the time alone, so
no poll counts anything; only the execution changes the rate, and takes back what went unused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Growth(StrEnum):
    """What makes the rate of an exponential pace grow."""

    SUCCEEDED = "succeeded"
    """Devices that have succeeded."""
    NOTIFIED = "notified"
    """Devices that were let in."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Devices let in per minute: `per_minute`, times `factor` for each further `every` devices, at most `most`."""

    per_minute: int
    factor: float = 1.0
    every: int = 0
    """After how many devices the rate grows; 0 for a constant one."""
    growth: Growth = Growth.SUCCEEDED
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many devices may have been let in: `granted` at `since`, and `per_minute` more in each minute after."""

    since: datetime
    granted: int
    per_minute: int
