"""A config type: one kind of configuration, such as that of the drivetrain (miru contract 5.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.errors import InvalidField

MOST_NAME_CHARACTERS = 48
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ConfigType:
    """What is stored of it. Its slug stays; its name may change."""

    workspace: str
    id: str
    name: str
    slug: str
    created: datetime
    updated: datetime
    schemas: int = 0
    """How many schemas it was ever given: they are numbered from 1."""
    rev: int = 0

    def renamed(self, name: str, now: datetime) -> ConfigType:
        """Return the type with another name."""
        return replace(self, name=check_type_name(name), updated=now, rev=self.rev + 1)

    def with_schema(self) -> ConfigType:
        """Return the type with one more schema, which has the number `schemas`."""
        return replace(self, schemas=self.schemas + 1, rev=self.rev + 1)


def check_type_name(name: str) -> str:
    """Return the name of a config type. Raises InvalidField unless it has 1 to 48 characters."""
    if not 0 < len(name) <= MOST_NAME_CHARACTERS:
        raise InvalidField("name", f"must have between 1 and {MOST_NAME_CHARACTERS} characters")
    return name


def check_slug(slug: str) -> str:
    """Return the slug of a config type. Raises InvalidField for what cannot be one."""
    if not _SLUG.fullmatch(slug):
        raise InvalidField(
            "slug", "must have 1 to 48 lower-case letters, digits and hyphens, and neither begin nor end with a hyphen"
        )
    return slug
