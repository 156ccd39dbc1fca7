"""What every list takes and answers: sorting, pages, a filter with globs (contract 1.1, 2.1, 5)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any, TypeVar

from losant._rendering import Rendering
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.strict_json import bytes_as_sent
from sluiceway.http.request import Request
from sluiceway.usecases.object_lists import ObjectField, ObjectListing, fits_glob

T = TypeVar("T")
MOST_PAGE_BYTES = 5 * 1024 * 1024
"""Of the items of a page, as they are sent: below what one answer holds."""
DEFAULT_PAGE_SIZE = 100
LARGEST_PAGE = 1000
LAST_PAGE = 10**15 - 1
"""What a client can count to; every page after it is the same one, which is empty."""
_DIRECTIONS = ("asc", "desc")
OBJECT_FIELDS = {
    "name": ObjectField.NAME,
    "id": ObjectField.ID,
    "creationDate": ObjectField.CREATED,
    "lastUpdated": ObjectField.UPDATED,
}
"""What every list of things with a name can be sorted by."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked of a list; the field of the filter and the filter are empty where they are not given."""

    sort_field: str
    sort_direction: str
    page: int
    per_page: int
    filter_field: str = ""
    glob: str = ""

    @property
    def offset(self) -> int:
        """How many come before the page."""
        return self.page * self.per_page

    @property
    def is_descending(self) -> bool:
        """Whether the greatest comes first."""
        return self.sort_direction == "desc"

    @property
    def is_filtered(self) -> bool:
        """Whether there is a filter, with the field that it is for."""
        return bool(self.glob and self.filter_field)

    def of_objects(self, fields: Mapping[str, ObjectField] = OBJECT_FIELDS) -> ObjectListing:
        """Return the same for a list that use cases cut; a field that they do not know is the caller's to sort by."""
        field = fields.get(self.sort_field, ObjectField.NAME)
        glob = self.glob if self.is_filtered else None
        return ObjectListing(field, self.is_descending, self.offset, self.per_page, glob)

    def cut(self, found: Iterable[T], fields: Mapping[str, Callable[[T], str]]) -> tuple[list[T], int]:
        """Return the page of what was found, and how many pass the filter; `id` is among the fields."""
        passing = [
            each for each in found if not self.is_filtered or fits_glob(fields[self.filter_field](each), self.glob)
        ]
        passing.sort(key=fields["id"])
        passing.sort(key=fields[self.sort_field], reverse=self.is_descending)
        return passing[self.offset : self.offset + self.per_page], len(passing)

    def envelope(
        self,
        rendering: Rendering,
        kind: str,
        items: Sequence[Mapping[str, object]],
        total: int,
        *,
        place: str,
        echoes: Mapping[str, str | None] | None = None,
    ) -> dict[str, Any]:
        """Wrap a page of the list that is at `place` below the application, repeating what it is filtered by."""
        filters = {"filter": self.glob, "filterField": self.filter_field, **(echoes or {})}
        omitted = _too_long(items)
        content = {
            "items": [{name: value for name, value in item.items() if name not in omitted} for item in items],
            "count": len(items),
            "totalCount": total,
            "applicationId": rendering.application_id,
            "page": self.page,
            "perPage": self.per_page,
            "sortField": self.sort_field,
            "sortDirection": self.sort_direction,
            **{name: value for name, value in filters.items() if value},
            **({"omitted": omitted} if omitted else {}),
        }
        return rendering.resource(kind, content, place)


def parse_listing(
    request: Request, sort_fields: Sequence[str], *, default: str, filter_fields: Sequence[str] = ()
) -> Listing:
    """Read what is asked of a list, and of its filter where it has one. Raises InvalidMembers."""
    return Listing(
        _word(request, "sortField", sort_fields, default),
        _word(request, "sortDirection", _DIRECTIONS, "asc", lower=True),
        min(LAST_PAGE, _number(request, "page", 0)),
        _page_size(request),
        _word(request, "filterField", ("", *filter_fields), "") if filter_fields else "",
        request.query_value("filter") or "" if filter_fields else "",
    )


def _too_long(items: Sequence[Mapping[str, object]]) -> list[str]:
    """Name the members without which a page of items fits into an answer, the longest first; none where it does."""
    excess = _bytes_of(items) - MOST_PAGE_BYTES
    sizes: Counter[str] = Counter()
    if excess > 0:
        sizes.update({name: _bytes_of([item.get(name) for item in items]) for name in {*chain.from_iterable(items)}})
    by_size = sizes.most_common()
    freed = accumulate((size for _, size in by_size), initial=0)
    return [name for (name, _), before in zip(by_size, freed, strict=False) if before < excess]


def _bytes_of(value: object) -> int:
    return bytes_as_sent(json.dumps(value, ensure_ascii=False))


def _word(request: Request, name: str, known: Sequence[str], default: str, *, lower: bool = False) -> str:
    given = request.query_value(name) or default
    word = given.lower() if lower else given
    if word not in known:
        raise InvalidMembers([(name, f"must be one of {', '.join(filter(None, known))}")])
    return word


def _page_size(request: Request) -> int:
    size = _number(request, "perPage", DEFAULT_PAGE_SIZE)
    if not 1 <= size <= LARGEST_PAGE:
        raise InvalidMembers([("perPage", f"must be a whole number from 1 to {LARGEST_PAGE}")])
    return size


def _number(request: Request, name: str, default: int) -> int:
    """Read a whole number; of one with more than 16 digits the first 16 will do."""
    given = request.query_value(name) or str(default)
    if not (given.isascii() and given.isdecimal()):
        raise InvalidMembers([(name, "must be a whole number")])
    return int(given.lstrip("0")[:16] or "0")
