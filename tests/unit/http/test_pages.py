"""Numbered pages and the links between them."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from sluiceway.http.pages import Paging, links, links_and_total
from tests.unit.http.requests import request_for

_LINK = re.compile(r'<([^>]*)>; rel="(first|prev|next|last)"')
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_QUERY = st.lists(st.tuples(_TEXT.filter(lambda name: name not in {"page", "per_page"}), _TEXT), max_size=5)


def _links(header: str) -> dict[str, str]:
    assert ", ".join(match.group() for match in _LINK.finditer(header)) == header
    return {rel: reference for reference, rel in _LINK.findall(header)}


def test_links_keep_the_query_sorted_and_repeated_with_only_the_page_changed() -> None:
    request = request_for("/a%20b?status=finished&per_page=5&page=2&name=%C3%A9&name=a%26b")
    assert _links(links(request, Paging(2, 5), more=True)["link"]) == {
        "first": "/a%20b?name=%C3%A9&name=a%26b&page=1&per_page=5&status=finished",
        "prev": "/a%20b?name=%C3%A9&name=a%26b&page=1&per_page=5&status=finished",
        "next": "/a%20b?name=%C3%A9&name=a%26b&page=3&per_page=5&status=finished",
    }


def test_an_empty_list_has_only_a_first_and_a_last_page() -> None:
    headers = links_and_total(request_for("/things"), Paging(1, 20), total=0)
    assert headers["x-total-count"] == "0"
    assert list(_links(headers["link"])) == ["first", "last"]


@given(query=_QUERY, page=st.integers(1, 50), per_page=st.integers(1, 500), total=st.integers(0, 2000))
def test_links_lead_to_every_page_and_to_no_other(
    query: list[tuple[str, str]], page: int, per_page: int, total: int
) -> None:
    request = request_for(f"/{quote('thé list')}?{urlencode([('page', str(page)), *query])}")
    headers = links_and_total(request, Paging(page, per_page), total)
    found = _links(headers["link"])
    pages = {}
    for rel, reference in found.items():
        parameters = parse_qsl(urlsplit(reference).query, keep_blank_values=True)
        assert reference.isascii()
        assert [name for name, _ in parameters] == sorted(name for name, _ in parameters)
        assert sorted(pair for pair in parameters if pair[0] not in {"page", "per_page"}) == sorted(query)
        assert dict(parameters)["per_page"] == str(per_page)
        pages[rel] = int(dict(parameters)["page"])
    last = max(1, -(-total // per_page))
    assert pages["first"] == 1
    assert pages["last"] == last
    assert pages.get("prev") == (page - 1 if page > 1 else None)
    assert pages.get("next") == (page + 1 if page < last else None)
