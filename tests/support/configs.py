"""Configurations as tests make them: a workspace's catalogue, in a few words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from uuid import uuid4

from sluiceway.domain.config_deployment import Command, ConfigDeployment, Deploy, Target
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.config_instance import ConfigInstance
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.domain.config_schema import ConfigSchema, SchemaFormat, SchemaLanguage
from sluiceway.domain.config_type import ConfigType
from sluiceway.domain.git_commit import GitCommit
from sluiceway.domain.user import Workspace
from sluiceway.storage import keys
from sluiceway.storage.table import Put, Table
from sluiceway.storage.user_items import workspace_item
from sluiceway.usecases.config_deployments import change_config_deployment, get_config_deployment
from sluiceway.usecases.config_devices import create_config_device
from sluiceway.usecases.config_git_commits import CommitRef, NewGitCommit, create_git_commit
from sluiceway.usecases.config_releases import NewConfigRelease, create_config_release
from sluiceway.usecases.config_schemas import (
    NewConfigSchema,
    NewDocument,
    TypeRef,
    create_config_schema,
    get_config_schemas,
)
from sluiceway.usecases.config_types import NewConfigType, create_config_type
from sluiceway.usecases.create_config_deployment import NewConfigDeployment, create_config_deployment
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

    def __post_init__(self) -> None:
        workspace = Workspace(WORKSPACE, "plant", NOW)
        self.service.table.write(Put(keys.workspace(WORKSPACE), workspace_item(workspace)))

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

    def device(self, name: str | None = None) -> ConfigDevice:
        return create_config_device(self.service, WORKSPACE, name or f"cart-{next(self._numbers)}", NOW)

    def draft(
        self,
        device: ConfigDevice,
        release: ConfigRelease,
        target: Target = Target.STAGED,
        **members: Any,  # noqa: ANN401 - of any type
    ) -> NewConfigDeployment:
        """A deployment to be made, of new instances by id unless the members give some."""
        if not {"instance_ids", "new_instances"} & members.keys():
            schemas = get_config_schemas(self.service, WORKSPACE, release.schema_ids)
            members["instance_ids"] = tuple(self.instance(of=schemas[each]).id for each in release.schema_ids)
        return NewConfigDeployment(device.id, release.id, target, **members)

    def deployment(
        self,
        device: ConfigDevice,
        release: ConfigRelease,
        target: Target = Target.STAGED,
        **members: Any,  # noqa: ANN401 - of any type
    ) -> ConfigDeployment:
        new = self.draft(device, release, target, **members)
        return create_config_deployment(self.service, WORKSPACE, new, NOW)

    def change(self, deployment: ConfigDeployment, command: Command) -> ConfigDeployment:
        return change_config_deployment(self.service, WORKSPACE, deployment.id, command, NOW)

    def deployed(self, device: ConfigDevice, release: ConfigRelease) -> ConfigDeployment:
        """A deployment that is on its way to its device."""
        return self.change(self.deployment(device, release), Deploy(approves=True))

    def current(self, deployment: ConfigDeployment) -> ConfigDeployment:
        """The deployment as it stands now."""
        return get_config_deployment(self.service, WORKSPACE, deployment.id)

    def instance(self, content: str = '{"speed": 1.0}', *, of: ConfigSchema | None = None) -> ConfigInstance:
        new = NewConfigInstance((of or self.schema()).id, content)
        return create_config_instance(self.service, WORKSPACE, new, NOW)
