"""A config schema: what the instances of a config type must look like, and where a device keeps one (contract 5.6)."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sluiceway.domain.errors import InvalidField

MOST_DOCUMENTS = 50
MOST_DOCUMENT_BYTES = 1024 * 1024
"""Of all documents of a schema together."""
MOST_NAME_CHARACTERS = 256
MOST_PATH_BYTES = 1024
MOST_SOURCE_PATHS = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class SchemaLanguage(StrEnum):
    """What a schema is written in. CUE is kept and not evaluated: every instance passes."""

    JSON_SCHEMA = "jsonschema"
    CUE = "cue"


class SchemaFormat(StrEnum):
    """How its documents are written down."""

    JSON = "json"
    YAML = "yaml"
    CUE = "cue"


_FORMATS: Mapping[SchemaLanguage, frozenset[SchemaFormat]] = MappingProxyType(
    {
        SchemaLanguage.JSON_SCHEMA: frozenset({SchemaFormat.JSON, SchemaFormat.YAML}),
        SchemaLanguage.CUE: frozenset({SchemaFormat.CUE}),
    }
)


@dataclass(frozen=True, slots=True)
class Document:
    """One text of a schema, as it was given."""

    id: str
    name: str
    data: str


@dataclass(frozen=True, slots=True)
class ConfigSchema:
    """What is stored of it, its documents aside. It never changes."""

    workspace: str
    id: str
    type_id: str
    number: int
    """Its place among the schemas of its type, from 1."""
    language: SchemaLanguage
    format: SchemaFormat
    digest: str
    """Of what it says; whoever says the same has the same."""
    instance_filepath: str
    created: datetime
    git_commit_id: str = ""
    """The commit that it comes from, empty when that was not said."""
    source_paths: tuple[str, ...] = ()
    """Where its documents are in the repository."""


def default_filepath(slug: str) -> str:
    """Return where a device keeps the instances of a type when nobody says."""
    return f"/srv/miru/configs/{slug}.json"


def check_filepath(path: str, *, field: str) -> str:
    """Return the absolute path of a file on a device. Raises InvalidField, naming the field, for what a device refuses.

    That is a relative path, one that leads upwards, one without a name at its end, and one of more than 1,024 bytes.
    """
    steps = path.split("/")
    if steps[0] or not steps[-1] or "." in steps[-1:]:
        raise InvalidField(field, "must be the absolute path of a file")
    if ".." in steps:
        raise InvalidField(field, "must not lead upwards by ..")
    if _CONTROL.search(path) or len(path.encode()) > MOST_PATH_BYTES:
        raise InvalidField(field, f"must have at most {MOST_PATH_BYTES} bytes, and no control characters")
    return path


def same_file(path: str) -> str:
    """Return what is the same for all ways to write the path of one file."""
    return "/" + posixpath.normpath(path).lstrip("/")


def shared_file(paths: Iterable[str]) -> str:
    """Return a file that more than one of the paths leads to, empty when there is none."""
    return next((path for path, times in Counter(map(same_file, paths)).items() if times > 1), "")


def check_documents(language: SchemaLanguage, format_: SchemaFormat, documents: Sequence[Document]) -> None:
    """Refuse, as InvalidField, documents that make no schema: too few, too many, too large, or of another language."""
    if format_ not in _FORMATS[language]:
        allowed = " or ".join(sorted(_FORMATS[language]))
        raise InvalidField("format", f"must be {allowed} for the language {language}")
    if language is SchemaLanguage.JSON_SCHEMA and len(documents) != 1:
        raise InvalidField("documents", "a JSON Schema is exactly one document")
    if not 0 < len(documents) <= MOST_DOCUMENTS:
        raise InvalidField("documents", f"must have between 1 and {MOST_DOCUMENTS} of them")
    if not all(0 < len(document.name) <= MOST_NAME_CHARACTERS for document in documents):
        raise InvalidField("documents", f"each must have a name of between 1 and {MOST_NAME_CHARACTERS} characters")
    if len({document.name for document in documents}) < len(documents):
        raise InvalidField("documents", "two must not have the same name")
    if sum(len(document.data.encode()) for document in documents) > MOST_DOCUMENT_BYTES:
        raise InvalidField("documents", f"must have at most {MOST_DOCUMENT_BYTES} bytes together")


def check_source_paths(paths: Sequence[str]) -> None:
    """Refuse, as InvalidField, what nobody's repository has."""
    if len(paths) > MOST_SOURCE_PATHS or any(not 0 < len(path.encode()) <= MOST_PATH_BYTES for path in paths):
        raise InvalidField(
            "git_commit",
            f"must name at most {MOST_SOURCE_PATHS} files, each by a path of between 1 and {MOST_PATH_BYTES} bytes",
        )


def schema_digest(canonical: str) -> str:
    """Return the digest of a JSON Schema in its canonical form: white space and the order of keys do not count."""
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"


def documents_digest(documents: Sequence[Document]) -> str:
    """Return the digest of documents as they are; that of several is made of the digests of each, sorted by name."""
    digests = [_sha256(document.data) for document in sorted(documents, key=lambda each: each.name)]
    return f"sha256:{digests[0] if len(digests) == 1 else _sha256(' '.join(digests))}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
