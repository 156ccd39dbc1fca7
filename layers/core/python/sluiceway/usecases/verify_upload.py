"""Making an artifact of a direct upload: the task of the machine `verify_upload.asl.json` (mender contract 4.1).

Whatever step it dies at, it may begin again; a copy that becomes no artifact is left to the tick.

The file is read once as a stream, in bounded memory. For 10 GiB in a function of one processor that is: 145 s from the
bucket at the 75 MB/s that a function sustains, 25 s for two SHA-256, up to 130 s to unpack 32 GiB of gzip (500 s of
xz, the slowest), and the copy inside the bucket, in parts side by side, below a minute: it fits Lambda's 900 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sluiceway.artifacts.mender_file import read_and_hash_artifact
from sluiceway.artifacts.object_keys import incoming_key
from sluiceway.domain.artifact_file import ArtifactFile
from sluiceway.domain.artifacts import MEDIA_TYPE, Artifact, StoredObject
from sluiceway.domain.direct_upload import DirectUpload, UploadState
from sluiceway.domain.errors import Conflict, InvalidArtifact, Refused, SluicewayError
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Write
from sluiceway.storage.upload_items import put_upload
from sluiceway.usecases.direct_uploads import abort_upload, discard, load_upload
from sluiceway.usecases.service import Service
from sluiceway.usecases.unclaimed_bytes import announce_bytes
from sluiceway.usecases.upload_artifact import ArtifactDraft


def verify_upload(service: Service, workspace: str, upload_id: str, now: datetime) -> UploadState:
    """Make the artifact, or keep why there is none, and return what became of the upload.

    Raises only what may be different at the next try.
    """
    upload = load_upload(service, workspace, upload_id)
    if upload.state is not UploadState.PROCESSING:
        return upload.state
    try:
        _make_artifact(service, upload, now)
    except Refused as refusal:
        abort_upload(service, workspace, upload_id, str(refusal))
    return load_upload(service, workspace, upload_id).state


def _make_artifact(service: Service, upload: DirectUpload, now: datetime) -> None:
    stored = upload.stored or service.objects.join_parts(incoming_key(upload.workspace, upload.id), upload.parts_id)
    _check_size(upload, stored)
    file, sha256 = read_and_hash_artifact(service.objects.open(stored))
    draft = _draft(upload, file, now)
    draft.check(service)
    key = announce_bytes(service, upload.workspace, sha256, now)
    copied = service.objects.copy(stored, key, content_type=MEDIA_TYPE)
    try:
        commit(service.table, lambda: _plan(service, draft, copied))
    except SluicewayError:
        # Nothing was written. After any other error that is not known, and the tick finds out.
        service.objects.delete(copied)
        raise
    discard(service, replace(upload, stored=stored))


def _check_size(upload: DirectUpload, stored: StoredObject) -> None:
    if upload.size is not None and stored.size != upload.size:
        raise InvalidArtifact(f"the file has {stored.size} bytes, and {upload.size} were announced")


def _draft(upload: DirectUpload, file: ArtifactFile, now: datetime) -> ArtifactDraft:
    return ArtifactDraft(upload.workspace, upload.id, description="", file=file, now=now)


def _plan(service: Service, draft: ArtifactDraft, copied: StoredObject) -> tuple[Artifact, Sequence[Write]]:
    """Plan the artifact and the end of its upload, which take hold together."""
    artifact, writes = draft.plan(service, copied)
    upload = load_upload(service, draft.workspace, draft.id)
    if writes and upload.state is not UploadState.PROCESSING:
        raise Conflict(f"direct upload {upload.id} is {upload.state} already")
    return artifact, [*writes, put_upload(upload.completed())] if writes else []
