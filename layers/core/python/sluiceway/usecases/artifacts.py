"""Finding artifacts (mender contract 2.2, 2.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.errors import NotFound
from sluiceway.storage import keys
from sluiceway.storage.artifact_items import pointed_key, read_stored_artifact
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query
from sluiceway.usecases.service import Service

Rank: TypeAlias = str | int | datetime


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


class SortKey(StrEnum):
    """What a list of artifacts can be sorted by. No release has tags yet: by them, all are equal."""

    NAME = "name"
    MODIFIED = "modified"
    ARTIFACTS_COUNT = "artifacts_count"
    TAGS = "tags"


def list_artifacts(
    service: Service, workspace: str, wanted: ArtifactFilter, key: SortKey = SortKey.NAME, *, descending: bool = False
) -> list[Artifact]:
    """Read all artifacts that pass the filter, sorted; those that are equal by name, then in upload order."""
    records = read_all(service.table, Query(keys.artifacts(workspace)))
    stored = (read_stored_artifact(workspace, record.item) for record in records)
    artifacts = sorted((each for each in stored if not each.deleted), key=lambda each: (each.name, each.order))
    ranks = _ranks(artifacts, key)
    return sorted(filter(wanted.admits, artifacts), key=lambda each: ranks[each.id], reverse=descending)


def _ranks(artifacts: list[Artifact], key: SortKey) -> Mapping[str, Rank]:
    match key:
        case SortKey.NAME:
            return {each.id: each.name for each in artifacts}
        case SortKey.MODIFIED:
            return {each.id: each.modified for each in artifacts}
        case SortKey.ARTIFACTS_COUNT:
            sizes = Counter(each.name for each in artifacts)
            return {each.id: sizes[each.name] for each in artifacts}
        case SortKey.TAGS:
            return dict.fromkeys((each.id for each in artifacts), 0)


def _is_part(part: str, text: str) -> bool:
    return part.casefold() in text.casefold()
