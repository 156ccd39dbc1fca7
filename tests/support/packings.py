"""Every compression that the artifact format knows (mender contract 11.1)."""

from __future__ import annotations

import gzip
import lzma
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Compression: TypeAlias = Literal["none", "gz", "xz", "zst"]


class Packing(NamedTuple):
    """How archives within an artifact are compressed, and what the names of those archives end with."""

    suffix: str
    compress: Callable[[bytes], bytes]


def _unchanged(data: bytes) -> bytes:
    return data


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


PACKINGS: Final[Mapping[Compression, Packing]] = MappingProxyType(
    {
        "none": Packing("", _unchanged),
        "gz": Packing(".gz", _gzip),
        "xz": Packing(".xz", lzma.compress),
        "zst": Packing(".zst", zstd.compress),
    }
)
