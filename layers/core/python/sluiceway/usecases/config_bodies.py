"""The texts of configurations, apart from their records: in the table, or in the bucket when they are too large for it.

A text goes to the bucket before its record is written. When that fails, the bytes stay, under a key made of themselves,
and serve whoever tries again.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping

from sluiceway.artifacts.object_keys import config_key
from sluiceway.domain.config_kinds import ConfigKind
from sluiceway.storage import keys
from sluiceway.storage.config_body_items import (
    MOST_INLINE_BYTES,
    compressed,
    decompressed,
    put_inline,
    put_pointer,
    read_body,
)
from sluiceway.storage.table import Item, Key, Put
from sluiceway.usecases.service import Service


def store_body(service: Service, workspace: str, kind: ConfigKind, record_id: str, text: str) -> Put:
    """Return the write that gives a new record its text, which goes to the bucket at once when it is too large."""
    kept = compressed(text)
    if len(kept) <= MOST_INLINE_BYTES:
        return put_inline(workspace, kind, record_id, kept)
    key = config_key(workspace, hashlib.sha256(kept).hexdigest())
    service.objects.put(key, io.BytesIO(kept), content_type="application/zlib")
    return put_pointer(workspace, kind, record_id, key)


def load_bodies(service: Service, workspace: str, kind: ConfigKind, ids: Iterable[str]) -> Mapping[str, str]:
    """Read the texts of records that exist, by id."""
    wanted = {each: keys.config_body(workspace, kind, each) for each in ids}
    found = service.table.get_many(list(wanted.values()))
    return {record_id: _text(service, found[key]) for record_id, key in wanted.items() if key in found}


def load_permitted_body(service: Service, workspace: str, kind: ConfigKind, record_id: str, permit: Key) -> str | None:
    """Read the text of a record together with the item that permits it, None unless both exist."""
    body = keys.config_body(workspace, kind, record_id)
    found = service.table.get_many([permit, body])
    return _text(service, found[body]) if permit in found and body in found else None


def _text(service: Service, stored: Item) -> str:
    kept = read_body(stored)
    return decompressed(kept if isinstance(kept, bytes) else service.objects.get(kept))
