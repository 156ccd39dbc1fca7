"""What an artifact file says about itself, as the reader found and verified it (mender contract 11.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class File:
    """One file of a payload: SHA-256 in lower-case hex, size in bytes, modification time in UTC."""

    name: str
    checksum: str
    size: int
    date: datetime


@dataclass(frozen=True, slots=True)
class Update:
    """One payload. A bootstrap artifact has no `type`; `metadata` is absent when the payload carries none."""

    type: str | None
    files: tuple[File, ...]
    metadata: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """One `.mender` file; every checksum was verified, the signature was not.

    `provides` and `clears_provides` are empty below format version 3; `depends` always has `device_type`, as a tuple.
    `size` is the length of the whole file in bytes.
    """

    name: str
    device_types_compatible: tuple[str, ...]
    format_version: int
    signed: bool
    updates: tuple[Update, ...]
    provides: Mapping[str, str]
    depends: Mapping[str, str | tuple[str, ...]]
    clears_provides: tuple[str, ...]
    size: int
