"""The fleet of a simulation is stored as if an operator had accepted each of its devices."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from uuid import UUID

from sluiceway.storage.memory import MemoryTable
from tests.load.accepted import Ids, accept_together
from tests.support.fleet import Fleet

DEVICES = 40
"""More than there are fleet shards, so that some number several joins."""


def test_devices_accepted_together_are_stored_as_if_one_after_the_other() -> None:
    table = MemoryTable()
    fleet = Fleet(table)
    together = table.clone()
    fleet.new_id, new_id = numbered(), numbered()
    claims = [fleet.accept() for _ in range(DEVICES)]

    assert accept_together(together, [Ids(new_id(), new_id()) for _ in range(DEVICES)]) == claims
    assert together.contents() == table.contents()


def numbered() -> Callable[[], str]:
    numbers = count()
    return lambda: str(UUID(int=next(numbers), version=4))
