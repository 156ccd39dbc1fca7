"""Which page a request asks for (mender contract 1.6)."""

from __future__ import annotations

import pytest

from mender._paging import parse_paging
from sluiceway.domain.errors import Invalid
from sluiceway.http.pages import Paging
from tests.unit.http.requests import request_for


def test_without_parameters_the_first_twenty_are_asked_for() -> None:
    assert parse_paging(request_for("/things")) == Paging(page=1, per_page=20)


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("page=abc", 'invalid page query: "abc"'),
        ("page=1.5", 'invalid page query: "1.5"'),
        ("page=1_0", 'invalid page query: "1_0"'),
        ("page=%D9%A3", 'invalid page query: "٣"'),
        ("per_page=x", 'invalid per_page query: "x"'),
        ("page=9223372036854775808", 'invalid page query: "9223372036854775808"'),
        (f"per_page={'9' * 5000}", f'invalid per_page query: "{"9" * 5000}"'),
        ("page=0", "invalid page query: value must be a non-zero positive integer"),
        ("page=-1", "invalid page query: value must be a non-zero positive integer"),
        ("per_page=0", "invalid per_page query: value must be a non-zero positive integer"),
        ("per_page=501", 'parameter "per_page" above limit (max: 500)'),
    ],
)
def test_a_bad_page_is_refused_in_the_words_of_the_contract(query: str, refusal: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_paging(request_for(f"/things?{query}"))
    assert str(caught.value) == refusal


def test_the_largest_page_is_the_operations_own() -> None:
    assert parse_paging(request_for("/things?per_page=20"), largest=20).per_page == 20
    with pytest.raises(Invalid, match="max: 20"):
        parse_paging(request_for("/things?per_page=21"), largest=20)
