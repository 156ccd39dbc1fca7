"""Removing an artifact (mender contract 2.5, data model 3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.errors import ArtifactInUse
from sluiceway.storage import keys
from sluiceway.storage.artifact_items import artifact_key
from sluiceway.storage.commit import commit
from sluiceway.storage.release_items import read_release
from sluiceway.storage.table import AllOf, Delete, Equal, Update, Write
from sluiceway.storage.unclaimed_items import mark_unclaimed
from sluiceway.usecases.artifacts import get_artifact
from sluiceway.usecases.edit_releases import release_writes
from sluiceway.usecases.finishing import unfinished_deployments_of
from sluiceway.usecases.service import Service

_NOT_DELETED = Equal("deleted", value=False)
_NEVER_USED = AllOf((_NOT_DELETED, Equal("used", value=False)))


def delete_artifact(service: Service, workspace: str, artifact_id: str, now: datetime) -> None:
    """Remove an artifact and its bytes; one that devices were given stays as a tombstone for their history.

    Raises NotFound, and ArtifactInUse while an unfinished deployment could assign it.
    """
    artifact = commit(service.table, lambda: _plan(service, workspace, artifact_id, now))
    service.objects.delete(artifact.stored)


def _plan(service: Service, workspace: str, artifact_id: str, now: datetime) -> tuple[Artifact, Sequence[Write]]:
    artifact = get_artifact(service, workspace, artifact_id)
    # The release is read before its deployments: whoever creates one in between changes it, and this plan is lost.
    release = read_release(artifact.name, service.table.get(keys.release(workspace, artifact.name)))
    if unfinished_deployments_of(service, workspace, artifact.name):
        raise ArtifactInUse(f"an unfinished deployment can assign artifact {artifact_id}")
    left = release.without_artifact(artifact.file, now)
    return artifact, (*removal_of(artifact, now), *release_writes(service, workspace, release, left))


def removal_of(artifact: Artifact, now: datetime) -> tuple[Write, ...]:
    """Keep a tombstone where it was used; the conditions notice a first use in between. Its bytes are nobody's."""
    key = artifact_key(artifact)
    unclaimed = mark_unclaimed(artifact.workspace, artifact.stored.key, due=now)
    if artifact.used:
        return (Update(key, set={"deleted": True}, condition=_NOT_DELETED), unclaimed)
    return (Delete(key, _NEVER_USED), Delete(keys.artifact_pointer(artifact.workspace, artifact.id)), unclaimed)
