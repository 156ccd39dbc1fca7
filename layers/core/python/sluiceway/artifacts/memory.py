"""The object store in a dictionary, for tests and the simulator only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from threading import Lock
from typing import BinaryIO
from urllib.parse import urlencode

from sluiceway.domain.artifacts import StoredObject
from sluiceway.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class _Version:
    body: bytes
    content_type: str


@dataclass(eq=False)
class MemoryObjects:
    """Every version of every object, oldest first. Its links name what they would give; nothing serves them."""

    _versions: dict[tuple[str, str], _Version] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _lock: Lock = field(default_factory=Lock)

    def put(self, key: str, body: BinaryIO, *, content_type: str) -> StoredObject:
        """Store a seekable stream from its beginning."""
        body.seek(0)
        content = body.read()
        with self._lock:
            version = f"v{next(self._numbers)}"
            self._versions[key, version] = _Version(content, content_type)
        return StoredObject(key, version, len(content))

    def get(self, key: str) -> bytes:
        """Read the newest version."""
        with self._lock:
            versions = [version.body for (name, _), version in self._versions.items() if name == key]
        if not versions:
            raise NotFound(f"no object {key}")
        return versions[-1]

    def exists(self, stored: StoredObject) -> bool:
        """Tell whether this version is still there."""
        return (stored.key, stored.version) in self._versions

    def delete(self, stored: StoredObject) -> None:
        """Remove this version."""
        with self._lock:
            self._versions.pop((stored.key, stored.version), None)

    def link(self, stored: StoredObject, *, filename: str, seconds: int, now: datetime) -> str:
        """Say in a URL of nowhere what a presigned link would give, and until when."""
        expires = (now + timedelta(seconds=seconds)).isoformat()
        query = urlencode({"filename": filename, "expires": expires})
        return f"https://objects.invalid/{stored.key}?{query}"

    @property
    def stored(self) -> frozenset[StoredObject]:
        """Every version that is there."""
        with self._lock:
            return frozenset(
                StoredObject(key, version, len(kept.body)) for (key, version), kept in self._versions.items()
            )
