"""A config release: a set of config schemas that belong together (miru contract 5.2)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.config_schema import ConfigSchema, shared_file
from sluiceway.domain.errors import InvalidField

MOST_SCHEMAS = 40
"""A device is handed an instance of each in one transaction."""
MOST_VERSION_CHARACTERS = 128
_SUFFIX = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(rf"v?[0-9]+(?:\.[0-9]+)*(?:-{_SUFFIX})?(?:\+{_SUFFIX})?")


@dataclass(frozen=True, slots=True)
class ConfigRelease:
    """What is stored of it. Only whether its deployments are validated by the workspace itself may change."""

    workspace: str
    id: str
    version: str
    schema_ids: tuple[str, ...]
    created: datetime
    updated: datetime
    git_commit_id: str = ""
    """The commit that it was made of, empty when that was not said."""
    custom_validation: bool = False
    rev: int = 0

    def is_alike(self, other: ConfigRelease) -> bool:
        """Tell whether another one has the same schemas, in whatever order, and is of the same commit."""
        return (frozenset(self.schema_ids), self.git_commit_id) == (frozenset(other.schema_ids), other.git_commit_id)

    def validated(self, now: datetime, *, custom: bool) -> ConfigRelease:
        """Return the release with the workspace's own validation on or off."""
        return replace(self, custom_validation=custom, updated=now, rev=self.rev + 1)


def check_version(version: str) -> str:
    """Return the version of a release. Raises InvalidField unless it is dotted integers, `v` and suffixes aside."""
    if len(version) > MOST_VERSION_CHARACTERS or not _VERSION.fullmatch(version):
        raise InvalidField(
            "version",
            "must be integers joined by dots, with an optional v before them and -prerelease and +build behind, in at "
            f"most {MOST_VERSION_CHARACTERS} characters",
        )
    return version


def check_schema_ids(schema_ids: Sequence[str]) -> None:
    """Refuse, as InvalidField, so many schemas as no release has."""
    if not 0 < len(schema_ids) <= MOST_SCHEMAS:
        raise InvalidField("config_schema_ids", f"must have between 1 and {MOST_SCHEMAS} of them")


def check_schemas(schemas: Sequence[ConfigSchema]) -> None:
    """Refuse, as InvalidField, schemas that cannot be together: of one type, or whose instances share a file."""
    types = Counter(schema.type_id for schema in schemas)
    if twice := [type_id for type_id, times in types.items() if times > 1]:
        raise InvalidField("config_schema_ids", f"more than one schema has the config type {twice[0]}")
    if shared := shared_file(schema.instance_filepath for schema in schemas):
        raise InvalidField("config_schema_ids", f"more than one schema has the instance file path {shared}")
