from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.direct_upload import MEBIBYTE, MOST_BYTES, PART_BYTES, Part, parts_of


@given(st.integers(1, MOST_BYTES))
def test_parts_are_numbered_from_1_and_make_up_the_whole(size: int) -> None:
    parts = parts_of(size)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert sum(part.size for part in parts) == size
    assert all(part.size == PART_BYTES for part in parts[:-1])
    assert 0 < parts[-1].size <= PART_BYTES


def test_the_largest_upload_has_160_parts_of_64_mebibytes() -> None:
    assert parts_of(MOST_BYTES) == tuple(Part(number, 64 * MEBIBYTE) for number in range(1, 161))


@pytest.mark.parametrize("more", [0, 1])
def test_a_last_part_is_never_empty(more: int) -> None:
    assert len(parts_of(PART_BYTES + more)) == 1 + more
