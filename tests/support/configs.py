"""Configurations as tests make them: a workspace's catalogue, in a few words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from uuid import uuid4

from sluiceway.domain.config_instance import ConfigInstance
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.domain.config_schema import ConfigSchema, SchemaFormat, SchemaLanguage
from sluiceway.domain.config_type import ConfigType
from sluiceway.domain.git_commit import GitCommit
from sluiceway.storage.table import Table
from sluiceway.usecases.config_git_commits import CommitRef, NewGitCommit, create_git_commit
from sluiceway.usecases.config_releases import NewConfigRelease, create_config_release
from sluiceway.usecases.config_schemas import NewConfigSchema, NewDocument, TypeRef, create_config_schema
from sluiceway.usecases.config_types import NewConfigType, create_config_type
from sluiceway.usecases.create_config_instances import NewConfigInstance, create_config_instance
from sluiceway.usecases.service import Service
from tests.support.app import NOW
from tests.unit.usecases.stores import WORKSPACE, make_service

SPEED = '{"type": "object", "properties": {"speed": {"type": "number", "maximum": 2}}}'
NEW_SCHEMA = NewConfigSchema(
    TypeRef(slug="drive-1"),
    SchemaLanguage.JSON_SCHEMA,
    SchemaFormat.JSON,
    (NewDocument("drive.json", SPEED),),
)
ORIGIN = "git@github.com:acme/carts.git"


@dataclass
class Catalogue:
    """What one workspace has of configurations; each thing is named after a number, counted from 1."""

    service: Service = field(default_factory=make_service)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @classmethod
    def on(cls, table: Table) -> Catalogue:
        """A catalogue on a table that may be shared, so that ids are not counted."""
        return cls(replace(make_service(), table=table, new_id=lambda: str(uuid4())))

    def type(self, name: str = "Drive") -> ConfigType:
        new = NewConfigType(name, f"drive-{next(self._numbers)}")
        return create_config_type(self.service, WORKSPACE, new, NOW)

    def schema(self, new: NewConfigSchema = NEW_SCHEMA, *, of: ConfigType | None = None) -> ConfigSchema:
        """A schema of a new type, unless the type is given."""
        type_ = of or self.type()
        return create_config_schema(self.service, WORKSPACE, replace(new, type=TypeRef(type_.id)), NOW)

    def commit(self, sha: str = "abc", origin: str = ORIGIN) -> GitCommit:
        return create_git_commit(self.service, WORKSPACE, NewGitCommit(sha, "slow down", origin), NOW)

    def release(
        self, *schemas: ConfigSchema, version: str = "v1.0.0", commit: GitCommit | None = None
    ) -> ConfigRelease:
        ref = CommitRef(commit.id) if commit else None
        new = NewConfigRelease(version, tuple(schema.id for schema in schemas or [self.schema()]), ref)
        return create_config_release(self.service, WORKSPACE, new, NOW)

    def instance(self, content: str = '{"speed": 1.0}', *, of: ConfigSchema | None = None) -> ConfigInstance:
        new = NewConfigInstance((of or self.schema()).id, content)
        return create_config_instance(self.service, WORKSPACE, new, NOW)
