"""Counting what a piece of code asks of the table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sluiceway.storage.capacity import Usage
from sluiceway.storage.table import Table


class Meter:
    """Adds up usage, from whichever thread it comes."""

    def __init__(self) -> None:
        self.usage = Usage()
        self._lock = Lock()

    def add(self, usage: Usage) -> None:
        with self._lock:
            self.usage += usage


@contextmanager
def measured(table: Table) -> Iterator[Meter]:
    """Measure the table within the block: `with measured(table) as meter: …; meter.usage.calls`."""
    meter, former = Meter(), table.observer
    table.observer = meter.add
    try:
        yield meter
    finally:
        table.observer = former
