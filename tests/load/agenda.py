"""The clock of a simulation: what happens next, and nothing in between. It counts milliseconds, as the table does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import TypeAlias

from sluiceway.storage.moments import from_milliseconds, to_milliseconds

Happening: TypeAlias = Callable[[], None]


class Agenda:
    """Happenings by their time; those of one moment in the order in which they were entered."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._numbers = count()
        self._coming: list[tuple[int, int, Happening]] = []

    def at(self, moment: datetime, happening: Happening) -> None:
        """Let something happen at a moment, or now when that is over."""
        heappush(self._coming, (to_milliseconds(max(moment, self.now)), next(self._numbers), happening))

    def after(self, duration: timedelta, happening: Happening) -> None:
        """Let something happen so long from now."""
        self.at(self.now + duration, happening)

    def every(self, duration: timedelta, happening: Happening) -> None:
        """Let something happen again and again, for the first time so long from now."""

        def once() -> None:
            happening()
            self.after(duration, once)

        self.after(duration, once)

    def run(self, end: datetime) -> None:
        """Let everything happen that is due before the end, and stop the clock there."""
        last = to_milliseconds(end)
        while self._coming and self._coming[0][0] < last:
            moment, _, happening = heappop(self._coming)
            self.now = from_milliseconds(moment)
            happening()
        self.now = end
