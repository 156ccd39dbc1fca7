"""Making an artifact of an uploaded file (mender contract 2.1, data model 3.13).

Every upload has a key of its own in the bucket. So the bytes of one are never those of another, even where they are
equal and arrive at once: what a refused upload, a delete or the tick removes is nobody else's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sluiceway.artifacts.mender_file import read_artifact
from sluiceway.domain.artifact_file import ArtifactFile
from sluiceway.domain.artifacts import MEDIA_TYPE, Artifact, StoredObject
from sluiceway.domain.errors import ArtifactIdTaken, SluicewayError
from sluiceway.storage import keys
from sluiceway.storage.artifact_items import (
    artifact_item,
    artifact_key,
    pointed_key,
    pointer_item,
    read_stored_artifact,
)
from sluiceway.storage.commit import commit
from sluiceway.storage.release_items import read_release, replace_release
from sluiceway.storage.table import Absent, Item, Key, Put, Write
from sluiceway.storage.unclaimed_items import claim
from sluiceway.storage.vocabulary_items import remember_update_types
from sluiceway.usecases.service import Service
from sluiceway.usecases.unclaimed_bytes import announce_bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to become an artifact. `content` is seekable and at its beginning; without an `id` one is made."""

    content: BinaryIO
    description: str = ""
    id: str | None = None


def upload_artifact(service: Service, workspace: str, upload: Upload, now: datetime) -> Artifact:
    """Verify a file, store its bytes and make it an artifact of its release: all of it, or nothing remains.

    Raises InvalidArtifact, ArtifactIdTaken, DuplicateArtifact, and Invalid for too many combinations of depends.
    """
    file = read_artifact(upload.content)
    draft = ArtifactDraft(workspace, upload.id or service.new_id(), upload.description, file, now)
    draft.check(service)
    stored = _store(service, workspace, upload.content, now)
    try:
        return commit(service.table, lambda: draft.plan(service, stored))
    except SluicewayError:
        # Nothing was written. After any other error that is not known, and the tick finds out.
        service.objects.delete(stored)
        raise


def _store(service: Service, workspace: str, content: BinaryIO, now: datetime) -> StoredObject:
    content.seek(0)
    sha256 = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]  # any binary file will do
    key = announce_bytes(service, workspace, sha256, now)
    return service.objects.put(key, content, content_type=MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class ArtifactDraft:
    """An artifact about to be, whose file was verified."""

    workspace: str
    id: str
    description: str
    file: ArtifactFile
    now: datetime

    @property
    def _pointer_key(self) -> Key:
        return keys.artifact_pointer(self.workspace, self.id)

    @property
    def _release_key(self) -> Key:
        return keys.release(self.workspace, self.file.name)

    @property
    def _types_key(self) -> Key:
        return keys.update_types(self.workspace)

    @property
    def _types(self) -> frozenset[str]:
        return frozenset(update.type for update in self.file.updates if update.type is not None)

    def check(self, service: Service) -> None:
        """Refuse, before any bytes are stored, what is refused in any case."""
        found = self._read(service)
        if self._pointer_key in found:
            raise ArtifactIdTaken(f"the artifact id {self.id} is taken")
        release = read_release(self.file.name, found.get(self._release_key))
        release.with_artifact(self.id, self.file, self.now)

    def plan(self, service: Service, stored: StoredObject) -> tuple[Artifact, Sequence[Write]]:
        """Plan the transaction that makes the artifact and its pointer, puts it in its release and claims its bytes."""
        found = self._read(service)
        if pointer := found.get(self._pointer_key):
            return self._already_written(service, pointer, stored), ()
        release = read_release(self.file.name, found.get(self._release_key))
        joined = release.with_artifact(self.id, self.file, self.now)
        order = keys.order_of(release.upload_time(self.now), self.id)
        artifact = Artifact(self.workspace, self.id, order, self.description, self.now, self.file, stored)
        return artifact, (
            Put(artifact_key(artifact), artifact_item(artifact), Absent()),
            Put(self._pointer_key, pointer_item(artifact), Absent()),
            claim(self.workspace, stored.key),
            replace_release(self.workspace, release, joined),
            *remember_update_types(self.workspace, found.get(self._types_key), self._types),
        )

    def _read(self, service: Service) -> dict[Key, Item]:
        return service.table.get_many([self._pointer_key, self._release_key, self._types_key])

    def _already_written(self, service: Service, pointer: Item, stored: StoredObject) -> Artifact:
        """Tell a transaction of ours whose answer was lost from somebody else's artifact."""
        item = service.table.get(pointed_key(self.workspace, pointer))
        artifact = read_stored_artifact(self.workspace, item) if item else None
        if artifact is None or artifact.stored != stored:
            raise ArtifactIdTaken(f"the artifact id {self.id} is taken")
        return artifact
