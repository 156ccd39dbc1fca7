"""For how long a device may keep silent in each state before its part has timed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Counted from the last that was heard of it; None for ever. A pause has none: a person ends it."""

    offered: timedelta | None = None
    """From the offer to the first report."""
    downloading: timedelta | None = None
    installing: timedelta | None = None
    rebooting: timedelta | None = None


NO_DEADLINES = Deadlines()
