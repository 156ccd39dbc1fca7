from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sluiceway.domain.errors import Invalid
from sluiceway.domain.identifiers import MOST_ID_BYTES, is_possible_id
from sluiceway.storage import keys


@pytest.mark.parametrize("identifier", ["x", "x" * 256, "é" * 128, "#" * 85, "\0", " "])
def test_what_fits_into_a_key_is_possible(identifier: str) -> None:
    assert is_possible_id(identifier)


@pytest.mark.parametrize("identifier", ["", "x" * 257, "é" * 129, "#" * 86, "\x7f" * 86, "\ud800"])
def test_what_is_empty_or_long_or_not_text_is_not(identifier: str) -> None:
    assert not is_possible_id(identifier)


@given(st.text(st.characters() | st.sampled_from("#%\n")) | st.text("#%é\x7fx", min_size=80, max_size=260))
@example("#" * 85 + "x")
@example("#" * 85 + "xx")
def test_exactly_the_possible_ids_have_a_key_within_the_limit(identifier: str) -> None:
    escaped = ""
    with suppress(Invalid):
        escaped = keys.escape(identifier)
    assert is_possible_id(identifier) is bool(escaped)
    assert len(escaped.encode()) <= MOST_ID_BYTES
