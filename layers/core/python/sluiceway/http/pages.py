"""Numbered pages: which items are on one, and the `Link` and `X-Total-Count` that lead to the others (RFC 8288)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, urlencode

from sluiceway.http.request import Request

T = TypeVar("T")


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
