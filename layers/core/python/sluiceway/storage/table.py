"""The seam to DynamoDB: reads and writes as values, and the one protocol that executes them.

`DynamoTable` runs them on DynamoDB, `MemoryTable` in a dictionary with the same semantics; one suite holds both to this
page. Keys are built in `keys.py` only. Numbers are integers: the product stores no fractions.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

from sluiceway.domain.errors import Overloaded

if TYPE_CHECKING:
    from sluiceway.storage.capacity import Observer

T = TypeVar("T")
Scalar: TypeAlias = str | int | bool | bytes | None
Value: TypeAlias = "Scalar | frozenset[str] | Sequence[Value] | Mapping[str, Value]"
Item: TypeAlias = Mapping[str, Value]
"""Attributes of one item without its `PK` and `SK`; index keys (`G1PK`…) and `ttl` (epoch seconds) are attributes."""

IndexName: TypeAlias = Literal["GSI1", "GSI2"]

INDEX_KEYS: Mapping[IndexName | None, tuple[str, str]] = {
    None: ("PK", "SK"),
    "GSI1": ("G1PK", "G1SK"),
    "GSI2": ("G2PK", "G2SK"),
}
"""Partition and sort key attributes of the table itself and of each index; an item without them is not in the index."""

INDEX_PROJECTIONS: Mapping[IndexName, tuple[str, ...]] = {
    "GSI1": (
        "dep",
        "device",
        "status",
        "rev",
        "attempt",
        "asked",
        "started",
        "finished",
        "deadline",
        "previous",
        "substate",
        "artifact",
        "device_type",
        "log",
        "deleted",
    ),
    "GSI2": (),
}
"""What an index shows of an item beside the keys. DynamoDB cannot change it: another projection is another index."""

LAST_SORT_KEY = "\U0010ffff"
"""Sorts after every sort key that the product builds."""


class TableError(Exception):
    """A write or read did not happen."""


class InvalidRequest(TableError):
    """DynamoDB never takes such a request, whatever is stored: a mistake of the caller's, and nothing was written."""


class ConditionFailed(TableError):
    """A condition did not hold, so nothing was written.

    `found` has one entry per write: the item that broke that write's condition, an empty mapping where there was no
    item, or None where the write's condition is not known to have failed.
    """

    def __init__(self, found: tuple[Item | None, ...]) -> None:
        super().__init__("a condition did not hold")
        self.found = found


class WriteConflict(TableError):
    """Another transaction held one of the items; nothing was written and the same write may be tried again."""


class Throttled(TableError, Overloaded):
    """The table refused for want of capacity, after the client's own retries.

    Nothing was written, except by `put_many`. Being `Overloaded` too, it reaches the caller of the service as it is.
    """


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

    def __post_init__(self) -> None:
        _refuse_empty(self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when one part holds."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        _refuse_empty(self.parts)


Condition: TypeAlias = Absent | Present | Equal | Below | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Put:
    """Write the whole item, replacing what was there."""

    key: Key
    item: Item
    condition: Condition | None = None

    def __post_init__(self) -> None:
        _refuse_keys(self.item)


@dataclass(frozen=True, slots=True)
class Update:
    """Change some attributes, making the item when it is absent. `add` counts from 0 when the attribute is absent."""

    key: Key
    set: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    condition: Condition | None = None

    def __post_init__(self) -> None:
        touched = [*self.set, *self.add, *self.remove]
        if not touched:
            raise InvalidRequest("an update changes one attribute at least")
        _refuse_keys(touched)
        refuse_duplicates(touched)


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
    last: str = LAST_SORT_KEY
    index: IndexName | None = None
    descending: bool = False
    limit: int | None = None
    after: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if not self.pk or not self.last:
            raise InvalidRequest("a query names a partition, and keys are never empty")
        if self.first > self.last:
            raise InvalidRequest("the first sort key of a query sorts after its last one")
        if self.limit is not None and not 0 < self.limit < 2**31:
            raise InvalidRequest(
                "a query is limited to one item at least, and to what a signed integer of 32 bits holds"
            )


@dataclass(frozen=True, slots=True)
class Page:
    """At most 1 MB of a query's answer; `after` is None on the last page."""

    records: tuple[Record, ...]
    after: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """How a writer waits when it meets another: full jitter, doubling from `base` to `cap`, for `patience` seconds."""

    base: float = 0.01
    cap: float = 0.2
    patience: float = 4.0
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[float, float], float] = random.uniform

    def attempts(self) -> Iterator[int]:
        """Number the attempts from 0, sleeping before each but the first; ends when patience does.

        No clock is read: an attempt is taken to last `base`, so there are `patience / base` of them at most.
        """
        spent = 0.0
        for attempt in count():
            yield attempt
            pause = self.jitter(0.0, min(self.cap, self.base * 2**attempt))
            spent += self.base + pause
            if spent > self.patience:
                return
            self.sleep(pause)


def refuse_duplicates(names: Iterable[object]) -> None:
    """Raise InvalidRequest when one request names the same item, or one update the same attribute, twice."""
    named = list(names)
    if len(set(named)) < len(named):
        raise InvalidRequest("one request may name each item, and one update each attribute, only once")


def _refuse_empty(parts: tuple[Condition, ...]) -> None:
    if not parts:
        raise InvalidRequest("a condition has one part at least")


def _refuse_keys(attributes: Iterable[str]) -> None:
    if not {"PK", "SK"}.isdisjoint(attributes):
        raise InvalidRequest("PK and SK are the key of an item, not attributes to write")


class Table(Protocol):
    """One DynamoDB table. All reads are strongly consistent except those of an index.

    Every method raises Throttled, and InvalidRequest for what DynamoDB refuses by its limits: 400 KB an item, 100 items
    and 4 MB a transaction, one write per item, keys of 1 to 2,048 (PK) and 1,024 (SK) bytes.
    """

    observer: Observer | None
    """Told of every call and the units it spent; None costs nothing."""

    @property
    def backoff(self) -> Backoff:
        """How this table's writers wait for each other."""
        ...

    def get(self, key: Key) -> Item | None:
        """One item by key, None when absent."""
        ...

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items that exist among any number of keys, in the order of the keys; a repeated key is read once."""
        ...

    def query(self, query: Query) -> Page:
        """One page of a query."""
        ...

    def query_together(self, *queries: Query) -> tuple[Page, ...]:
        """One page of each query, read side by side."""
        ...

    def side_by_side(self, *works: Callable[[], T]) -> tuple[T, ...]:
        """What each piece of work comes to, in their order; they use this table at once and do not wait for each other.

        When some of them raise, raises what one of them raised; the others may have taken hold.
        """
        ...

    def write(self, *writes: Write) -> None:
        """Write everything or nothing: one write by itself, 2 to 100 (or a Check alone) as a transaction.

        Raises ConditionFailed or WriteConflict; callers go through `commit`, which answers both.
        """
        ...

    def put_many(self, records: Sequence[Record]) -> None:
        """Write whole items without conditions, in batches side by side; not atomic, and repeatable after a failure."""
        ...
