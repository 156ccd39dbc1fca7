"""Finding releases, with the artifacts in them (mender contract 4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.releases import Release
from sluiceway.storage import keys
from sluiceway.storage.artifact_items import read_stored_artifact
from sluiceway.storage.paging import read_all
from sluiceway.storage.release_items import read_release
from sluiceway.storage.table import Query
from sluiceway.usecases.edit_releases import find_release
from sluiceway.usecases.list_artifacts import ArtifactFilter, Rank, SortKey
from sluiceway.usecases.releases import release_artifacts
from sluiceway.usecases.service import Service

_ANY_ARTIFACT = ArtifactFilter()


@dataclass(frozen=True, slots=True)
class ReleaseFilter:
    """What a release must be like: a part of its name, one of several tags, and an artifact in it."""

    name: str = ""
    tags: frozenset[str] = frozenset()
    artifact: ArtifactFilter = _ANY_ARTIFACT
    update_type: str = ""

    @property
    def looks_inside(self) -> bool:
        """Whether the artifacts of a release must be known."""
        return self.artifact != _ANY_ARTIFACT or bool(self.update_type)

    def admits(self, release: Release) -> bool:
        """Tell whether a release passes, as far as it itself shows."""
        return self.name.casefold() in release.name.casefold() and (
            not self.tags or not self.tags.isdisjoint(release.tags)
        )

    def admits_artifact(self, artifact: Artifact) -> bool:
        """Tell whether an artifact makes its release pass."""
        types = {update.type for update in artifact.file.updates}
        return self.artifact.admits(artifact) and (not self.update_type or self.update_type in types)


@dataclass(frozen=True, slots=True)
class ReleaseContents:
    """A release and its artifacts, in upload order."""

    release: Release
    artifacts: tuple[Artifact, ...]


def get_release(service: Service, workspace: str, name: str) -> ReleaseContents:
    """Read one release in two reads. Raises NoSuchName."""
    release = find_release(service, workspace, name)
    return ReleaseContents(release, release_artifacts(service, workspace, name))


def find_releases(
    service: Service, workspace: str, wanted: ReleaseFilter, key: SortKey = SortKey.NAME, *, descending: bool = False
) -> list[Release]:
    """Read all releases that pass the filter, sorted; those that are equal by name."""
    found = filter(wanted.admits, read_releases(service, workspace))
    releases = sorted(found, key=lambda each: each.name)
    if wanted.looks_inside:
        contents = with_artifacts(service, workspace, releases)
        releases = [each.release for each in contents if any(map(wanted.admits_artifact, each.artifacts))]
    return sorted(releases, key=lambda each: _rank(each, key), reverse=descending)


def read_releases(service: Service, workspace: str) -> list[Release]:
    """Read all releases, without their artifacts."""
    records = read_all(service.table, Query(keys.releases(workspace)))
    return [read_release(str(record.item["name"]), record.item) for record in records]


def with_artifacts(service: Service, workspace: str, releases: Sequence[Release]) -> list[ReleaseContents]:
    """Read the artifacts of releases in one Query over the range of their names, which a page sorted by name fills."""
    artifacts = _artifacts_between(service, workspace, [release.name for release in releases])
    return [ReleaseContents(release, tuple(artifacts.get(release.name, ()))) for release in releases]


def _artifacts_between(service: Service, workspace: str, names: Iterable[str]) -> Mapping[str, list[Artifact]]:
    ranges = [keys.artifacts_of_release(workspace, name) for name in names]
    if not ranges:
        return {}
    first, last = min(each.first for each in ranges), max(each.last for each in ranges)
    found: dict[str, list[Artifact]] = {}
    for record in read_all(service.table, Query(keys.artifacts(workspace), first=first, last=last)):
        artifact = read_stored_artifact(workspace, record.item)
        if not artifact.deleted:
            found.setdefault(artifact.name, []).append(artifact)
    return found


def _rank(release: Release, key: SortKey) -> Rank:
    match key:
        case SortKey.NAME:
            return release.name
        case SortKey.MODIFIED:
            return release.modified.timestamp() if release.modified else 0
        case SortKey.ARTIFACTS_COUNT:
            return release.artifacts
        case SortKey.TAGS:
            return tuple(sorted(release.tags))
