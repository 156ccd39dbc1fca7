"""Makes artifacts for demonstrations and tests, in every compression that the format knows (mender contract 11.1)."""

from __future__ import annotations

import lzma
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from sluiceway.artifacts.mender_writer import GZIP, Packing, Payload, write_artifact

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["PACKINGS", "Compression", "Payload", "sample_artifact"]

Compression: TypeAlias = Literal["none", "gz", "xz", "zst"]


def _unchanged(data: bytes) -> bytes:
    return data


PACKINGS: Final[Mapping[Compression, Packing]] = MappingProxyType(
    {
        "none": Packing("", _unchanged),
        "gz": GZIP,
        "xz": Packing(".xz", lzma.compress),
        "zst": Packing(".zst", zstd.compress),
    }
)


def sample_artifact(
    name: str, device_types: Sequence[str], payload: Payload, *, compression: Compression = "gz"
) -> bytes:
    """The bytes of an unsigned artifact with one payload."""
    return write_artifact(name, device_types, payload, packing=PACKINGS[compression])
