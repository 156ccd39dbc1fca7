"""A table that remembers every change, and the view of it that one operation of one workspace has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from sluiceway.storage import keys
from sluiceway.storage.memory import Change, MemoryTable
from sluiceway.storage.table import Backoff, Item, Key, Page, Query, Record, Write
from tests.engine.strands import Pause
from tests.engine.violation import Violation
from tests.support.app import NOW
from tests.support.faults import Call, Fault, FaultyTable

PATIENT = Backoff(sleep=lambda _: None, jitter=lambda _, __: 0.0)


@dataclass(frozen=True, slots=True)
class Step:
    """One item before and after a write, None where there was none; writes of one transaction share its number."""

    transaction: int
    now: datetime
    key: Key
    before: Item | None
    after: Item | None


@dataclass(eq=False)
class RecordedTable(MemoryTable):
    """`now` is the time that operations are given at present."""

    backoff: Backoff = PATIENT
    now: datetime = NOW
    history: list[Step] = field(default_factory=list)

    items: dict[Key, Item] = field(default_factory=dict)
    """Everything that is stored."""

    def clone(self) -> Self:
        return replace(super().clone(), history=[*self.history], items={**self.items})

    def _apply(self, changes: Sequence[Change]) -> None:
        super()._apply(changes)
        number = self.history[-1].transaction + 1 if self.history else 0
        for change in changes:
            before, after = self.items.pop(change.key, None), change.after.item if change.after else None
            self.history.append(Step(number, self.now, change.key, before, after))
            if after is not None:
                self.items[change.key] = after


def nobody_comes_between() -> None:
    """The pause of an operation that runs alone."""


class ViewOfTable(FaultyTable):
    """What one operation sees: it pauses before each request, some fail, and none may leave its workspace.

    Requests that are sent side by side are taken one by one, since others may come between them.
    """

    def __init__(
        self,
        table: RecordedTable,
        workspace: str | None,
        faults: Mapping[int, Fault] | None = None,
        pause: Pause = nobody_comes_between,
    ) -> None:
        super().__init__(table, self._schedule)
        self._prefix = None if workspace is None else f"W#{keys.escape(workspace)}"
        self._faults, self._pause, self._calls = faults or {}, pause, 0
        self.changes_something = False
        """Whether the operation tried to write anything."""

    def get(self, key: Key) -> Item | None:
        self._check([key.pk])
        return super().get(key)

    def get_many(self, wanted: Sequence[Key]) -> dict[Key, Item]:
        self._check(key.pk for key in wanted)
        return super().get_many(wanted)

    def query(self, query: Query) -> Page:
        self._check([query.pk])
        return super().query(query)

    def query_together(self, *queries: Query) -> tuple[Page, ...]:
        return tuple(map(self.query, queries))

    def write(self, *writes: Write) -> None:
        self._check(write.key.pk for write in writes)
        self.changes_something = True
        super().write(*writes)

    def put_many(self, records: Sequence[Record]) -> None:
        self._check(record.key.pk for record in records)
        for record in records:
            super().put_many([record])

    def _schedule(self, _: Call) -> Fault | None:
        self._pause()
        self._calls += 1
        return self._faults.get(self._calls - 1)

    def _check(self, partitions: Iterable[str]) -> None:
        for partition in partitions:
            if self._prefix is not None and not f"{partition}#".startswith(f"{self._prefix}#"):
                raise Violation("a workspace stays by itself", partition)
