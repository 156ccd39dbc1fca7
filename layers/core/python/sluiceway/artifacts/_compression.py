"""Decompression in bounded memory: one chunk in, at most one chunk out, and a ceiling on every dictionary."""

from __future__ import annotations

import lzma
import sys
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from sluiceway.artifacts._stream import CHUNK_SIZE, Reader
from sluiceway.domain.errors import InvalidArtifact

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

XZ_MEMORY_LIMIT: Final = 65 * 1024 * 1024
"""Bytes. mender-artifact packs with a 64 MiB dictionary whatever the payload's size, so less would refuse its files."""

ZSTD_WINDOW_LOG_LIMIT: Final = 25
"""32 MiB, the largest window that mender-artifact's levels use."""


class Decompressor(Protocol):
    """What the decompressors of the standard library have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the compressed stream was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether more output takes more input."""

    @property
    def unused_data(self) -> bytes:
        """Input after the end of the compressed stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take input, give at most `max_length` bytes of output."""


class GzipDecompressor:
    """zlib's decompressor behind the interface of the others.

    It may hold back output after it took all input so far, but never at the end: the checksum that closes a gzip stream
    is taken only once all output was given.
    """

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        """Whether the end of the compressed stream was reached."""
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        """Whether more output takes more input."""
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """Input after the end of the compressed stream."""
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take input, give at most `max_length` bytes of output."""
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


def _xz() -> Decompressor:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=XZ_MEMORY_LIMIT)


def _zstd() -> Decompressor:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG_LIMIT})


DECOMPRESSORS: Final[Mapping[str, Callable[[], Decompressor]]] = MappingProxyType(
    {".gz": GzipDecompressor, ".xz": _xz, ".zst": _zstd}
)
"""By the suffix of the member's name; a member without a suffix is not compressed (mender contract 11.1)."""


class DecompressingReader:
    """The content of exactly one compressed stream.

    A stream that ends early, or is followed by anything, another stream included, is refused: readers disagree on what
    comes after the first, and no writer of artifacts makes a second.
    """

    def __init__(self, source: Reader, decompressor: Decompressor, where: str) -> None:
        self._source = source
        self._decompressor = decompressor
        self._where = where

    def read(self, size: int, /) -> bytes:
        """Give the next bytes of the content.

        Raises:
            InvalidArtifact: The compressed stream is broken, cut short, followed by other data, or needs too much
                memory.

        """
        while not self._decompressor.eof:
            if output := self._decompress(min(size, CHUNK_SIZE)):
                return output
        if self._decompressor.unused_data or self._source.read(1):
            raise InvalidArtifact(f"{self._where}: data after the end of the compressed stream")
        return b""

    def _decompress(self, size: int) -> bytes:
        data = self._input() if self._decompressor.needs_input else b""
        try:
            return self._decompressor.decompress(data, size)
        except (zlib.error, lzma.LZMAError, zstd.ZstdError) as error:
            raise InvalidArtifact(f"{self._where}: compressed stream broken: {error}") from error

    def _input(self) -> bytes:
        data = self._source.read(CHUNK_SIZE)
        if not data:
            raise InvalidArtifact(f"{self._where}: compressed stream broken: it ends early")
        return data


def decompressed(source: Reader, suffix: str, where: str) -> Reader:
    """The content of a member, by the suffix of its name; `""` means that it is not compressed."""
    return DecompressingReader(source, DECOMPRESSORS[suffix](), where) if suffix else source
