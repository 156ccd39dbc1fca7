"""Holding a block to what it may ask of the table.

Read units are compared on the table in memory only: the local engine reports one for every read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sluiceway.storage.capacity import Usage
from sluiceway.storage.memory import MemoryTable
from tests.support.capacity import measured
from tests.support.fleet import Fleet

NO_WRITES = 0
A_ROW = 2
"""Writes of a row that is made: itself and its place in GSI1."""


@contextmanager
def budget(fleet: Fleet, *, calls: int, read: float, write: float) -> Iterator[None]:
    """Hold the block to at most so many calls and units."""
    with measured(fleet.table) as meter:
        yield
    used = meter.usage
    shown_read = used.read_units if isinstance(fleet.table, MemoryTable) else 0
    assert Usage(max(used.calls, calls), max(shown_read, read), max(used.write_units, write)) == Usage(
        calls, read, write
    ), used


@contextmanager
def cost(fleet: Fleet, *, calls: int, read: float, write: float) -> Iterator[None]:
    """Hold the block to exactly so many calls and units."""
    with measured(fleet.table) as meter:
        yield
    used = meter.usage
    shown_read = used.read_units if isinstance(fleet.table, MemoryTable) else read
    assert Usage(used.calls, shown_read, used.write_units) == Usage(calls, read, write)
