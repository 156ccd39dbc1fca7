"""Making an artifact of one file, as the genuine single-file generator does (mender contract 4.1, 11.4, 11.9)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

from sluiceway.artifacts.mender_writer import Payload, write_artifact
from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.errors import ArtifactNotUnique, DuplicateArtifact
from sluiceway.usecases.service import Service
from sluiceway.usecases.upload_artifact import Upload, upload_artifact

TYPE = "single-file"
FILES_OF_MODULE = frozenset({"dest_dir", "filename", "permissions"})
"""What the update module wants to know stands in files beside the one that it installs."""
_PERMISSIONS = "644"


@dataclass(frozen=True, slots=True)
class SingleFile:
    """One file, where devices put it, and the names under which they remember its version."""

    artifact_name: str
    device_types: tuple[str, ...]
    filename: str
    dest_dir: str
    content: bytes
    description: str = ""
    software_filesystem: str = "rootfs-image"
    software_name: str = TYPE
    software_version: str = ""
    """The artifact's name when it is empty."""


def generate_artifact(service: Service, workspace: str, file: SingleFile, now: datetime) -> Artifact:
    """Make the artifact. Raises InvalidArtifact for what the format does not take, and ArtifactNotUnique."""
    written = write_artifact(file.artifact_name, file.device_types, _payload(file), modified=int(now.timestamp()))
    try:
        return upload_artifact(service, workspace, Upload(io.BytesIO(written), file.description), now)
    except DuplicateArtifact as duplicate:
        raise ArtifactNotUnique(str(duplicate)) from duplicate


def _payload(file: SingleFile) -> Payload:
    software = f"{file.software_filesystem}.{file.software_name}"
    settings = {"dest_dir": file.dest_dir, "filename": file.filename, "permissions": _PERMISSIONS}
    return Payload(
        type=TYPE,
        files={name: f"{text}\n".encode() for name, text in settings.items()} | {file.filename: file.content},
        provides={f"{software}.version": file.software_version or file.artifact_name},
        clears_provides=[f"{software}.*"],
    )
