"""A release: all artifacts of one name, no two of which any device could take alike (mender contract 2.1, 4.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sluiceway.domain.artifact_file import ArtifactFile
from sluiceway.domain.artifacts import MOST_COMBINATIONS, combination_digest, combinations
from sluiceway.domain.errors import DuplicateArtifact, Invalid

_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Release:
    """What every writer of a release meets on. It goes with its last artifact, and `rev` starts again with the next."""

    name: str
    founder: str = ""
    """Id of the artifact that it began with; so no writer takes a later release of the same name for this one."""
    artifacts: int = 0
    taken: frozenset[str] = frozenset()
    """Digests of the combinations of depends that its artifacts serve."""
    modified: datetime | None = None
    newest_upload: datetime | None = None
    rev: int = 0
    tags: tuple[str, ...] = ()
    notes: str = ""

    def upload_time(self, now: datetime) -> datetime:
        """Return a moment for an upload that is later than every one before it, whatever the clocks say."""
        return now if self.newest_upload is None else max(now, self.newest_upload + _TICK)

    def with_artifact(self, artifact_id: str, file: ArtifactFile, now: datetime) -> Release:
        """Return the release with one more artifact.

        Raises DuplicateArtifact when it shares a combination with one that is there, and Invalid when all of them
        together have more than MOST_COMBINATIONS.
        """
        served = {combination_digest(combination): combination for combination in combinations(file)}
        shared = next((combination for digest, combination in served.items() if digest in self.taken), None)
        if shared is not None:
            raise DuplicateArtifact(shared)
        taken = self.taken.union(served)
        if len(taken) > MOST_COMBINATIONS:
            raise Invalid(f"the artifacts of one name have more than {MOST_COMBINATIONS} combinations of depends")
        return replace(
            self,
            founder=self.founder or artifact_id,
            artifacts=self.artifacts + 1,
            taken=taken,
            modified=now,
            newest_upload=self.upload_time(now),
            rev=self.rev + 1,
        )

    def without_artifact(self, file: ArtifactFile, now: datetime) -> Release:
        """Return the release with one of its artifacts less; its tags go with the last."""
        taken = self.taken - {combination_digest(combination) for combination in combinations(file)}
        left = self.artifacts - 1
        tags = self.tags if left else ()
        return replace(self, artifacts=left, taken=taken, tags=tags, modified=now, rev=self.rev + 1)

    def described(self, notes: str, now: datetime) -> Release:
        """Return the release with other notes."""
        return replace(self, notes=notes, modified=now, rev=self.rev + 1)

    def tagged(self, tags: tuple[str, ...], now: datetime) -> Release:
        """Return the release with other tags."""
        return replace(self, tags=tags, modified=now, rev=self.rev + 1)
