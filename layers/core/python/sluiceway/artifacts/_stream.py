"""Readers over a stream that cannot seek, none of which holds more than one chunk."""

from __future__ import annotations

import hashlib
from typing import Protocol

from sluiceway.domain.errors import InvalidArtifact

CHUNK_SIZE = 64 * 1024


class Reader(Protocol):
    """A source of bytes: at least one and at most `size` of them, none at the end."""

    def read(self, size: int, /) -> bytes:
        """Give the next bytes."""


class Budget:
    """How many bytes may still be read; `what` names in the refusal what grew too large."""

    def __init__(self, limit: int, what: str) -> None:
        self._limit = limit
        self._left = limit
        self._what = what

    def spend(self, amount: int) -> None:
        """Take from the budget.

        Raises:
            InvalidArtifact: More was spent than the limit.

        """
        self._left -= amount
        if self._left < 0:
            raise InvalidArtifact(f"{self._what} exceeds the limit of {self._limit} bytes")


class MeteredReader:
    """Spends from a budget what passes through."""

    def __init__(self, source: Reader, budget: Budget) -> None:
        self._source = source
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        """Give the next bytes within the budget."""
        data = self._source.read(size)
        self._budget.spend(len(data))
        return data


class CountingReader:
    """Counts what passes through; `count` is in bytes."""

    def __init__(self, source: Reader) -> None:
        self._source = source
        self.count = 0

    def read(self, size: int, /) -> bytes:
        """Give the next bytes."""
        data = self._source.read(size)
        self.count += len(data)
        return data


class HashingReader:
    """Computes the SHA-256 of what passes through."""

    def __init__(self, source: Reader) -> None:
        self._source = source
        self._digest = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        """Give the next bytes."""
        data = self._source.read(size)
        self._digest.update(data)
        return data

    def hexdigest(self) -> str:
        """SHA-256 of everything read so far, in lower-case hex."""
        return self._digest.hexdigest()


def drain(source: Reader) -> None:
    """Read to the end and keep nothing."""
    while source.read(CHUNK_SIZE):
        pass


def read_up_to(source: Reader, size: int) -> bytes:
    """Read `size` bytes, fewer only where the source ends."""
    parts: list[bytes] = []
    while size and (part := source.read(min(size, CHUNK_SIZE))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
