"""Bytes in the bucket that no artifact has yet, or has any more (data model 1.7).

Their mark is written before them and goes with the transaction that makes their artifact; it is back with the
transaction that removes the artifact. Wherever a process dies, the tick finds the mark and removes the bytes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sluiceway.artifacts.object_keys import content_key
from sluiceway.domain.artifacts import StoredObject
from sluiceway.domain.errors import NotFound
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Delete, Record
from sluiceway.storage.unclaimed_items import mark_unclaimed, unclaimed_object
from sluiceway.usecases.service import Service

CLAIMED_WITHIN = timedelta(hours=1)
"""Longer than any process lives that stores bytes: 15 minutes."""


def announce_bytes(service: Service, workspace: str, sha256: str, now: datetime) -> str:
    """Return a key of the bucket that is nobody else's, for bytes that are removed unless an artifact claims them."""
    key = content_key(workspace, sha256, service.new_id())
    commit(service.table, lambda: (None, [mark_unclaimed(workspace, key, due=now + CLAIMED_WITHIN)]))
    return key


def remove_unclaimed(service: Service, mark: Record) -> None:
    """Remove every version under the key, a PUT that was sent twice made several, and then the mark."""
    key = unclaimed_object(mark.item)
    while stored := _newest(service, key):
        service.objects.delete(stored)
    commit(service.table, lambda: (None, [Delete(mark.key)]))


def _newest(service: Service, key: str) -> StoredObject | None:
    try:
        return service.objects.find(key)
    except NotFound:
        return None
