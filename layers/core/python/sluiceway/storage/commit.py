"""The one loop that answers lost races: nobody else catches what `Table.write` raises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from sluiceway.domain.errors import Contended
from sluiceway.storage.table import ConditionFailed, Table, TableError, Write, WriteConflict

T = TypeVar("T")
Plan: TypeAlias = Callable[[], tuple[T, Sequence[Write]]]
"""Reads, decides, and gives the answer that holds once the writes have taken hold."""


def commit(table: Table, plan: Plan[T]) -> T:
    """Carry out what `plan` decides, and decide again on fresh reads as often as somebody else was faster.

    No writes: the answer at once. A failed condition: plan again, since the reads tell why it failed; what that means
    (the deployment was aborted, say) is the plan's to raise. A conflict with another transaction: the same writes
    again. Between attempts waits `table.backoff`; when its patience ends, raises Contended, and nothing was written.
    """
    lost: TableError | None = None
    decided: tuple[T, Sequence[Write]] | None = None
    for _ in table.backoff.attempts():
        answer, writes = decided = decided or plan()
        try:
            if writes:
                table.write(*writes)
        except ConditionFailed as error:
            lost, decided = error, None
        except WriteConflict as error:
            lost = error
        else:
            return answer
    raise Contended("other writers kept changing the same items; try again") from lost
