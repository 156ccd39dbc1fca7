"""Releases as JSON in both versions, and what is asked of them (contract 4.3)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from mender._wire_artifacts import artifact_json
from mender._wire_times import rfc3339
from sluiceway.domain.errors import Invalid
from sluiceway.domain.tags import clean_tags
from sluiceway.http.json_body import json_value
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.find_releases import ReleaseContents, ReleaseFilter
from sluiceway.usecases.list_artifacts import ArtifactFilter

MOST_NOTES_CHARACTERS = 1024


class ReleaseUpdate(WireModel):
    """Body of an edit."""

    notes: Annotated[str, Field(max_length=MOST_NOTES_CHARACTERS)]

    @field_validator("notes")
    @classmethod
    def refuse_unprintable(cls, notes: str) -> str:
        """Take printable characters only, line breaks not among them."""
        if not notes.isprintable():
            raise ValueError("must be printable characters")
        return notes


def parse_notes(request: Request) -> str:
    """Read the notes that a release is to have. Raises Invalid."""
    return parse_body(ReleaseUpdate, request).notes


def parse_tags(request: Request) -> tuple[str, ...]:
    """Read the tags that a release is to have. Raises Invalid."""
    given = json_value(request)
    if not isinstance(given, list) or not all(isinstance(tag, str) for tag in given):
        raise Invalid("Validating request body: must be a list of strings")
    return clean_tags(map(str, given))


def parse_filter_v1(request: Request) -> ReleaseFilter:
    """Read the filters of the first version's lists."""
    artifact = ArtifactFilter(description=_value(request, "description"), device_type=_value(request, "device_type"))
    return ReleaseFilter(_value(request, "name"), artifact=artifact, update_type=_value(request, "update_type"))


def parse_filter_v2(request: Request) -> ReleaseFilter:
    """Read the filters of the second version's list."""
    tags = frozenset(value.lower() for name, value in request.query if name == "tag" and value)
    return ReleaseFilter(_value(request, "name"), tags=tags, update_type=_value(request, "update_type"))


def parse_names(request: Request) -> list[str]:
    """Read the names of releases, each once. Raises Invalid without any."""
    names = dict.fromkeys(value for name, value in request.query if name == "name" and value)
    if not names:
        raise Invalid("name: at least one release must be named")
    return list(names)


def release_json_v1(contents: ReleaseContents) -> dict[str, Any]:
    """Render a release as the first version does, half of it with capital letters."""
    shown = release_json_v2(contents)
    capitals = {"name": "Name", "artifacts": "Artifacts", "modified": "Modified", "artifacts_count": "ArtifactsCount"}
    return {capitals.get(name, name): value for name, value in shown.items()}


def release_json_v2(contents: ReleaseContents) -> dict[str, Any]:
    """Render a release."""
    release = contents.release
    return {
        "name": release.name,
        "artifacts": [artifact_json(artifact) for artifact in contents.artifacts],
        "modified": rfc3339(release.modified) if release.modified else None,
        "artifacts_count": release.artifacts,
        "tags": list(release.tags),
        "notes": release.notes,
    }


def _value(request: Request, name: str) -> str:
    return request.query_value(name) or ""
