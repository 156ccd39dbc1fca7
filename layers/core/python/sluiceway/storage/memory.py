"""`Table` in a dictionary, with DynamoDB's semantics, limits and capacity counting: for tests and the simulator only.

Items are kept as they come back from DynamoDB's wire form, and compared by type and value as it does. The table never
conflicts, throttles or crashes by itself; tests wrap it to make it do so.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from operator import itemgetter
from threading import RLock
from typing import Any, Self, TypeAlias, TypeVar, cast

from sluiceway.storage.attributes import (
    Attributes,
    key_attributes,
    plain,
    plain_value,
    size_of,
    stored_form,
)
from sluiceway.storage.capacity import Observer, Usage
from sluiceway.storage.table import (
    INDEX_KEYS,
    INDEX_PROJECTIONS,
    Absent,
    AllOf,
    AnyOf,
    Backoff,
    Below,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    Equal,
    IndexName,
    InvalidRequest,
    Item,
    Key,
    Page,
    Present,
    Put,
    Query,
    Record,
    Update,
    Value,
    Write,
    refuse_duplicates,
)

ITEM_BYTES = 400 * 1024
TRANSACTION_BYTES = 4 * 1024 * 1024
TRANSACTION_ITEMS = 100
_ALWAYS_FIT = TRANSACTION_BYTES // ITEM_BYTES
"""So many of the largest items a transaction has room for in any case."""
PARTITION_KEY_BYTES = 2048
SORT_KEY_BYTES = 1024
READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024
BATCH_GET_ITEMS = 100
BATCH_WRITE_ITEMS = 25

_CONTAINERS = (dict, list)

INDEX_KEY_NAMES = {name for names in INDEX_KEYS.values() for name in names}

T = TypeVar("T")
Container: TypeAlias = dict[str, Value] | list[Value]
C = TypeVar("C", bound=Container)
Copier: TypeAlias = tuple[Any, Callable[[], Any]]
"""A place in a container, and how to copy what it holds."""
Position: TypeAlias = tuple[str, Key]
"""Sort key in the view, then the key to order items that share it. Code points sort as their UTF-8 bytes do."""
_SORT_KEY = itemgetter(0)


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """An item as it is stored. It is never changed, only replaced, so that what reads need of it is made once."""

    key: Key
    content: dict[str, Value]
    """What readers get copies of: plain values."""
    size: int
    """Bytes by DynamoDB's rules."""
    _copiers: Sequence[Copier]

    @classmethod
    def of(cls, key: Key, content: dict[str, Value]) -> Self:
        """An item of plain values, which nobody else may hold."""
        return cls(key, content, size_of(_with_key(key, content)), _copiers(content))

    @property
    def item(self) -> Item:
        """A copy for one reader."""
        return _copy(self.content, self._copiers) if self._copiers else self.content.copy()

    @property
    def values(self) -> Item:
        """All attributes, those of the key among them."""
        return _with_key(self.key, self.content)

    @property
    def attributes(self) -> Attributes:
        """The wire form, in which what is equal is alike in all types too."""
        return stored_form(Record(self.key, self.content))


@dataclass(frozen=True, slots=True)
class Change:
    """What one write makes of one item."""

    key: Key
    before: Stored | None
    after: Stored | None

    @property
    def size(self) -> int:
        """The larger side, which is what a write is charged for."""
        return max(_size(self.before), _size(self.after))


