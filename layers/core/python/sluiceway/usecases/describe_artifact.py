"""Changing the description of an artifact that no device was given yet (mender contract 2.4)."""

from __future__ import annotations

from datetime import datetime

from sluiceway.domain.errors import ArtifactUsed
from sluiceway.storage.artifact_items import artifact_item, artifact_key
from sluiceway.storage.changes import update_between
from sluiceway.storage.commit import commit
from sluiceway.storage.table import AllOf, Equal, Update
from sluiceway.usecases.artifacts import get_artifact
from sluiceway.usecases.service import Service

_NEVER_USED = AllOf((Equal("deleted", value=False), Equal("used", value=False)))


def describe_artifact(service: Service, workspace: str, artifact_id: str, description: str, now: datetime) -> None:
    """Give an artifact another description. Raises NotFound, and ArtifactUsed once a device was given it."""
    commit(service.table, lambda: (None, [_edit(service, workspace, artifact_id, description, now)]))


def _edit(service: Service, workspace: str, artifact_id: str, description: str, now: datetime) -> Update:
    artifact = get_artifact(service, workspace, artifact_id)
    if artifact.used:
        raise ArtifactUsed(f"a device was given artifact {artifact_id}")
    edited = artifact.edited(description, now)
    return update_between(artifact_key(artifact), artifact_item(artifact), artifact_item(edited), _NEVER_USED)
