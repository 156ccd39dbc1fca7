"""Artifacts and links to them as JSON, and what a query asks of them (contract 2.2, 2.6, 3.1, 3.2, 4.1)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, NamedTuple

from mender._wire_times import rfc3339
from sluiceway.domain.artifact_file import ArtifactFile, File, Update
from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.errors import Invalid
from sluiceway.http.parameters import query_word
from sluiceway.http.request import Request
from sluiceway.usecases.links import Link
from sluiceway.usecases.list_artifacts import ArtifactFilter, ArtifactSearch, SortKey, TextMatch

DEFAULT_LINK_MINUTES = "60"
MOST_NAMES = 100
MOST_DESCRIPTION_CHARACTERS = 4096
MOST_LINK_MINUTES = 10_080
_MINUTES = re.compile(r"0*[1-9][0-9]{0,4}")
_SORTS = {f"{key}{direction}" for key in SortKey for direction in ("", ":asc", ":desc")}


class ArtifactSort(NamedTuple):
    """How to sort a list of artifacts."""

    key: SortKey
    descending: bool


def parse_filter(request: Request) -> ArtifactFilter:
    """Read the filters of a list."""
    wanted = (request.query_value(name) or "" for name in ("name", "description", "device_type"))
    return ArtifactFilter(*wanted)


def parse_sort(request: Request) -> ArtifactSort:
    """Read how to sort a list, by name when nothing is said. Raises Invalid."""
    refusal = "invalid sort: must be name, modified, artifacts_count or tags, followed by :asc or :desc"
    word = query_word(request, "sort", _SORTS, refusal) or SortKey.NAME
    key, _, direction = word.partition(":")
    return ArtifactSort(SortKey(key), direction == "desc")


def parse_search(request: Request) -> ArtifactSearch:
    """Read the filters of the second version's list. Raises Invalid."""
    names = tuple(_match(value) for name, value in request.query if name == "name" and value)
    if len(names) > MOST_NAMES:
        raise Invalid(f"invalid filter: at most {MOST_NAMES} names")
    if len(names) > 1 and any(name.is_prefix for name in names):
        raise Invalid("invalid filter: cannot filter by both exact names and name prefix")
    return ArtifactSearch(names, *(_optional_match(request, name) for name in ("description", "device_type")))


def check_is_storage(request: Request) -> None:
    """Refuse the limits that do not exist. Raises Invalid."""
    if request.parameters["name"] != "storage":
        raise Invalid(f"unsupported limit {request.parameters['name']}: there is only storage")


def parse_link_life(request: Request) -> timedelta:
    """Read for how long a link is wanted, one minute to one week. Raises Invalid."""
    given = request.query_value("expire")
    minutes = DEFAULT_LINK_MINUTES if given is None else given
    if not _MINUTES.fullmatch(minutes) or int(minutes) > MOST_LINK_MINUTES:
        raise Invalid("Invalid expire parameter")
    return timedelta(minutes=int(minutes))


def artifact_json(artifact: Artifact) -> dict[str, Any]:
    """Render an artifact."""
    file = artifact.file
    return {
        "id": artifact.id,
        "name": file.name,
        "description": artifact.description,
        "device_types_compatible": list(file.device_types_compatible),
        "info": {"format": "mender", "version": file.format_version},
        "signed": file.signed,
        "updates": [_update_json(update) for update in file.updates],
        "size": file.size,
        "modified": rfc3339(artifact.modified),
        **_relations_json(file),
    }


def link_json(link: Link) -> dict[str, str]:
    """Render a link."""
    return {"uri": link.uri, "expire": rfc3339(link.expires)}


def _optional_match(request: Request, name: str) -> TextMatch | None:
    value = request.query_value(name)
    return _match(value) if value else None


def _match(value: str) -> TextMatch:
    """Read a text that ends with a star as a prefix; a star that is meant itself is written with a backslash."""
    is_prefix = value.endswith("*") and not value.endswith("\\*")
    text = value[:-1] if is_prefix else value
    return TextMatch(text.replace("\\*", "*"), is_prefix)


def _relations_json(file: ArtifactFile) -> dict[str, Any]:
    relations = {
        "artifact_provides": dict(file.provides),
        "artifact_depends": dict(file.depends),
        "clears_artifact_provides": list(file.clears_provides),
    }
    return {name: value for name, value in relations.items() if value}


def _update_json(update: Update) -> dict[str, Any]:
    """Render a payload. `meta_data` is a list of pairs: an object there breaks the genuine client's whole list."""
    rendered: dict[str, Any] = {
        "type_info": {"type": update.type},
        "files": [_file_json(file) for file in update.files] or None,
    }
    if update.metadata:
        pairs = [{"Key": key, "Value": value} for key, value in update.metadata.items()]
        rendered |= {"metadata": dict(update.metadata), "meta_data": pairs}
    return rendered


def _file_json(file: File) -> dict[str, Any]:
    return {"name": file.name, "checksum": file.checksum, "size": file.size, "date": rfc3339(file.date)}
