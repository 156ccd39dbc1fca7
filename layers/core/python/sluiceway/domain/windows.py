"""Maintenance windows: recurring times, in the device's own time zone, outside of which nothing is offered to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """A window on some days of the week: 0 is Monday. It may reach past midnight, into the next day.

    The load is spread: over the first `spread` of a window the devices become due one after the other.
    """

    days: frozenset[int]
    start: time
    duration: timedelta
    spread: timedelta = timedelta(0)
