"""Which page of a list a request asks for: `page` and `per_page` (contract 1.6, 4.1)."""

from __future__ import annotations

import re

from sluiceway.domain.errors import Invalid
from sluiceway.http.pages import Paging
from sluiceway.http.request import Request

_INTEGER = re.compile(r"[+-]?0*[0-9]{1,19}")
_LARGEST = 2**63 - 1
_DEFAULT_PAGE, _LARGEST_PAGE = 20, 500
"""Items on a page."""


def parse_paging(request: Request, *, largest: int = _LARGEST_PAGE, above: str = "") -> Paging:
    """Read the page that a request asks for; 20 items a page unless told. Raises Invalid, `above` the largest so."""
    paging = Paging(_positive(request, "page", 1), _positive(request, "per_page", _DEFAULT_PAGE))
    if paging.per_page > largest:
        raise Invalid(above or f'parameter "per_page" above limit (max: {largest})')
    return paging


def parse_forgiving_paging(request: Request) -> Paging:
    """Read the page that a request asks for, with the default in place of each bad value (contract 4.1)."""
    page, per_page = _positive_or(request, "page", 1), _positive_or(request, "per_page", _DEFAULT_PAGE)
    return Paging(page, per_page if per_page <= _LARGEST_PAGE else _DEFAULT_PAGE)


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
