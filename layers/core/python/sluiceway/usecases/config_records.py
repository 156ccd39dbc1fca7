"""Finding the records of configurations: by their ids, or in the list of their kind (miru contract 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar, cast

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.domain.errors import Invalid, NoSuchRecord
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.paging import read_all, read_first
from sluiceway.storage.table import Item, Query, Record
from sluiceway.usecases.service import Service

T = TypeVar("T")
MOST_LISTED = 50_000
"""Records that one list looks through: some 10 MB."""
TOO_MANY = "there are more than {most} to look through: name those that are meant by {named_by}, or ask for the first \
{most} in the order of created_at, unfiltered and without their total_count"


class ListField(StrEnum):
    """What a list can be filtered by; what a kind of record does not have, none of it meets."""

    ID = "id"
    NAME = "name"
    SLUG = "slug"
    VERSION = "version"
    TYPE_ID = "type"
    SCHEMA_ID = "schema"
    SHA = "sha"


class SortField(StrEnum):
    """What a list can be sorted by."""

    CREATED = "created"
    ID = "id"


class Order(NamedTuple):
    """One thing to sort by."""

    field: SortField
    descending: bool = True


class Reach(NamedTuple):
    """How many records of a list are to be read, from its newest or its oldest."""

    size: int
    from_newest: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Which records to list: those that have, for each filter, one of its values. Those that are equal sort by id."""

    filters: Mapping[ListField, frozenset[str]] = field(default_factory=dict)
    orders: tuple[Order, ...] = (Order(SortField.CREATED),)
    offset: int = 0
    limit: int = 10
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A page of a list, and how many records the whole list has.

    Of a list that is not counted, the total may be what was read of it: more than the page ends at if more follow.
    """

    records: tuple[T, ...]
    total: int


def find_records(service: Service, workspace: str, kind: ConfigKind, ids: Iterable[str]) -> dict[str, Item]:
    """Read the records with these ids that exist, by id, each once and in the order given."""
    wanted = {each: keys.config_record(workspace, kind, each) for each in ids if is_possible_id(each)}
    found = service.table.get_many(list(wanted.values()))
    return {record_id: found[key] for record_id, key in wanted.items() if key in found}


def find_mixed_records(
    service: Service, workspace: str, wanted: Mapping[ConfigKind, Iterable[str]]
) -> dict[ConfigKind, dict[str, Item]]:
    """Read records of several kinds that exist in one batch, by kind and id."""
    named = {(kind, each): keys.config_record(workspace, kind, each) for kind, ids in wanted.items() for each in ids}
    found = service.table.get_many(list(named.values()))
    records: dict[ConfigKind, dict[str, Item]] = {kind: {} for kind in wanted}
    for (kind, record_id), key in named.items():
        if key in found:
            records[kind][record_id] = found[key]
    return records


def load_record(service: Service, workspace: str, kind: ConfigKind, record_id: str) -> Item:
    """Read one record. Raises NotFound."""
    stored = service.table.get(keys.config_record(workspace, kind, record_id)) if is_possible_id(record_id) else None
    if stored is None:
        raise NoSuchRecord(kind, record_id)
    return stored


def list_records(service: Service, workspace: str, kind: ConfigKind, listing: Listing) -> Listed[Item]:
    """Read a page of the list of a kind. Raises Invalid when there is too much to look through."""
    matching = [entry for entry in _entries(service, workspace, kind, listing) if _meets(entry, listing.filters)]
    page = _sorted(matching, listing.orders)[listing.offset : listing.offset + listing.limit]
    records = find_records(service, workspace, kind, (str(entry["id"]) for entry in page))
    return Listed(tuple(records.values()), len(matching))


def reach_of(orders: Sequence[Order], offset: int, limit: int) -> Reach | None:
    """Return how far a page reaches into a list that is kept by creation, None when it is sorted by something else.

    One record more tells whether the page is the last one.
    """
    if not orders or orders[0].field is not SortField.CREATED:
        return None
    return Reach(offset + limit + 1, orders[0].descending)


def read_directory(service: Service, directory: str, *, named_by: str, reach: Reach | None = None) -> list[Item]:
    """Read all that a list has, or as far as it is to be read, in whatever order.

    Raises Invalid, with what else leads to a thing, when there is too much.
    """
    size, from_newest = reach or Reach(MOST_LISTED + 1, from_newest=False)
    records = read_first(service.table, Query(directory, descending=from_newest), min(size, MOST_LISTED + 1))
    if len(records) > MOST_LISTED:
        raise Invalid(TOO_MANY.format(most=MOST_LISTED, named_by=named_by))
    return [record.item for record in (records if len(records) < size else _with_equals(service, directory, records))]


def _with_equals(service: Service, directory: str, records: list[Record]) -> Iterable[Record]:
    """Add what was made at once with the last two, if those were: what comes first of it depends on more than time."""
    moments = {keys.moment_of(record.key.sk) for record in records[-2:]}
    if len(moments) > 1:
        return records
    equals = read_all(service.table, keys.config_entries_of(directory, moments.pop()))
    return {record.key: record for record in [*records, *equals]}.values()


def _entries(service: Service, workspace: str, kind: ConfigKind, listing: Listing) -> Sequence[Item]:
    """Read what may be meant: the whole list, unless ids say what, or nothing but its own order says which."""
    if ListField.ID in listing.filters:
        return list(find_records(service, workspace, kind, sorted(listing.filters[ListField.ID])).values())
    is_whole = bool(listing.filters) or listing.is_counted
    reach = None if is_whole else reach_of(listing.orders, listing.offset, listing.limit)
    return read_directory(service, keys.config_directory(workspace, kind), named_by="id", reach=reach)


def _meets(entry: Item, filters: Mapping[ListField, frozenset[str]]) -> bool:
    return all(entry.get(name) in values for name, values in filters.items())


def _sorted(entries: Iterable[Item], orders: Sequence[Order]) -> list[Item]:
    """Sort by the last thing first, since each sort keeps the order of what it finds equal."""
    found = list(entries)
    for order in reversed([*orders, Order(SortField.ID, descending=False)]):
        found.sort(key=lambda entry: cast("int | str", entry[order.field]), reverse=order.descending)
    return found
