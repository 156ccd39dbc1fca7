"""A table that fails on purpose, as DynamoDB and the processes that use it do now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count
from typing import Literal, TypeAlias, TypeVar

from sluiceway.storage.capacity import Observer
from sluiceway.storage.table import Backoff, Item, Key, Page, Query, Record, Table, Throttled, Write, WriteConflict

T = TypeVar("T")
Operation: TypeAlias = Literal["get", "get_many", "query", "query_together", "write", "put_many"]


class Fault(Enum):
    """What happens to one call."""

    CONFLICT = auto()
    """Another transaction holds an item: nothing is written. Only a write can meet it."""
    THROTTLE = auto()
    """The table has no capacity left: nothing is written, except the first half of a batch."""
    LOSE_ANSWER = auto()
    """It takes hold, and the caller hears of a broken connection instead."""
    REPEAT = auto()
    """It takes hold, the client does not hear of it and sends it again, as botocore does.

    A transaction's token makes the second one a success without effect; a write by itself is tried for real."""
    CRASH_BEFORE = auto()
    """The process dies before the call takes hold; of a batch the first half does."""
    CRASH_AFTER = auto()
    """The process dies after it."""


class Crash(BaseException):
    """The process is gone: no `except Exception` sees it."""


class AnswerLostError(Exception):
    """The connection broke before the answer came."""


@dataclass(frozen=True)
class Call:
    """A call about to be made."""

    operation: Operation
    writes: tuple[Write, ...] = ()

    @property
    def changes_something(self) -> bool:
        return self.operation in {"write", "put_many"}


Schedule: TypeAlias = Callable[[Call], Fault | None]
"""Asked before each call what shall happen to it; may run somebody else's whole turn before it answers."""


def at_write(number: int, fault: Fault) -> Schedule:
    """The fault at the write of that number, counted from 0; batches count as one write."""
    numbers = count()
    return lambda call: fault if call.changes_something and next(numbers) == number else None


class FaultyTable:
    """Passes calls on to another table as far as the schedule lets it."""

    def __init__(self, table: Table, schedule: Schedule) -> None:
        self.table = table
        self.schedule = schedule

    @property
    def backoff(self) -> Backoff:
        return self.table.backoff

    @property
    def observer(self) -> Observer | None:
        return self.table.observer

    @observer.setter
    def observer(self, observer: Observer | None) -> None:
        self.table.observer = observer

    def get(self, key: Key) -> Item | None:
        return self._read("get", lambda: self.table.get(key))

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        return self._read("get_many", lambda: self.table.get_many(keys))

    def query(self, query: Query) -> Page:
        return self._read("query", lambda: self.table.query(query))

    def query_together(self, *queries: Query) -> tuple[Page, ...]:
        return self._read("query_together", lambda: self.table.query_together(*queries))

    def side_by_side(self, *works: Callable[[], T]) -> tuple[T, ...]:
        """One after the other, so that the schedule knows their order; their requests come back here."""
        return tuple(work() for work in works)

    def write(self, *writes: Write) -> None:
        fault = self.schedule(Call("write", writes))
        _fail_before(fault)
        self.table.write(*writes)
        if fault is Fault.REPEAT and len(writes) == 1:
            self.table.write(*writes)
        _fail_after(fault)

    def put_many(self, records: Sequence[Record]) -> None:
        fault = self.schedule(Call("put_many"))
        if fault in {Fault.THROTTLE, Fault.CRASH_BEFORE}:
            self.table.put_many(records[: len(records) // 2])
        if fault is not Fault.CONFLICT:
            _fail_before(fault)
        self.table.put_many(records)
        _fail_after(fault)

    def _read(self, operation: Operation, read: Callable[[], T]) -> T:
        fault = self.schedule(Call(operation))
        if fault is not Fault.CONFLICT:
            _fail_before(fault)
        answer = read()
        _fail_after(fault)
        return answer


def _fail_before(fault: Fault | None) -> None:
    match fault:
        case Fault.CONFLICT:
            raise WriteConflict("injected")
        case Fault.THROTTLE:
            raise Throttled("injected")
        case Fault.CRASH_BEFORE:
            raise Crash


def _fail_after(fault: Fault | None) -> None:
    match fault:
        case Fault.LOSE_ANSWER:
            raise AnswerLostError
        case Fault.CRASH_AFTER:
            raise Crash
