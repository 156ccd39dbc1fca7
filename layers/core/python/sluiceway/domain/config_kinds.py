"""The kinds of records that configurations are made of, and how their ids begin (miru contract 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ConfigKind(StrEnum):
    """One kind of record."""

    TYPE = "config_type"
    SCHEMA = "config_schema"
    RELEASE = "release"
    INSTANCE = "config_instance"
    GIT_COMMIT = "git_commit"

    def make_id(self, unique: str) -> str:
        """Return the id of a new record, made of a fresh UUID."""
        return f"{_PREFIXES[self]}{unique.replace('-', '')}"


_PREFIXES: Mapping[ConfigKind, str] = MappingProxyType(
    {
        ConfigKind.TYPE: "cfg_typ_",
        ConfigKind.SCHEMA: "cfg_sch_",
        ConfigKind.RELEASE: "rls_",
        ConfigKind.INSTANCE: "cfg_inst_",
        ConfigKind.GIT_COMMIT: "git_commit_",
    }
)


def make_document_id(unique: str) -> str:
    """Return the id of a new document of a schema, made of a fresh UUID."""
    return f"doc_{unique.replace('-', '')}"
