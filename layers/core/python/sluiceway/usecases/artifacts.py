"""Reading artifacts by their ids (mender contract 2.3)."""

from __future__ import annotations

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.errors import NotFound
from sluiceway.storage import keys
from sluiceway.storage.artifact_items import pointed_key, read_stored_artifact
from sluiceway.usecases.service import Service


def get_artifact(service: Service, workspace: str, artifact_id: str) -> Artifact:
    """Read one artifact in two reads. Raises NotFound, for a deleted one too."""
    artifact = find_artifact(service, workspace, artifact_id)
    if artifact is None or artifact.deleted:
        raise NotFound(f"artifact {artifact_id}")
    return artifact


def find_artifact(service: Service, workspace: str, artifact_id: str) -> Artifact | None:
    """Read one artifact in two reads, also a deleted one that devices may still show."""
    pointer = service.table.get(keys.artifact_pointer(workspace, artifact_id))
    item = service.table.get(pointed_key(workspace, pointer)) if pointer else None
    return read_stored_artifact(workspace, item) if item else None
