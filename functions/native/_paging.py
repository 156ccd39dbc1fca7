"""Which page of a list a request asks for: `page`, from 1, and `per_page`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from sluiceway.domain.errors import InvalidMembers
from sluiceway.http.pages import Paging, links_and_total
from sluiceway.http.request import Request
from sluiceway.http.response import Response, as_json

T = TypeVar("T")
LARGEST_PAGE = 100
LAST_PAGE = 1_000_000
DEFAULT_PAGE = 20
_NUMBER = re.compile(r"[0-9]{1,7}")


def parse_paging(request: Request) -> Paging:
    """Read the page that a request asks for. Raises InvalidMembers."""
    return Paging(_number(request, "page", 1, LAST_PAGE), _number(request, "per_page", DEFAULT_PAGE, LARGEST_PAGE))


def answer_page(request: Request, paging: Paging, items: Sequence[object]) -> Response:
    """Answer one page of all items, with how many there are and where the other pages are."""
    headers = links_and_total(request, paging, len(items))
    return as_json(paging.cut(items)).with_headers(headers)


def _number(request: Request, name: str, default: int, largest: int) -> int:
    given = request.query_value(name)
    if given is None:
        return default
    if not _NUMBER.fullmatch(given) or not 1 <= int(given) <= largest:
        raise InvalidMembers([(name, f"must be a whole number from 1 to {largest}")])
    return int(given)
