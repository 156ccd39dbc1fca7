"""The seam to DynamoDB: reads and writes as values, and the one protocol that executes them.

`DynamoTable` runs them on DynamoDB, `MemoryTable` in a dictionary with the same semantics; one suite holds both to this
page. Keys are built in `keys.py` only. Numbers are integers: the product stores no fractions.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

Scalar: TypeAlias = str | int | bool | bytes | None
Value: TypeAlias = "Scalar | frozenset[str] | Sequence[Value] | Mapping[str, Value]"
Item: TypeAlias = Mapping[str, Value]
"""Attributes of one item without its `PK` and `SK`; index keys (`G1PK`…) and `ttl` (epoch seconds) are attributes."""


class Key(NamedTuple):
    """Primary key of one item."""

    pk: str
    sk: str


class Record(NamedTuple):
    """An item as read, with its key."""

    key: Key
    item: Item


@dataclass(frozen=True, slots=True)
class Absent:
    """Holds when the item has no such attribute; with no attribute named, when there is no item."""

    attribute: str = "PK"


@dataclass(frozen=True, slots=True)
class Present:
    """Holds when the item has the attribute; with none named, when the item exists."""

    attribute: str = "PK"


@dataclass(frozen=True, slots=True)
class Equal:
    """Holds when the attribute exists with exactly this value."""

    attribute: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class Below:
    """Holds when the attribute exists and sorts before the value (numbers by size, strings by their bytes)."""

    attribute: str
    value: str | int


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when one part holds."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = Absent | Present | Equal | Below | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Put:
    """Write the whole item, replacing what was there."""

    key: Key
    item: Item
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Change single attributes, making the item when it is absent. `add` counts from 0 when the attribute is absent."""

    key: Key
    set: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the item; removing an absent one succeeds unless the condition says otherwise."""

    key: Key
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing, but let the transaction take hold only while the condition does."""

    key: Key
    condition: Condition


Write: TypeAlias = Put | Update | Delete | Check


@dataclass(frozen=True, slots=True)
class Query:
    """Items of one partition between two sort keys, both ends included, in key order.

    `index` names `GSI1` or `GSI2`, whose keys `pk`, `first` and `last` then are; an index is read eventually
    consistent. `limit` bounds the items of one page; `after` continues where a page ended.
    """

    pk: str
    first: str = ""
    last: str = "\U0010ffff"
    index: str | None = None
    descending: bool = False
    limit: int | None = None
    after: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """At most 1 MB of a query's answer; `after` is None on the last page."""

    records: tuple[Record, ...]
    after: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """How a writer waits when it meets another: full jitter doubling from `base` to `cap`, for `patience` seconds in all."""

    base: float = 0.01
    cap: float = 0.2
    patience: float = 4.0
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[float, float], float] = random.uniform


class TableError(Exception):
    """A write or read did not happen."""


class ConditionFailed(TableError):
    """A condition did not hold, so nothing was written.

    `found` has one entry per write: the item that broke that write's condition, an empty mapping where there was no
    item, or None where the write's condition held.
    """

    def __init__(self, found: tuple[Item | None, ...]) -> None:
        super().__init__("a condition did not hold")
        self.found = found


class WriteConflict(TableError):
    """Another transaction held one of the items; nothing was written and the same write may be tried again."""


class Throttled(TableError):
    """The table refused for want of capacity, after the client's own retries; nothing was written."""


class Table(Protocol):
    """One DynamoDB table. All reads are strongly consistent except those of an index."""

    @property
    def backoff(self) -> Backoff:
        """How this table's writers wait for each other."""
        ...

    def get(self, key: Key) -> Item | None:
        """One item by key, None when absent."""
        ...

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items that exist among at most any number of keys, in batches of 100; repeated keys are read once."""
        ...

    def query(self, query: Query) -> Page:
        """One page of a query."""
        ...

    def query_together(self, *queries: Query) -> tuple[Page, ...]:
        """One page of each query, read side by side."""
        ...

    def write(self, *writes: Write) -> None:
        """Write everything or nothing: one write by itself, 2 to 100 as a transaction.

        Raises ConditionFailed, WriteConflict or Throttled.
        """
        ...

    def put_many(self, records: Sequence[Record]) -> None:
        """Write whole items without conditions, in batches side by side; not atomic, and repeatable after a failure."""
        ...
