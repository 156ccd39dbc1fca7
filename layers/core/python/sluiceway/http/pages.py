"""Paging: `page` and `per_page` in, `Link` and `X-Total-Count` out (mender contract 1.6, RFC 8288)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, urlencode

from sluiceway.domain.errors import Invalid
from sluiceway.http.request import Request

T = TypeVar("T")
_INTEGER = re.compile(r"[+-]?0*[0-9]{1,19}")
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page, from 1, and how many items it may have."""

    page: int
    per_page: int

    @property
    def offset(self) -> int:
        """How many items come before the page."""
        return (self.page - 1) * self.per_page

    def cut(self, items: Sequence[T]) -> Sequence[T]:
        """Return the items of this page out of all of them."""
        return items[self.offset : self.offset + self.per_page]

    def has_next(self, total: int) -> bool:
        """Tell whether any of `total` items come after the page."""
        return self.page * self.per_page < total

    def last(self, total: int) -> int:
        """The number of the last page of `total` items; without items that is the first."""
        return max(1, -(-total // self.per_page))


def parse_paging(request: Request, *, largest: int = 500, above: str = "") -> Paging:
    """Read the page that a request asks for; 20 items a page unless told. Raises Invalid, `above` the largest so."""
    paging = Paging(_positive(request, "page", 1), _positive(request, "per_page", 20))
    if paging.per_page > largest:
        raise Invalid(above or f'parameter "per_page" above limit (max: {largest})')
    return paging


def parse_forgiving_paging(request: Request, *, largest: int = 500) -> Paging:
    """Read the page that a request asks for, with the default in place of each bad value (mender contract 4.1)."""
    page, per_page = _positive_or(request, "page", 1), _positive_or(request, "per_page", 20)
    return Paging(page, per_page if per_page <= largest else 20)


def _positive_or(request: Request, name: str, default: int) -> int:
    try:
        return _positive(request, name, default)
    except Invalid:
        return default


def _positive(request: Request, name: str, default: int) -> int:
    given = request.query_value(name)
    if not given:
        return default
    if not _INTEGER.fullmatch(given) or abs(int(given)) > _LARGEST:
        raise Invalid(f'invalid {name} query: "{given}"')
    if int(given) < 1:
        raise Invalid(f"invalid {name} query: value must be a non-zero positive integer")
    return int(given)


def links(request: Request, paging: Paging, *, more: bool) -> dict[str, str]:
    """Headers of a page where only is known whether more come after it."""
    return {"link": _link(request, paging, _targets(paging, more=more))}


def links_and_total(request: Request, paging: Paging, total: int) -> dict[str, str]:
    """Headers of a page where the number of matches over all pages is known."""
    targets = {**_targets(paging, more=paging.has_next(total)), "last": paging.last(total)}
    return {"link": _link(request, paging, targets), "x-total-count": str(total)}


def _targets(paging: Paging, *, more: bool) -> dict[str, int]:
    """Page numbers by relation, in the order in which they are listed."""
    before = {"prev": paging.page - 1} if paging.page > 1 else {}
    after = {"next": paging.page + 1} if more else {}
    return {"first": 1, **before, **after}


def _link(request: Request, paging: Paging, targets: dict[str, int]) -> str:
    return ", ".join(f'<{_reference(request, page, paging.per_page)}>; rel="{rel}"' for rel, page in targets.items())


def _reference(request: Request, page: int, per_page: int) -> str:
    """The request's own path and query, repeated parameters included, turned to another page."""
    kept = [pair for pair in request.query if pair[0] not in {"page", "per_page"}]
    turned = [*kept, ("page", str(page)), ("per_page", str(per_page))]
    query = urlencode(sorted(turned, key=lambda pair: pair[0]), quote_via=quote)
    return f"{quote(request.path)}?{query}"
