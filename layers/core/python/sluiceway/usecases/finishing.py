"""Writing down that a deployment has finished (data model 3.6).

Whether it has is computed from its counters wherever it is read; the stamp makes it last, and takes the deployment out
of the lists of what is still active. Who finds a finished deployment without one, stamps it before showing it: until
then a device whose history was deleted may still start over, which writes the head too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sluiceway.domain.deployment import Deployment, State
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import directory_item, head_item, head_key
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Delete, Equal, Put, Query, Write
from sluiceway.usecases.deployments import Progress, find
from sluiceway.usecases.releases import release_artifacts
from sluiceway.usecases.service import Service


def settle_finished(service: Service, workspace: str, deployment_id: str) -> bool:
    """Stamp a deployment that has finished; tell whether it has."""
    settled = _settle(service, workspace, deployment_id)
    return settled is None or settled.has_finished


def settle(service: Service, found: Iterable[Progress]) -> list[Progress]:
    """Stamp those of the deployments just read that have finished and do not say so yet; return all as they stand."""
    return [_settled(service, progress) for progress in found]


def _settled(service: Service, progress: Progress) -> Progress:
    if progress.deployment.is_over or not progress.has_finished:
        return progress
    return _settle(service, progress.deployment.workspace, progress.deployment.id) or progress


def _settle(service: Service, workspace: str, deployment_id: str) -> Progress | None:
    return commit(service.table, lambda: _plan(service, find(service, workspace, deployment_id)))


def artifact_ids(service: Service, deployment: Deployment) -> tuple[str, ...]:
    """Return what the deployment can assign: its release as it is now, or as it was when the deployment ended."""
    if deployment.is_over or deployment.is_pushed:
        return deployment.artifact_ids
    artifacts = release_artifacts(service, deployment.workspace, deployment.artifact_name)
    return tuple(artifact.id for artifact in artifacts)


def unfinished_deployments_of(service: Service, workspace: str, artifact_name: str) -> list[str]:
    """Return the ids of the deployments that can still assign an artifact of this release."""
    marks = read_all(service.table, Query(keys.release_uses(workspace, artifact_name)))
    ids = [keys.unescape(mark.key.sk) for mark in marks]
    return [each for each in ids if not settle_finished(service, workspace, each)]


def _plan(service: Service, progress: Progress | None) -> tuple[Progress | None, list[Write]]:
    """Decide on a head that was read before the shards: whoever started over since has changed it."""
    if progress is None or progress.deployment.is_over or not progress.has_finished:
        return progress, []
    return progress, _stamp(service, progress)


def _stamp(service: Service, progress: Progress) -> list[Write]:
    before = progress.deployment
    ids = artifact_ids(service, before)
    after = replace(before, state=State.FINISHED, finished=progress.finished_at, artifact_ids=ids)
    head = Put(head_key(after), head_item(after, rev=before.rev + 1), Equal("rev", before.rev))
    return [head, *leave_active_lists(after)]


def leave_active_lists(deployment: Deployment) -> list[Write]:
    """Return the writes that take an ended deployment off the board and release its artifacts."""
    workspace, order = deployment.workspace, deployment.order
    entry = Put(keys.deployment_entry(workspace, order), directory_item(deployment))
    if deployment.is_pushed:
        return [entry]
    return [
        entry,
        Delete(keys.board_entry(workspace, order)),
        Delete(keys.release_use(workspace, deployment.artifact_name, deployment.id)),
    ]
