"""Direct uploads as items. While one is not over, it is due: the tick picks up what everybody else has dropped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sluiceway.domain.artifacts import StoredObject
from sluiceway.domain.direct_upload import DirectUpload, UploadState
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Condition, Equal, Item, Key, Put

DUE_KIND = "upload"


def upload_key(upload: DirectUpload) -> Key:
    """Find this upload."""
    return keys.direct_upload(upload.workspace, upload.id)


def put_upload(upload: DirectUpload, *, due: datetime | None = None) -> Put:
    """Write an upload on condition that it still is as it was read; without `due` nobody needs to look at it again."""
    unchanged: Condition = Equal("rev", upload.rev) if upload.rev else Absent()
    return Put(upload_key(upload), {**_upload_item(upload), **_due(upload, due)}, unchanged)


def _upload_item(upload: DirectUpload) -> Item:
    return {
        "id": upload.id,
        "expires": to_milliseconds(upload.links_expire),
        "size": upload.size,
        "parts": upload.parts_id,
        "state": str(upload.state),
        "attempt": upload.attempt,
        "error": upload.error,
        "rev": upload.rev + 1,
        "ttl": to_milliseconds(upload.forgotten) // 1000,
        **_stored_attributes(upload.stored),
    }


def _stored_attributes(stored: StoredObject | None) -> Item:
    return {} if stored is None else {"object": stored.key, "version": stored.version, "bytes": stored.size}


def _due(upload: DirectUpload, when: datetime | None) -> Item:
    if when is None:
        return {}
    return {"G2PK": keys.due_index(upload.workspace, upload.id), "G2SK": keys.due_index_sort(when, DUE_KIND)}


def read_upload(workspace: str, stored: Item) -> DirectUpload:
    """Return the upload of an item."""
    item = cast("Mapping[str, Any]", stored)
    return DirectUpload(
        workspace=workspace,
        id=item["id"],
        links_expire=from_milliseconds(item["expires"]),
        size=item["size"],
        parts_id=item["parts"],
        state=UploadState(item["state"]),
        stored=StoredObject(item["object"], item["version"], item["bytes"]) if "object" in item else None,
        attempt=item["attempt"],
        error=item["error"],
        rev=item["rev"],
    )
