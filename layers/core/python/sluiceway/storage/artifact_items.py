"""Artifacts as items: the artifact, under its name and upload order, and the pointer that finds it by id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sluiceway.domain.artifact_file import ArtifactFile, File, Update
from sluiceway.domain.artifacts import Artifact, StoredObject
from sluiceway.domain.errors import InvalidArtifact
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Item, Key

MOST_FILE_BYTES = 100_000
"""What an artifact may say about itself, as stored: an item takes 400 KB, and whole lists of these travel in 6 MB."""


def artifact_key(artifact: Artifact) -> Key:
    """Find this artifact."""
    return keys.artifact(artifact.workspace, artifact.name, artifact.order)


def artifact_item(artifact: Artifact) -> Item:
    """Return the stored form of an artifact. Raises InvalidArtifact when its file says more than MOST_FILE_BYTES."""
    return {
        "id": artifact.id,
        "order": artifact.order,
        "description": artifact.description,
        "modified": to_milliseconds(artifact.modified),
        "file": _file_document(artifact.file),
        "object": artifact.stored.key,
        "version": artifact.stored.version,
        "size": artifact.stored.size,
        "used": artifact.used,
        "deleted": artifact.deleted,
        "rev": artifact.rev,
    }


def read_stored_artifact(workspace: str, stored: Item) -> Artifact:
    """Return the artifact of an item."""
    item = cast("Mapping[str, Any]", stored)
    return Artifact(
        workspace=workspace,
        id=item["id"],
        order=item["order"],
        description=item["description"],
        modified=from_milliseconds(item["modified"]),
        file=_read_file_document(item["file"]),
        stored=StoredObject(item["object"], item["version"], item["size"]),
        used=item["used"],
        deleted=item["deleted"],
        rev=item["rev"],
    )


def pointer_item(artifact: Artifact) -> Item:
    """Return what the id of an artifact leads to; it stays as long as the artifact or its tombstone."""
    return {"place": artifact_key(artifact).sk}


def pointed_key(workspace: str, pointer: Item) -> Key:
    """Return the key of the artifact that a pointer leads to."""
    return Key(keys.artifacts(workspace), cast("str", pointer["place"]))


def _file_document(file: ArtifactFile) -> str:
    """One JSON text: payload metadata may hold fractions and nulls, which the table does not take."""
    text = json.dumps(
        {
            "name": file.name,
            "types": file.device_types_compatible,
            "format": file.format_version,
            "signed": file.signed,
            "updates": [_update_document(update) for update in file.updates],
            "provides": dict(file.provides),
            "depends": dict(file.depends),
            "clears": file.clears_provides,
            "size": file.size,
        },
        separators=(",", ":"),
        ensure_ascii=False,
    )
    if len(text.encode()) > MOST_FILE_BYTES:
        raise InvalidArtifact(f"the files and metadata that the artifact lists exceed {MOST_FILE_BYTES} bytes")
    return text


def _update_document(update: Update) -> Mapping[str, object]:
    files = [[file.name, file.checksum, file.size, file.date.isoformat()] for file in update.files]
    return {"type": update.type, "files": files, "metadata": update.metadata}


def _read_file_document(text: str) -> ArtifactFile:
    document = json.loads(text)
    return ArtifactFile(
        name=document["name"],
        device_types_compatible=tuple(document["types"]),
        format_version=document["format"],
        signed=document["signed"],
        updates=tuple(_read_update(update) for update in document["updates"]),
        provides=document["provides"],
        depends={key: tuple(value) if isinstance(value, list) else value for key, value in document["depends"].items()},
        clears_provides=tuple(document["clears"]),
        size=document["size"],
    )


def _read_update(document: Mapping[str, Any]) -> Update:
    files = (File(name, sum_, size, datetime.fromisoformat(date)) for name, sum_, size, date in document["files"])
    return Update(document["type"], tuple(files), document["metadata"])
