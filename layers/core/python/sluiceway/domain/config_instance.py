"""A config instance: the content of one configuration file, which never changes (miru contract 5.7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sluiceway.domain.config_schema import SchemaFormat, check_filepath, shared_file
from sluiceway.domain.errors import InvalidField
from sluiceway.domain.strict_json import read_wide_json

MOST_CONTENT_BYTES = 1024 * 1024
RELATIVE_ROOT = "/srv/miru/config_instances"
"""What relative file paths begin at on a device."""


class ContentFormat(StrEnum):
    """How content is written down."""

    JSON = "json"


@dataclass(frozen=True, slots=True)
class ConfigInstance:
    """What is stored of it, its content aside."""

    workspace: str
    id: str
    schema_id: str
    type_id: str
    format: ContentFormat
    filepath: str
    """Where a device keeps it: an absolute path."""
    created: datetime
    relative_filepath: str = ""
    """The path that it was given by who made it together with a deployment, empty when it has its schema's."""


class Case(NamedTuple):
    """Content that is to be held against a JSON Schema, both as they were given."""

    content: str
    schema: str
    format: SchemaFormat
    """Of the schema."""


def absolute_filepath(relative: str) -> str:
    """Return where a device keeps what has a relative path. Raises InvalidField for one that leads out of the root."""
    return check_filepath(f"{RELATIVE_ROOT}/{relative.lstrip('/')}", field="relative_filepath")


def check_files(instances: Iterable[ConfigInstance], *, field: str) -> None:
    """Refuse, as InvalidField, instances that would share a file: a device refuses them all."""
    if shared := shared_file(instance.filepath for instance in instances):
        raise InvalidField(field, f"more than one config instance has the file path {shared}")


def check_content(content: str) -> None:
    """Refuse, as InvalidField, content above 1 MiB and what is not JSON, strictly read but for large numbers."""
    if len(content.encode()) > MOST_CONTENT_BYTES:
        raise InvalidField("content", f"must have at most {MOST_CONTENT_BYTES} bytes")
    try:
        read_wide_json(content)
    except ValueError as broken:
        raise InvalidField("content", f"must be JSON: {broken}") from None
