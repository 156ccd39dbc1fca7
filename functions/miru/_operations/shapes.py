"""What the resources look like in each version (contract 1.3, 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from miru._operations.common import MaybeTime, Time
from miru._versions import Version
from miru._wire_deployments import JudgedInstance
from sluiceway.http.openapi import Shape


class OlderDevice(TypedDict):
    """A device that takes configuration."""

    object: Literal["device"]
    id: str
    name: str
    status: Literal["inactive", "activating", "online", "offline"]
    last_connected_at: MaybeTime
    last_disconnected_at: MaybeTime
    created_at: Time
    updated_at: Time


class Device(OlderDevice):
    """A device that takes configuration, with the version of its agent."""

    agent_version: str | None


class ConfigType(TypedDict):
    """A kind of configuration."""

    object: Literal["config_type"]
    id: str
    name: str
    slug: str
    created_at: Time
    updated_at: Time


class OlderConfigType(ConfigType):
    """A kind of configuration; its schemas are never shown here."""

    config_schemas: None


class GitCommit(TypedDict):
    """A commit that configurations come from."""

    object: Literal["git_commit"]
    id: str
    sha: str
    message: str
    repository_owner: str
    repository_name: str
    repository_type: Literal["github", "gitlab", "bitbucket"]
    repository_url: str
    commit_url: str
    created_at: Time


class Document(TypedDict):
    """A text of a schema."""

    id: str
    name: str
    data: str


class ConfigSchema(TypedDict):
    """What the instances of a type must look like."""

    object: Literal["config_schema"]
    id: str
    digest: str
    config_type_name: str
    instance_filepath: str
    created_at: Time
    updated_at: Time
    config_type_id: str
    language: Literal["jsonschema", "cue"]
    format: Literal["json", "yaml", "cue"]
    documents: NotRequired[list[Document]]
    config_type: NotRequired[ConfigType]


class OlderConfigSchema(TypedDict):
    """What the instances of a type must look like; the content is null when it is not written in JSON."""

    object: Literal["config_schema"]
    id: str
    version: int
    digest: str
    relative_filepath: str
    created_at: Time
    updated_at: Time
    config_type_id: str
    content: object
    config_type: OlderConfigType | None


class Release(TypedDict):
    """A set of schemas."""

    object: Literal["release"]
    id: str
    version: str
    git_commit_id: str | None
    created_at: Time
    updated_at: Time
    config_schemas: NotRequired[list[ConfigSchema]]


class OlderRelease(TypedDict):
    """A set of schemas."""

    object: Literal["release"]
    id: str
    version: str
    created_at: Time
    updated_at: Time
    config_schemas: list[OlderConfigSchema] | None


class Content(TypedDict):
    """Content as it was given."""

    format: Literal["json"]
    data: str


class ConfigInstance(TypedDict):
    """The content of one configuration file."""

    object: Literal["config_instance"]
    id: str
    config_type_name: str
    filepath: str
    created_at: Time
    config_schema_id: str
    config_type_id: str
    content: NotRequired[Content]
    config_schema: NotRequired[ConfigSchema]
    config_type: NotRequired[ConfigType]


class OlderConfigInstance(TypedDict):
    """The content of one configuration file, and where its newest deployment left it."""

    object: Literal["config_instance"]
    id: str
    target_status: Literal["created", "deployed", "removed"]
    activity_status: Literal["created", "queued", "deployed", "removed"]
    error_status: Literal["none", "failed", "retrying"]
    status: Literal["created", "queued", "deployed", "removed", "failed", "retrying"]
    relative_filepath: str
    created_at: Time
    updated_at: Time
    device_id: str
    config_schema_id: str
    config_type_id: str
    device: OlderDevice | None
    config_schema: OlderConfigSchema | None
    config_type: OlderConfigType | None
    content: object


class Validation(TypedDict):
    """What the validation of a deployment said of it."""

    message: str
    config_instances: list[JudgedInstance]


class _Deployment(TypedDict):
    object: Literal["deployment"]
    id: str
    description: str
    error_status: Literal["none", "failed", "retrying"]
    device_id: str
    release_id: str
    created_at: Time
    updated_at: Time
    validation: NotRequired[Validation]


class Deployment(_Deployment):
    """One deployment of configuration to one device."""

    status: Literal["drifted", "staged", "queued", "deployed", "archived", "failed", "retrying"]
    activity_status: Literal["drifted", "staged", "queued", "deployed", "archived"]
    target_status: Literal["staged", "deployed", "archived"]
    device: NotRequired[Device | None]
    release: NotRequired[Release]
    config_instances: NotRequired[list[ConfigInstance]]


class _OlderDeployment(_Deployment):
    device: OlderDevice | None
    release: OlderRelease | None
    config_instances: list[OlderConfigInstance] | None


class ZionDeployment(_OlderDeployment):
    """One deployment of configuration to one device."""

    status: Literal[
        "validating", "needs_review", "staged", "queued", "deployed", "removing", "archived", "failed", "retrying"
    ]
    activity_status: Literal["validating", "needs_review", "staged", "queued", "deployed", "removing", "archived"]
    target_status: Literal["staged", "deployed", "archived"]


class ApprovalsDeployment(_OlderDeployment):
    """One deployment of configuration to one device."""

    status: Literal[
        "validating", "pending", "approved", "queued", "deployed", "removing", "archived", "failed", "retrying"
    ]
    activity_status: Literal["validating", "pending", "approved", "queued", "deployed", "removing", "archived"]
    target_status: Literal["pending", "approved", "deployed", "archived"]


def _versions(tetons: Shape, zion: Shape, approvals: Shape | None = None) -> Mapping[Version, Shape]:
    return {Version.TETONS: tetons, Version.ZION: zion, Version.APPROVALS: approvals or zion}


DEVICES = _versions(Device, OlderDevice)
CONFIG_TYPES = _versions(ConfigType, OlderConfigType)
CONFIG_SCHEMAS = _versions(ConfigSchema, OlderConfigSchema)
RELEASES = _versions(Release, OlderRelease)
CONFIG_INSTANCES = _versions(ConfigInstance, OlderConfigInstance)
DEPLOYMENTS = _versions(Deployment, ZionDeployment, ApprovalsDeployment)
