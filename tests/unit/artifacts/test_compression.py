"""Streams cut into the smallest pieces, where decompressors hold back output or input."""

from __future__ import annotations

import pytest

from sluiceway.artifacts._compression import decompressed
from sluiceway.artifacts._stream import Reader
from sluiceway.domain.errors import InvalidArtifact
from tests.support.mender_files import one_byte_at_a_time
from tests.support.packings import PACKINGS, Compression

COMPRESSIONS: tuple[Compression, ...] = ("gz", "xz", "zst")


def unpack(reader: Reader, size: int) -> bytes:
    parts = []
    while part := reader.read(size):
        assert len(part) <= size
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("compression", ["none", *COMPRESSIONS])
@pytest.mark.parametrize("size", [1, 257, 100_000])
def test_content_can_be_taken_in_pieces_of_any_size(compression: Compression, size: int) -> None:
    content = b"abc" * 3000 + bytes(3000)
    source = one_byte_at_a_time(PACKINGS[compression].compress(content))
    assert unpack(decompressed(source, PACKINGS[compression].suffix, "it"), size) == content


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_data_after_the_end_is_found_even_if_it_was_not_read_yet(compression: Compression) -> None:
    source = one_byte_at_a_time(PACKINGS[compression].compress(b"content") + b"x")
    with pytest.raises(InvalidArtifact, match="it: data after the end of the compressed stream"):
        unpack(decompressed(source, PACKINGS[compression].suffix, "it"), 100)
