"""Which page of a list a request asks for: `page` and `per_page` (contract 1.6, 4.1)."""

from __future__ import annotations

import re

from sluiceway.domain.errors import Invalid
from sluiceway.http.pages import Paging
from sluiceway.http.request import Request

_INTEGER = re.compile(r"[+-]?0*[0-9]{1,19}")
_LARGEST = 2**63 - 1


def parse_paging(request: Request, *, largest: int = 500, above: str = "") -> Paging:
    """Read the page that a request asks for; 20 items a page unless told. Raises Invalid, `above` the largest so."""
    paging = Paging(_positive(request, "page", 1), _positive(request, "per_page", 20))
    if paging.per_page > largest:
        raise Invalid(above or f'parameter "per_page" above limit (max: {largest})')
    return paging


def parse_forgiving_paging(request: Request, *, largest: int = 500) -> Paging:
    """Read the page that a request asks for, with the default in place of each bad value (contract 4.1)."""
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
