"""What a caller's Authorization header has to look like (mender contract 1.2)."""

from __future__ import annotations

import pytest

from mender._auth import bearer_token
from sluiceway.domain.errors import Unauthenticated
from tests.unit.http.requests import request_for


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_matched_in_any_case(scheme: str) -> None:
    assert bearer_token(request_for(authorization=f"{scheme} a.b.c")) == "a.b.c"


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (None, "Authorization not present in header"),
        ("", "Authorization not present in header"),
        ("Bearer", "malformed Authorization header"),
        ("Bearer ", "malformed Authorization header"),
        ("Bearer a b", "malformed Authorization header"),
        ("a.b.c", "malformed Authorization header"),
        ("Basic YTpi", "unknown Authorization method Basic"),
        ("JWT a.b.c", "unknown Authorization method JWT"),
        ("a.b.c x", "malformed Authorization header"),
    ],
)
def test_any_other_header_is_refused_in_the_words_of_the_contract(header: str | None, text: str) -> None:
    headers = {} if header is None else {"authorization": header}
    with pytest.raises(Unauthenticated) as refused:
        bearer_token(request_for(**headers))
    assert str(refused.value) == text