@dataclass(eq=False)
class _View:
    """Items in key order: of the table itself, or of an index, which shows no more of them than it projects."""

    index: IndexName | None
    _members: dict[Key, Stored] = field(default_factory=dict)
    _positions: defaultdict[str, list[Position]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.partition_key, self.sort_key = INDEX_KEYS[self.index]
        self._cursor_names = {*INDEX_KEYS[None], self.partition_key, self.sort_key}
        self._shows = self._cursor_names.union(INDEX_PROJECTIONS[self.index] if self.index else ())

    def clone(self) -> _View:
        positions = {partition: [*ordered] for partition, ordered in self._positions.items()}
        return replace(self, _members={**self._members}, _positions=defaultdict(list, positions))

    def get(self, key: Key) -> Stored | None:
        return self._members.get(key)

    def members(self) -> Iterable[tuple[Key, Stored]]:
        return self._members.items()

    def write_units(self, change: Change) -> int:
        """Writes that a change costs an index: one to add, drop or rewrite its entry, two to move it."""
        before, after = self._entry(change.before), self._entry(change.after)
        if (before and before.attributes) == (after and after.attributes):
            return 0
        if self._place(before) == self._place(after):
            return _write_units(max(_size(before), _size(after)))
        return sum(_write_units(_size(entry)) for entry in (before, after) if entry)

    def replace(self, change: Change) -> None:
        place_before, place_after = self._place(self._members.get(change.key)), self._place(change.after)
        if change.after and place_after:
            self._members[change.key] = change.after
        elif place_before:
            del self._members[change.key]
        if place_before == place_after:
            return
        if place_before:
            partition, position = place_before
            positions = self._positions[partition]
            del positions[bisect_left(positions, position)]
        if place_after:
            partition, position = place_after
            insort(self._positions[partition], position)

    def select(self, query: Query) -> list[Stored]:
        """What a query finds, up to its limit."""
        positions = self._positions.get(query.pk, [])
        if not positions and query.after is None:
            return []
        low = bisect_left(positions, query.first, key=_SORT_KEY)
        high = bisect_right(positions, query.last, key=_SORT_KEY)
        if query.after is not None and query.descending:
            high = min(high, bisect_left(positions, self._resumed(query, query.after)))
        elif query.after is not None:
            low = max(low, bisect_right(positions, self._resumed(query, query.after)))
        chosen = positions[low:high]
        if query.descending:
            chosen.reverse()
        members = self._members
        found = [members[key] for _, key in chosen[: query.limit]]
        return found if self.index is None else [self._shown(stored) for stored in found]

    def cursor(self, entry: Stored) -> dict[str, str]:
        values = cast("Mapping[str, str]", entry.values)
        return {name: values[name] for name in self._cursor_names}

    def _resumed(self, query: Query, after: Mapping[str, str]) -> Position:
        if set(after) != self._cursor_names:
            raise InvalidRequest("a query goes on after a page of the same table or index")
        if after[self.partition_key] != query.pk or not query.first <= after[self.sort_key] <= query.last:
            raise InvalidRequest("a query goes on after a page of the same query")
        return after[self.sort_key], Key(after["PK"], after["SK"])

    def _entry(self, item: Stored | None) -> Stored | None:
        return self._shown(item) if item and self._place(item) else None

    def _shown(self, item: Stored) -> Stored:
        return Stored.of(item.key, {name: value for name, value in item.content.items() if name in self._shows})

    def _place(self, item: Stored | None) -> tuple[str, Position] | None:
        """Where the view has an item, None when that is not a member."""
        if item is None:
            return None
        if self.index is None:
            return item.key.pk, (item.key.sk, item.key)
        content = cast("Mapping[str, str]", item.content)
        if self.partition_key not in content or self.sort_key not in content:
            return None
        return content[self.partition_key], (content[self.sort_key], item.key)


@dataclass(eq=False)
class MemoryTable:
    """A table in memory, safe to share between threads.

    The newest `index_lag` changes are not yet in the indexes, until more changes, or `catch_up`, push them through.
    """

    backoff: Backoff = field(default_factory=Backoff)
    page_bytes: int = 1_048_576
    index_lag: int = 0
    observer: Observer | None = None
    _items: _View = field(default_factory=lambda: _View(None))
    _indexes: dict[IndexName, _View] = field(default_factory=lambda: {name: _View(name) for name in INDEX_PROJECTIONS})
    _unindexed: deque[Change] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._lock = RLock()

    def get(self, key: Key) -> Item | None:
        """One item by key, None when absent."""
        with self._lock:
            found = self._find(key)
        if self.observer:
            self.observer(Usage(calls=1, read_units=_read_units(_size(found))))
        return None if found is None else found.item

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items that exist among the keys."""
        with self._lock:
            found = {key: self._find(key) for key in keys}
        if self.observer:
            calls = ceil(len(found) / BATCH_GET_ITEMS)
            self.observer(Usage(calls, read_units=sum(_read_units(_size(each)) for each in found.values())))
        return {key: stored.item for key, stored in found.items() if stored is not None}

    def query(self, query: Query) -> Page:
        """One page of a query."""
        with self._lock:
            view = self._items if query.index is None else self._indexes[query.index]
            entries, more = self._page(view.select(query), query.limit)
        if self.observer:
            factor = 0.5 if query.index else 1
            self.observer(Usage(1, read_units=factor * _read_units(sum(entry.size for entry in entries))))
        records = [Record(entry.key, entry.item) for entry in entries]
        return Page(tuple(records), view.cursor(entries[-1]) if more else None)

    def query_together(self, *queries: Query) -> tuple[Page, ...]:
        """One page of each query; other writers may come between two of them, as on DynamoDB."""
        return tuple(map(self.query, queries))

    def side_by_side(self, *works: Callable[[], T]) -> tuple[T, ...]:
        """What each piece of work comes to, one after the other."""
        return tuple(work() for work in works)

    def write(self, *writes: Write) -> None:
        """Write everything or nothing."""
        said = [_said(write) for write in writes]
        _check_transaction(writes, said)
        factor = 2 if len(writes) > 1 or isinstance(writes[0], Check) else 1
        with self._lock:
            befores = [self._find(write.key) for write in writes]
            found = tuple(map(_broken, writes, befores))
            refused = any(item is not None for item in found)
            changes = [
                Change(write.key, before, before if refused else _applied(write, attributes, before))
                for write, attributes, before in zip(writes, said, befores, strict=True)
            ]
            self._spend(changes, calls=1, factor=factor)
            if refused:
                raise ConditionFailed(found)
            self._apply(changes)

    def put_many(self, records: Sequence[Record]) -> None:
        """Write whole items without conditions."""
        refuse_duplicates(record.key for record in records)
        with self._lock:
            changes = [Change(key, self._find(key), _checked(key, plain(item))) for key, item in records]
            self._spend(changes, calls=ceil(len(records) / BATCH_WRITE_ITEMS), factor=1)
            self._apply(changes)

    def contents(self) -> dict[Key, Attributes]:
        """Everything that is stored, in its stored form."""
        with self._lock:
            return {key: stored.attributes for key, stored in self._items.members()}

    def records(self) -> dict[Key, Item]:
        """Everything that is stored, as it is read."""
        with self._lock:
            return {key: stored.item for key, stored in self._items.members()}

    def clone(self) -> Self:
        """Another table, in which all has been written that was written here."""
        with self._lock:
            indexes = {name: index.clone() for name, index in self._indexes.items()}
            return replace(self, _items=self._items.clone(), _indexes=indexes, _unindexed=deque(self._unindexed))

    def catch_up(self) -> None:
        """Bring the indexes up to date."""
        with self._lock:
            self._index(keep=0)

    def _find(self, key: Key) -> Stored | None:
        """What is stored under a key, which can be one then; other keys are checked."""
        found = self._items.get(key)
        if found is None:
            _check_key(key)
        return found

    def _page(self, selected: list[Stored], limit: int | None) -> tuple[list[Stored], bool]:
        """Entries up to the page's bytes, and whether those or the limit ended it: no look ahead, as AWS."""
        room = self.page_bytes
        for number, entry in enumerate(selected):
            room -= entry.size
            if number and room < 0:
                return selected[:number], True
        return selected, len(selected) == limit

    def _apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._items.replace(change)
        self._unindexed.extend(changes)
        self._index(keep=self.index_lag)

    def _index(self, keep: int) -> None:
        while len(self._unindexed) > keep:
            change = self._unindexed.popleft()
            for index in self._indexes.values():
                index.replace(change)

    def _spend(self, changes: Sequence[Change], calls: int, factor: int) -> None:
        """A change costs its larger side, twice in a transaction; what the indexes write is never doubled."""
        if self.observer:
            table = sum(factor * _write_units(change.size) for change in changes)
            indexes = sum(index.write_units(change) for change in changes for index in self._indexes.values())
            self.observer(Usage(calls, write_units=table + indexes))


def _with_key(key: Key, content: Item) -> Item:
    return {"PK": key.pk, "SK": key.sk, **content}


def _copiers(container: Container) -> Sequence[Copier]:
    """What a copy of a container would share with it, could it be changed there."""
    places: Iterable[tuple[Any, Value]] = container.items() if isinstance(container, dict) else enumerate(container)
    return tuple((place, _copier(part)) for place, part in places if isinstance(part, _CONTAINERS))


def _copier(container: Container) -> Callable[[], Any]:
    copiers = _copiers(container)
    return partial(_copy, container, copiers) if copiers else container.copy


def _copy(container: C, copiers: Sequence[Copier]) -> C:
    copied: Any = container.copy()
    for place, copy in copiers:
        copied[place] = copy()
    return cast("C", copied)


def _size(stored: Stored | None) -> int:
    return stored.size if stored else 0


def _read_units(size: int) -> int:
    return max(1, ceil(size / READ_UNIT_BYTES))


def _write_units(size: int) -> int:
    return max(1, ceil(size / WRITE_UNIT_BYTES))


def _check_key(key: Key) -> None:
    pk_bytes, sk_bytes = (len(part["S"].encode()) for part in key_attributes(key).values())
    if not 0 < pk_bytes <= PARTITION_KEY_BYTES or not 0 < sk_bytes <= SORT_KEY_BYTES:
        raise InvalidRequest(f"PK takes 1 to {PARTITION_KEY_BYTES} bytes and SK 1 to {SORT_KEY_BYTES}")


def _checked(key: Key, content: dict[str, Value]) -> Stored:
    stored = Stored.of(key, content)
    if stored.size > ITEM_BYTES:
        raise InvalidRequest(f"an item takes {ITEM_BYTES} bytes at most")
    for name in INDEX_KEY_NAMES & content.keys():
        if not (content[name] and isinstance(content[name], str)):
            raise InvalidRequest(f"{name} is an index key and must be a string that is not empty")
    return stored


def _check_transaction(writes: Sequence[Write], said: Sequence[Item]) -> None:
    if not 0 < len(writes) <= TRANSACTION_ITEMS:
        raise InvalidRequest(f"a transaction takes 1 to {TRANSACTION_ITEMS} writes, not {len(writes)}")
    refuse_duplicates(write.key for write in writes)
    if len(writes) > _ALWAYS_FIT and sum(map(size_of, said)) > TRANSACTION_BYTES:
        raise InvalidRequest(f"a transaction takes {TRANSACTION_BYTES} bytes at most")


def _said(write: Write) -> dict[str, Value]:
    """The attributes that a write gives: what they weigh counts against the transaction, whatever they come to."""
    match write:
        case Put(item=item):
            return plain(item)
        case Update(set=assigned, add=added):
            return plain({**assigned, **added} if added else assigned)
        case _:
            return {}


def _applied(write: Write, said: dict[str, Value], before: Stored | None) -> Stored | None:
    key = before.key if before else write.key
    match write:
        case Put():
            return _checked(key, said)
        case Update():
            return _checked(key, _updated(write, said, before.content if before else {}))
        case Delete():
            return None
        case Check():
            return before


def _updated(update: Update, said: Item, before: Item) -> dict[str, Value]:
    kept = {name: value for name, value in before.items() if name not in update.remove}
    sums = {name: _counted(before, name) + number for name, number in update.add.items()}
    return {**kept, **said, **sums}


def _counted(before: Item, name: str) -> int:
    number = before.get(name, 0)
    if type(number) is not int:
        raise InvalidRequest(f"{name} is not a number that could be added to")
    return number


def _broken(write: Write, before: Stored | None) -> Item | None:
    """The item that breaks the write's condition, empty when there is none; None when the condition holds."""
    if write.condition is None or _is_met(write.condition, before.values if before else {}):
        return None
    return before.item if before else {}


def _is_met(condition: Condition, values: Item) -> bool:
    match condition:
        case Absent(attribute):
            return attribute not in values
        case Present(attribute):
            return attribute in values
        case Equal(attribute, value):
            return attribute in values and _is_same(values[attribute], plain_value(value))
        case Below(attribute, value):
            return _sorts_before(values.get(attribute), value)
        case AllOf(parts):
            return all(_is_met(part, values) for part in parts)
        case AnyOf(parts):
            return any(_is_met(part, values) for part in parts)


def _is_same(stored: Value, value: Value) -> bool:
    """Whether two scalars are equal in type too: a number is never a truth value."""
    return type(stored) is type(value) and stored == value


def _sorts_before(stored: Value, bound: str | int) -> bool:
    """Whether a stored value sorts before one of the same type; values of two types never do."""
    return type(stored) is type(bound) and cast("Any", stored) < bound
