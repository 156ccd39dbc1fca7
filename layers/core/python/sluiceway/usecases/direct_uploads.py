"""Uploads that go to the bucket without passing through us: links first, then the word that it is all there.

What nobody completes is gone after a day: the tick ends it two hours after its links were made, and a rule of the
bucket drops whatever is still there (mender contract 4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sluiceway.artifacts.object_keys import incoming_key
from sluiceway.domain.artifacts import StoredObject
from sluiceway.domain.direct_upload import LINK_LIFE, MOST_BYTES_AT_ONCE, DirectUpload, Part, UploadState
from sluiceway.domain.errors import NotFound
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Write
from sluiceway.storage.upload_items import put_upload, read_upload
from sluiceway.usecases.service import Service

_LINK_SECONDS = int(LINK_LIFE.total_seconds())
_ABANDONED_AFTER = timedelta(hours=1)
"""Counted from the end of the links: a PUT that began in time may still be going on."""
VERIFIED_WITHIN = timedelta(hours=2)
"""Longer than an execution can last with all its tries (see verify_upload.asl.json)."""
MOST_EXECUTIONS = 3
NOT_COMPLETED = "the upload was not completed before its link expired: ask for a new one"
NOT_VERIFIED = "the service could not verify the file, which may be no fault of it: upload it again"


class PartLink(NamedTuple):
    """Where one part goes."""

    part: Part
    uri: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new upload with the link to put it to, or one link for each of its parts."""

    upload: DirectUpload
    uri: str = ""
    parts: tuple[PartLink, ...] = ()


def invite_upload(service: Service, workspace: str, size: int | None, now: datetime) -> Invitation:
    """Make the links for an upload: one, unless a `size` is announced that is better carried in parts.

    They live for an hour, or as long as the credentials of this process when those end earlier.
    """
    upload_id = service.new_id()
    key = incoming_key(workspace, upload_id)
    in_parts = size is not None and size > MOST_BYTES_AT_ONCE
    parts_id = service.objects.begin_parts(key) if in_parts else ""
    links_expire = now.replace(microsecond=0) + LINK_LIFE
    upload = DirectUpload(workspace, upload_id, links_expire, size, parts_id)
    commit(service.table, lambda: (None, [put_upload(upload, due=links_expire + _ABANDONED_AFTER)]))
    if in_parts:
        return Invitation(upload, parts=_part_links(service, upload, now))
    return Invitation(upload, service.objects.upload_link(key, seconds=_LINK_SECONDS, now=now))


def _part_links(service: Service, upload: DirectUpload, now: datetime) -> tuple[PartLink, ...]:
    key = incoming_key(upload.workspace, upload.id)
    sign = partial(service.objects.part_link, key, upload.parts_id, seconds=_LINK_SECONDS, now=now)
    return tuple(PartLink(part, sign(part)) for part in upload.parts)


def get_upload(service: Service, workspace: str, upload_id: str, now: datetime) -> DirectUpload:
    """Read a direct upload for somebody who asks. Raises NotFound, also a week after its links have ended."""
    upload = load_upload(service, workspace, upload_id)
    if upload.forgotten <= now:
        raise NotFound(f"direct upload {upload_id} is forgotten")
    return upload


def load_upload(service: Service, workspace: str, upload_id: str) -> DirectUpload:
    """Read a direct upload for whoever works on it. Raises NotFound."""
    item = service.table.get(keys.direct_upload(workspace, upload_id))
    if item is None:
        raise NotFound(f"direct upload {upload_id}")
    return read_upload(workspace, item)


def complete_upload(service: Service, workspace: str, upload_id: str, now: datetime) -> None:
    """Have an upload verified that is all there. Raises NotFound when it is not, or is not pending any more."""
    upload = commit(service.table, lambda: _plan_completion(service, workspace, upload_id, now))
    service.verifications.start(upload)


def _plan_completion(
    service: Service, workspace: str, upload_id: str, now: datetime
) -> tuple[DirectUpload, Sequence[Write]]:
    pending = get_upload(service, workspace, upload_id, now)
    if pending.state is not UploadState.PENDING:
        raise NotFound(f"direct upload {upload_id} was completed before")
    processed = pending.processed(_arrived(service, pending))
    return processed, [put_upload(processed, due=now + VERIFIED_WITHIN)]


def _arrived(service: Service, upload: DirectUpload) -> StoredObject | None:
    """Look up what has arrived; parts are joined later, which takes longer than a caller should wait."""
    key = incoming_key(upload.workspace, upload.id)
    if not upload.parts_id:
        return service.objects.find(key)
    if tuple(service.objects.parts(key, upload.parts_id)) != upload.parts:
        raise NotFound(f"direct upload {upload.id} is not complete")
    return None


def abort_upload(service: Service, workspace: str, upload_id: str, reason: str) -> None:
    """End an upload that is not over yet, remove its bytes and keep the reason."""

    def plan() -> tuple[DirectUpload, Sequence[Write]]:
        upload = load_upload(service, workspace, upload_id)
        return upload, [] if upload.is_over else [put_upload(upload.aborted(reason))]

    upload = commit(service.table, plan)
    if upload.state is not UploadState.COMPLETED:
        discard(service, upload)


def discard(service: Service, upload: DirectUpload) -> None:
    """Remove what an upload has brought; versions that its caller has replaced are left to the bucket's rule."""
    key = incoming_key(upload.workspace, upload.id)
    if upload.parts_id:
        service.objects.drop_parts(key, upload.parts_id)
    try:
        service.objects.delete(upload.stored or service.objects.find(key))
    except NotFound:
        return


def repair_upload(service: Service, workspace: str, upload_id: str, now: datetime) -> None:
    """End an upload that nobody completed in time; have one verified again whose execution was lost."""
    upload = commit(service.table, lambda: _plan_repair(service, workspace, upload_id, now))
    if upload.state is UploadState.PROCESSING:
        service.verifications.start(upload)
    else:
        discard(service, upload)


def _plan_repair(
    service: Service, workspace: str, upload_id: str, now: datetime
) -> tuple[DirectUpload, Sequence[Write]]:
    upload = load_upload(service, workspace, upload_id)
    if upload.is_over:
        return upload, []
    if upload.state is UploadState.PENDING:
        ended = upload.aborted(NOT_COMPLETED)
        return ended, [put_upload(ended)]
    if upload.attempt == MOST_EXECUTIONS:
        ended = upload.aborted(NOT_VERIFIED)
        return ended, [put_upload(ended)]
    again = upload.processed(upload.stored)
    return again, [put_upload(again, due=now + VERIFIED_WITHIN)]
