"""Lists: which part of them, in which order, and what narrows them down (contract 4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from miru._expansion import TOTAL_COUNT, Tree, parse_expansions
from miru._refusals import InvalidOrderBy
from miru._versions import Version
from sluiceway.domain.errors import InvalidMembers
from sluiceway.http.request import Request
from sluiceway.usecases.config_records import ListField, Order, Reach, SortField, reach_of
from sluiceway.usecases.config_records import Listing as RecordListing

DEFAULT_LIMIT = 10
MOST_LIMIT = 100
NEWEST_FIRST = "created_at:desc"
AS_FOUND = ""
"""The order of a list that is in one of its own unless it is asked for in another."""
UNKNOWN_TOTAL = -1
"""What the older versions show when the total was not asked for."""
_LAST_OFFSET = 2**31
_NUMBER = re.compile(r"[+-]?[0-9]{1,1000}")
_SEPARATORS = re.compile(r"[,|]")
_DIRECTIONS = {"": True, "asc": False, "desc": True}
"""Whether it is descending, which it is unless told otherwise."""


class Listed(Protocol):
    """What every list is sorted by."""

    @property
    def id(self) -> str:
        """The thing's id."""
        ...

    @property
    def created(self) -> datetime:
        """When it was made."""
        ...


ListedT = TypeVar("ListedT", bound=Listed)
WordT = TypeVar("WordT", bound=StrEnum)
_FIELDS = {"id": SortField.ID, "created_at": SortField.CREATED}
_KEYS: Mapping[SortField, Callable[[Listed], Any]] = {
    SortField.ID: lambda each: each.id,
    SortField.CREATED: lambda each: each.created,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """Which part of a list is asked for, in which order, and what is to be expanded."""

    limit: int
    offset: int
    orders: tuple[Order, ...]
    """The most important first; none where the things stay as they were found."""
    expansions: Tree

    def records(self, filters: Mapping[ListField, frozenset[str] | None]) -> RecordListing:
        """Return the same of the records of a kind, for the filters that were sent."""
        sent = {name: values for name, values in filters.items() if values is not None}
        return RecordListing(sent, self.orders, self.offset, self.limit, self.is_counted)

    @property
    def is_counted(self) -> bool:
        """Tell whether the total is asked for."""
        return TOTAL_COUNT in self.expansions

    @property
    def reach(self) -> Reach | None:
        """How far the page reaches into an unfiltered list that is kept by creation; None when all of it is needed."""
        return None if self.is_counted else reach_of(self.orders, self.offset, self.limit)

    def page(self, items: Iterable[ListedT]) -> tuple[Sequence[ListedT], int]:
        """Return the part of all items that is asked for, and how many there are."""
        ordered = list(items)
        for order in reversed(self.orders):
            ordered.sort(key=_KEYS[order.field], reverse=order.descending)
        return ordered[self.offset : self.offset + self.limit], len(ordered)

    def envelope(self, version: Version, total: int, data: Sequence[object]) -> dict[str, object]:
        """Render the list."""
        return {
            "object": "list",
            **self._total(version, total),
            "limit": self.limit,
            "offset": self.offset,
            "has_more": self.offset + self.limit < total,
            "data": data,
        }

    def _total(self, version: Version, total: int) -> dict[str, int]:
        if self.is_counted:
            return {TOTAL_COUNT: total}
        return {} if version.is_tetons else {TOTAL_COUNT: UNKNOWN_TOTAL}


def parse_listing(
    request: Request, known: Tree, *, default_limit: int = DEFAULT_LIMIT, default_order: str = NEWEST_FIRST
) -> Listing:
    """Read what is asked of a list; numbers out of range are moved into it.

    Raises InvalidMembers for what is no number, InvalidOrderBy and InvalidExpansion.
    """
    return Listing(
        limit=min(max(_number(request, "limit", default_limit), 1), MOST_LIMIT),
        offset=min(max(_number(request, "offset", 0), 0), _LAST_OFFSET),
        orders=_orders(request, default_order),
        expansions=parse_expansions(request, {**known, TOTAL_COUNT: {}}),
    )


def filter_values(request: Request, name: str) -> frozenset[str] | None:
    """Return the values that a filter lets pass, None when it was not sent.

    They are separated by commas or bars; as a name may contain those, the whole value counts too.
    """
    given = _values(request, name)
    return frozenset(given).union(*map(_SEPARATORS.split, given)) if given else None


def filter_words(request: Request, name: str, known: Collection[WordT]) -> frozenset[WordT] | None:
    """Return the words that a filter lets pass, None when it was not sent. Raises InvalidMembers for an unknown one."""
    given = [word for value in _values(request, name) for word in _SEPARATORS.split(value)]
    words = {str(word): word for word in known}
    unknown = sorted(set(given) - words.keys())
    if unknown:
        raise InvalidMembers([(name, f"{', '.join(unknown)} is none of {', '.join(sorted(words))}")])
    return frozenset(words[word] for word in given) if given else None


def passes(wanted: frozenset[str] | None, value: str) -> bool:
    """Tell whether a filter lets a value pass."""
    return wanted is None or value in wanted


def _values(request: Request, name: str) -> list[str]:
    return [value for key, value in request.query if key in {name, f"{name}[]"}]


def _number(request: Request, name: str, default: int) -> int:
    given = request.query_value(name)
    if given is None:
        return default
    if not _NUMBER.fullmatch(given):
        raise InvalidMembers([(name, "must be a whole number")])
    return int(given)


def _orders(request: Request, default: str) -> tuple[Order, ...]:
    given = ",".join(_values(request, "order_by")) or default
    if not given:
        return ()
    orders = tuple(_order(term.strip()) for term in given.split(",") if term.strip())
    is_settled = any(order.field is SortField.ID for order in orders)
    return orders if is_settled else (*orders, Order(SortField.ID, descending=False))


def _order(term: str) -> Order:
    name, _, direction = term.partition(":")
    if name not in _FIELDS or direction not in _DIRECTIONS:
        raise InvalidOrderBy(term)
    return Order(_FIELDS[name], _DIRECTIONS[direction])
