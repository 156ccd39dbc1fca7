"""What consoles keep for a workspace or a user: one free JSON object each (mender contract 5.4)."""

from __future__ import annotations

from dataclasses import dataclass

from sluiceway.domain.errors import Invalid, PreconditionFailed
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Absent, Equal, Item, Key, Put, Write
from sluiceway.usecases.service import Service

MOST_SETTINGS_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """An object as JSON text, and the number of its version: 0 before anybody stored one."""

    json: str = "{}"
    version: int = 0


def load_settings(service: Service, key: Key) -> Settings:
    """Read the settings at a key."""
    return _read(service.table.get(key))


def store_settings(service: Service, key: Key, json: str, expected: str | None) -> None:
    """Replace the settings at a key; `expected` is the version that the caller has read, None when they do not care.

    Raises Invalid above 64 KiB, and PreconditionFailed when the version is another one.
    """
    if len(json.encode()) > MOST_SETTINGS_BYTES:
        raise Invalid(f"the settings are too large: at most {MOST_SETTINGS_BYTES} bytes")
    commit(service.table, lambda: (None, _writes(service, key, json, expected)))


def _read(stored: Item | None) -> Settings:
    match stored:
        case {"json": str(json), "rev": int(version)}:
            return Settings(json, version)
        case _:
            return Settings()


def _writes(service: Service, key: Key, json: str, expected: str | None) -> list[Write]:
    known = load_settings(service, key)
    if expected is not None and expected != str(known.version):
        raise PreconditionFailed("the settings were changed since they were read: read them again")
    unchanged = Equal("rev", known.version) if known.version else Absent()
    return [Put(key, {"json": json, "rev": known.version + 1}, unchanged)]
