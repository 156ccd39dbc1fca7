"""Finding artifacts among all of them (mender contract 2.2, 4.1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sluiceway.domain.artifacts import Artifact
from sluiceway.storage import keys
from sluiceway.storage.artifact_items import read_stored_artifact
from sluiceway.storage.paging import read_all
from sluiceway.storage.release_items import read_release
from sluiceway.storage.table import Query
from sluiceway.usecases.service import Service

Rank: TypeAlias = str | float | datetime | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArtifactFilter:
    """Parts of texts, in any case, that an artifact must all have; an empty one is in every text."""

    name: str = ""
    description: str = ""
    device_type: str = ""

    def admits(self, artifact: Artifact) -> bool:
        """Tell whether an artifact passes; one of its device types is enough."""
        return (
            _is_part(self.name, artifact.name)
            and _is_part(self.description, artifact.description)
            and any(_is_part(self.device_type, each) for each in artifact.file.device_types_compatible)
        )


@dataclass(frozen=True, slots=True)
class TextMatch:
    """A text that must be met whole, or a beginning in any case."""

    text: str
    is_prefix: bool = False

    def admits(self, text: str) -> bool:
        """Tell whether a text is met."""
        return text.casefold().startswith(self.text.casefold()) if self.is_prefix else text == self.text


@dataclass(frozen=True, slots=True)
class ArtifactSearch:
    """What an artifact must be like: one of several names, a description, one of its device types (contract 4.1)."""

    names: tuple[TextMatch, ...] = ()
    description: TextMatch | None = None
    device_type: TextMatch | None = None

    def admits(self, artifact: Artifact) -> bool:
        """Tell whether an artifact is meant; what is not said is met by all."""
        types = artifact.file.device_types_compatible
        return (
            (not self.names or any(match.admits(artifact.name) for match in self.names))
            and (self.description is None or self.description.admits(artifact.description))
            and (self.device_type is None or any(map(self.device_type.admits, types)))
        )


class SortKey(StrEnum):
    """What lists of artifacts and of releases can be sorted by; an artifact has the tags of its release."""

    NAME = "name"
    MODIFIED = "modified"
    ARTIFACTS_COUNT = "artifacts_count"
    TAGS = "tags"


def list_artifacts(
    service: Service, workspace: str, wanted: ArtifactFilter, key: SortKey = SortKey.NAME, *, descending: bool = False
) -> list[Artifact]:
    """Read all artifacts that pass the filter, sorted; those that are equal by name, then in upload order."""
    artifacts = read_artifacts(service, workspace)
    ranks = _ranks(service, artifacts, key)
    return sorted(filter(wanted.admits, artifacts), key=lambda each: ranks[each.id], reverse=descending)


def search_artifacts(service: Service, workspace: str, search: ArtifactSearch) -> list[Artifact]:
    """Read all artifacts that are meant, by name, then in upload order."""
    return list(filter(search.admits, read_artifacts(service, workspace)))


def read_artifacts(service: Service, workspace: str) -> list[Artifact]:
    """Read the artifacts of a workspace, by name, then in upload order."""
    records = read_all(service.table, Query(keys.artifacts(workspace)))
    stored = (read_stored_artifact(workspace, record.item) for record in records)
    return sorted((each for each in stored if not each.deleted), key=lambda each: (each.name, each.order))


def stored_bytes(service: Service, workspace: str) -> int:
    """Add up the bytes that the artifacts of a workspace occupy (mender contract 4.1)."""
    return sum(artifact.stored.size for artifact in read_artifacts(service, workspace))


def _ranks(service: Service, artifacts: list[Artifact], key: SortKey) -> Mapping[str, Rank]:
    match key:
        case SortKey.NAME:
            return {each.id: each.name for each in artifacts}
        case SortKey.MODIFIED:
            return {each.id: each.modified for each in artifacts}
        case SortKey.ARTIFACTS_COUNT:
            sizes = Counter(each.name for each in artifacts)
            return {each.id: sizes[each.name] for each in artifacts}
        case SortKey.TAGS:
            tags = _tags_of_releases(service, artifacts)
            return {each.id: tags.get(each.name, ()) for each in artifacts}


def _tags_of_releases(service: Service, artifacts: list[Artifact]) -> Mapping[str, tuple[str, ...]]:
    found = service.table.get_many(list({keys.release(each.workspace, each.name): None for each in artifacts}))
    releases = (read_release(str(item["name"]), item) for item in found.values())
    return {release.name: tuple(sorted(release.tags)) for release in releases}


def _is_part(part: str, text: str) -> bool:
    return part.casefold() in text.casefold()
