"""Reading releases and their artifacts, for whoever assigns them to devices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.deployment import Deployment
from sluiceway.storage import keys
from sluiceway.storage.artifact_items import artifact_key, pointed_key, read_stored_artifact
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Equal, Present, Put, Update, Write
from sluiceway.usecases.service import Service


def release_artifacts(service: Service, workspace: str, name: str) -> tuple[Artifact, ...]:
    """Return the artifacts of a release in upload order, deleted ones left out, in one Query."""
    records = read_all(service.table, keys.artifacts_of_release(workspace, name))
    artifacts = (read_stored_artifact(workspace, record.item) for record in records)
    return tuple(artifact for artifact in artifacts if not artifact.deleted)


def load_artifacts(service: Service, workspace: str, artifact_ids: Iterable[str]) -> dict[str, Artifact]:
    """Return artifacts by id in two batches, those among them that are deleted but still shown; others are left out."""
    found = service.table.get_many([keys.artifact_pointer(workspace, each) for each in artifact_ids])
    items = service.table.get_many([pointed_key(workspace, pointer) for pointer in found.values()])
    artifacts = (read_stored_artifact(workspace, item) for item in items.values())
    return {artifact.id: artifact for artifact in artifacts}


def mark_used(service: Service, artifact: Artifact) -> bool:
    """Remember that the artifact was assigned to a device: from now on it is not edited, and leaves a tombstone.

    False when it was deleted meanwhile.
    """

    def plan() -> tuple[bool, tuple[Update, ...]]:
        item = service.table.get(artifact_key(artifact))
        if item is None or item["deleted"]:
            return False, ()
        if item["used"]:
            return True, ()
        return True, (Update(artifact_key(artifact), set={"used": True}, condition=Equal("deleted", value=False)),)

    return artifact.used or commit(service.table, plan)


def use_release(workspace: str, name: str) -> Update:
    """Let whoever decided to remove an artifact of a release lose; takes hold only while the release has artifacts."""
    return Update(keys.release(workspace, name), add={"rev": 1}, condition=Present("combos"))


def keep_release(service: Service, deployment: Deployment, name: str) -> None:
    """Remember that a roll back gives devices a release back: its artifacts stay for as long as that runs.

    To be done before they are read; whoever decided to remove one of them meanwhile decides again.
    """
    mark = keys.release_use(deployment.workspace, name, deployment.id)

    def plan() -> tuple[None, Sequence[Write]]:
        release = keys.release(deployment.workspace, name)
        found = service.table.get_many([mark, release])
        if mark in found or "combos" not in found.get(release, {}):
            return None, []
        return None, [Put(mark, {"order": deployment.order}), use_release(deployment.workspace, name)]

    commit(service.table, plan)
