"""The texts of configurations as items: compressed where that fits, else the key of an object that has them."""

from __future__ import annotations

import zlib
from typing import cast

from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.storage import keys
from sluiceway.storage.table import Absent, Item, Put

MOST_INLINE_BYTES = 200 * 1024


def compressed(text: str) -> bytes:
    """Return a text as it is kept, in the table or in the bucket."""
    return zlib.compress(text.encode())


def decompressed(kept: bytes) -> str:
    """Return the text that was kept."""
    return zlib.decompress(kept).decode()


def put_inline(workspace: str, kind: ConfigKind, record_id: str, kept: bytes) -> Put:
    """Store a compressed text of MOST_INLINE_BYTES at most."""
    return Put(keys.config_body(workspace, kind, record_id), {"z": kept}, Absent())


def put_pointer(workspace: str, kind: ConfigKind, record_id: str, object_key: str) -> Put:
    """Store where a text is in the bucket."""
    return Put(keys.config_body(workspace, kind, record_id), {"object": object_key}, Absent())


def read_body(stored: Item) -> bytes | str:
    """Return the compressed text of an item, or the key of the object that has it."""
    return cast("bytes", stored["z"]) if "z" in stored else cast("str", stored["object"])
