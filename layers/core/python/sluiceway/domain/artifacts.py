"""Artifacts as stored, which of them fits a device, and which two cannot live side by side."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.artifact_file import ArtifactFile
from sluiceway.domain.errors import Invalid

MEDIA_TYPE = "application/vnd.mender-artifact"
MOST_COMBINATIONS = 10_000


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version of one object in the bucket; a device that resumes a download gets the same bytes."""

    key: str
    version: str
    size: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """An uploaded artifact: what its file says, and where its bytes are."""

    workspace: str
    id: str
    order: str
    """Upload order within the release: milliseconds and id."""
    description: str
    modified: datetime
    file: ArtifactFile
    stored: StoredObject
    used: bool = False
    """Whether it was ever assigned to a device."""
    deleted: bool = False
    """Kept only because old device deployments show it."""
    rev: int = 0

    @property
    def name(self) -> str:
        """Name of the release it belongs to."""
        return self.file.name

    def edited(self, description: str, now: datetime) -> Artifact:
        """Return the artifact with another description."""
        return replace(self, description=description, modified=now)


@dataclass(frozen=True, slots=True)
class Provides:
    """What a device says of itself when it asks for work (mender contract 9.2)."""

    artifact_name: str
    device_type: str
    others: Mapping[str, str]
    reads_control_maps: bool = False
    """Whether it halts where a control map says so. No part of the digest: all forms of asking mean the same."""

    def digest(self) -> str:
        """Return the same text for equal provides in whatever order they were sent."""
        text = json.dumps([self.artifact_name, self.device_type, sorted(self.others.items())], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def choose(artifacts: Iterable[Artifact], device: Provides) -> Artifact | None:
    """Return the smallest artifact that fits the device, None when none does (mender contract 8.5, 9.3)."""
    fitting = (artifact for artifact in artifacts if not artifact.deleted and fits(artifact.file, device))
    return min(fitting, key=lambda artifact: (artifact.file.size, artifact.order), default=None)


def fits(file: ArtifactFile, device: Provides) -> bool:
    """Match the device type, and every other depends when the device sent further provides (mender contract 8.5)."""
    if device.device_type not in file.device_types_compatible:
        return False
    if not device.others:
        return True
    provides = {**device.others, "artifact_name": device.artifact_name}
    wanted = ((key, value) for key, value in file.depends.items() if key != "device_type")
    return all(provides.get(key) in _alternatives(value) for key, value in wanted)


def combinations(file: ArtifactFile) -> Iterator[Mapping[str, str]]:
    """Expand the depends into all single-valued combinations (mender contract 2.1).

    Raises Invalid when there are more than MOST_COMBINATIONS.
    """
    depends = {"device_type": tuple(file.device_types_compatible)}
    depends |= {key: _alternatives(value) for key, value in file.depends.items() if key != "device_type"}
    if math.prod(len(values) for values in depends.values()) > MOST_COMBINATIONS:
        raise Invalid(f"the depends of the artifact have more than {MOST_COMBINATIONS} combinations")
    return (dict(zip(depends, values, strict=True)) for values in itertools.product(*depends.values()))


def combination_digest(combination: Mapping[str, str]) -> str:
    """Return a short name for one combination, the same in whatever order its keys come."""
    return hashlib.sha256(json.dumps(sorted(combination.items())).encode()).hexdigest()[:24]


def _alternatives(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
