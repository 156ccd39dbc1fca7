"""The object store in a dictionary, for tests and the simulator only."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import BinaryIO
from urllib.parse import urlencode

from sluiceway.domain.artifacts import MEDIA_TYPE, StoredObject
from sluiceway.domain.direct_upload import Part
from sluiceway.domain.errors import NotFound

LINKS = "https://objects.invalid/"
"""Where its links lead."""


@dataclass(frozen=True, slots=True)
class _Version:
    body: bytes
    content_type: str


@dataclass(eq=False)
class MemoryObjects:
    """Every version of every object, oldest first. Its links name what they would give; nothing serves them."""

    _versions: dict[tuple[str, str], _Version] = field(default_factory=dict)
    _parts: dict[tuple[str, str], dict[int, bytes]] = field(default_factory=dict)
    _numbers: int = 0
    _lock: Lock = field(default_factory=Lock)

    def put(self, key: str, body: BinaryIO, *, content_type: str) -> StoredObject:
        """Store a seekable stream from its beginning."""
        body.seek(0)
        content = body.read()
        with self._lock:
            version = f"v{self._next_number()}"
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

    def find(self, key: str) -> StoredObject:
        """Look up the newest version."""
        with self._lock:
            found = [
                StoredObject(key, version, len(kept.body))
                for (name, version), kept in self._versions.items()
                if name == key
            ]
        if not found:
            raise NotFound(f"no object {key}")
        return found[-1]

    def open(self, stored: StoredObject) -> BinaryIO:
        """Begin to read a version."""
        with self._lock:
            kept = self._versions.get((stored.key, stored.version))
        if kept is None:
            raise NotFound(f"no object {stored.key}")
        return io.BytesIO(kept.body)

    def copy(self, source: StoredObject, key: str, *, content_type: str) -> StoredObject:
        """Copy a version to another key."""
        return self.put(key, self.open(source), content_type=content_type)

    def delete(self, stored: StoredObject) -> None:
        """Remove this version."""
        with self._lock:
            self._versions.pop((stored.key, stored.version), None)

    def link(
        self, stored: StoredObject, *, filename: str, seconds: int, now: datetime, content_type: str = MEDIA_TYPE
    ) -> str:
        """Say in a URL of nowhere what a presigned link would give, and until when."""
        expires = (now + timedelta(seconds=seconds)).isoformat()
        other_type = {} if content_type == MEDIA_TYPE else {"type": content_type}
        query = urlencode({"filename": filename, "expires": expires, **other_type})
        return f"{LINKS}{stored.key}?{query}"

    def upload_link(self, key: str, *, seconds: int, now: datetime) -> str:
        """Say in a URL of nowhere what a presigned link would take, and until when."""
        return f"{LINKS}{key}?{urlencode({'expires': (now + timedelta(seconds=seconds)).isoformat()})}"

    def begin_parts(self, key: str) -> str:
        """Begin an upload in parts."""
        with self._lock:
            parts_id = f"p{self._next_number()}"
            self._parts[key, parts_id] = {}
        return parts_id

    def part_link(self, key: str, parts_id: str, part: Part, *, seconds: int, now: datetime) -> str:
        """Say in a URL of nowhere which part a presigned link would take."""
        return f"{self.upload_link(key, seconds=seconds, now=now)}&part={part.number}&of={parts_id}"

    def put_part(self, key: str, parts_id: str, number: int, body: bytes) -> None:
        """Do what a PUT to the link of a part does."""
        with self._lock:
            self._begun(key, parts_id)[number] = body

    def parts(self, key: str, parts_id: str) -> tuple[Part, ...]:
        """Return the parts that have arrived, by their numbers."""
        with self._lock:
            return tuple(Part(number, len(body)) for number, body in sorted(self._begun(key, parts_id).items()))

    def join_parts(self, key: str, parts_id: str) -> StoredObject:
        """Make one object of all parts that have arrived; joining them again finds it."""
        with self._lock:
            parts = self._parts.pop((key, parts_id), None)
        if parts is None:
            return self.find(key)
        return self.put(key, io.BytesIO(b"".join(parts[number] for number in sorted(parts))), content_type="")

    def drop_parts(self, key: str, parts_id: str) -> None:
        """Remove the parts that have arrived."""
        with self._lock:
            self._parts.pop((key, parts_id), None)

    def clone(self) -> MemoryObjects:
        """Another store, of the same objects."""
        with self._lock:
            parts = {place: {**bodies} for place, bodies in self._parts.items()}
            return MemoryObjects({**self._versions}, parts, self._numbers)

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _begun(self, key: str, parts_id: str) -> dict[int, bytes]:
        if (key, parts_id) not in self._parts:
            raise NotFound(f"no upload in parts {parts_id} to {key}")
        return self._parts[key, parts_id]

    @property
    def unfinished(self) -> frozenset[str]:
        """The keys of the uploads in parts that were neither joined nor dropped."""
        with self._lock:
            return frozenset(key for key, _ in self._parts)

    @property
    def stored(self) -> frozenset[StoredObject]:
        """Every version that is there."""
        with self._lock:
            return frozenset(
                StoredObject(key, version, len(kept.body)) for (key, version), kept in self._versions.items()
            )
