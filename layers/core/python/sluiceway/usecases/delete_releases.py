"""Removing releases with all that is in them (mender contract 4.3, data model 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.errors import Invalid, ReleasesInUse
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.release_items import read_release
from sluiceway.storage.table import Write
from sluiceway.usecases.delete_artifact import removal_of
from sluiceway.usecases.edit_releases import release_writes
from sluiceway.usecases.finishing import unfinished_deployments_of
from sluiceway.usecases.releases import release_artifacts
from sluiceway.usecases.service import Service

MOST_NAMES = 25
_ARTIFACTS_AT_ONCE = 32
"""A transaction has a hundred writes, three for an artifact and two for its release."""


def delete_releases(service: Service, workspace: str, names: Sequence[str], now: datetime) -> None:
    """Remove releases and the bytes of their artifacts; names that no artifact has are passed over.

    Raises Invalid for more than MOST_NAMES, and ReleasesInUse, before anything is removed, while an unfinished
    deployment could assign an artifact of one of them. Who creates one during the call may find the others gone.
    """
    if len(names) > MOST_NAMES:
        raise Invalid(f"at most {MOST_NAMES} releases can be deleted at once")
    _check_unused(service, workspace, names)
    for name in names:
        _delete_release(service, workspace, name, now)


def _delete_release(service: Service, workspace: str, name: str, now: datetime) -> None:
    while removed := commit(service.table, lambda: _plan(service, workspace, name, now)):
        for artifact in removed:
            service.objects.delete(artifact.stored)


def _check_unused(service: Service, workspace: str, names: Sequence[str]) -> None:
    active = [each for name in names for each in unfinished_deployments_of(service, workspace, name)]
    if active:
        raise ReleasesInUse(active)


def _plan(service: Service, workspace: str, name: str, now: datetime) -> tuple[Sequence[Artifact], Sequence[Write]]:
    """Plan to remove as many artifacts of a release as a transaction takes."""
    # The release is read before its deployments: whoever creates one in between changes it, and this plan is lost.
    release = read_release(name, service.table.get(keys.release(workspace, name)))
    artifacts = release_artifacts(service, workspace, name)[:_ARTIFACTS_AT_ONCE]
    if not artifacts:
        return (), ()
    _check_unused(service, workspace, [name])
    left = reduce(lambda rest, artifact: rest.without_artifact(artifact.file, now), artifacts, release)
    removals = [write for artifact in artifacts for write in removal_of(artifact, now)]
    return artifacts, [*removals, *release_writes(service, workspace, release, left)]
