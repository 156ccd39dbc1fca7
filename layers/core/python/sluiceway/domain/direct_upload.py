"""An upload that goes to the bucket without passing through us, from links to artifact (mender contract 4.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sluiceway.domain.artifacts import StoredObject

MEBIBYTE = 1024**2
MOST_BYTES = 10 * 1024 * MEBIBYTE
MOST_BYTES_AT_ONCE = 100 * 1000**2
"""Above it, an upload whose size is announced goes in parts: each is sent again alone if it breaks off.

Whoever announces nothing gets one link, to which S3 takes 5 GB.
"""
PART_BYTES = 64 * MEBIBYTE
LINK_LIFE = timedelta(hours=1)
KEPT = timedelta(days=7)
"""For how long somebody can ask what became of it."""


class UploadState(StrEnum):
    """How far it is."""

    PENDING = "pending"
    """Its links were handed out."""
    PROCESSING = "processing"
    """Its bytes are there and are being verified."""
    COMPLETED = "completed"
    """It is an artifact."""
    ABORTED = "aborted"
    """It never will be."""


class Part(NamedTuple):
    """One part of an upload in parts: its number, counted from 1, and its size in bytes."""

    number: int
    size: int


@dataclass(frozen=True, slots=True)
class DirectUpload:
    """One direct upload; its id is that of the artifact to be."""

    workspace: str
    id: str
    links_expire: datetime
    size: int | None = None
    """Bytes that were announced, None when nothing was said."""
    parts_id: str = ""
    """The store's name for an upload in parts, empty for one in a single piece."""
    state: UploadState = UploadState.PENDING
    stored: StoredObject | None = None
    """What arrived in a single piece, once it is being processed."""
    attempt: int = 0
    """Number of the execution that verifies it, counted from 1."""
    error: str = ""
    """Why it was aborted."""
    rev: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing happens to it any more."""
        return self.state in {UploadState.COMPLETED, UploadState.ABORTED}

    @property
    def forgotten(self) -> datetime:
        """When nobody can ask for it any more."""
        return self.links_expire + KEPT

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its parts in their order; none for an upload in a single piece."""
        return parts_of(self.size) if self.parts_id and self.size else ()

    def processed(self, stored: StoredObject | None) -> DirectUpload:
        """Return the upload as it is handed to its next execution."""
        return replace(self, state=UploadState.PROCESSING, stored=stored, attempt=self.attempt + 1)

    def completed(self) -> DirectUpload:
        """Return the upload that became an artifact."""
        return replace(self, state=UploadState.COMPLETED)

    def aborted(self, reason: str) -> DirectUpload:
        """Return the upload that never will be one."""
        return replace(self, state=UploadState.ABORTED, error=reason)


def parts_of(size: int) -> tuple[Part, ...]:
    """Cut an upload into parts of PART_BYTES, the last one shorter: at most 160 of them."""
    starts = range(0, size, PART_BYTES)
    return tuple(Part(number, min(PART_BYTES, size - start)) for number, start in enumerate(starts, start=1))
