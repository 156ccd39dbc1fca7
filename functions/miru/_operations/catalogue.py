"""What configurations are made of: types, schemas, releases, instances, and the commits that they come from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from miru._operations.common import CONFLICT, NOT_FOUND, Expansion, ListQuery, answers, list_of
from miru._operations.shapes import CONFIG_INSTANCES, CONFIG_SCHEMAS, CONFIG_TYPES, RELEASES, GitCommit
from miru._versions import Version
from miru._wire_config_schemas import NewConfigSchemaBody
from miru._wire_config_types import ConfigTypeChangeBody, NewConfigTypeBody
from miru._wire_git_commits import NewGitCommitBody
from miru._wire_instances import NewInstanceBody
from miru._wire_releases import NewReleaseBody, ReleaseChangeBody
from sluiceway.http.openapi import Answer, Operation, Shape, content_json


class TypeQuery(ListQuery, total=False):
    """What a list is narrowed down to."""

    id: str
    name: str
    slug: str


class SchemaQuery(ListQuery, total=False):
    """What a list is narrowed down to."""

    id: str
    config_type_id: str


class ReleaseQuery(ListQuery, total=False):
    """What a list is narrowed down to."""

    id: str
    version: str


class CommitQuery(ListQuery, total=False):
    """What a list is narrowed down to."""

    id: str
    sha: str


class InstanceQuery(ListQuery, total=False):
    """What a list is narrowed down to; where the newest deployment left them is for the older versions."""

    id: str
    config_schema_id: str
    config_type_id: str
    device_id: str
    target_status: str
    activity_status: str
    error_status: str


Disposition = Annotated[Literal["inline", "attachment"], Field(description="To be shown, or to be saved.")]


class ContentQuery(TypedDict, total=False):
    """How the content is to be taken."""

    disposition: Disposition


def operations(version: Version) -> dict[str, Operation]:
    """Return the operations, with what a version shows."""
    return {**_types(version), **_schemas(version), **_releases(version), **_instances(version), **_commits(version)}


def _types(version: Version) -> dict[str, Operation]:
    shape = CONFIG_TYPES[version]
    return {
        "config_types.create_config_type": Operation(
            body=content_json(NewConfigTypeBody), answers=answers(shape), refusals=(CONFLICT,)
        ),
        "config_types.get_config_type": Operation(answers=answers(shape), refusals=(NOT_FOUND,)),
        "config_types.list_config_types": Operation(query=TypeQuery, answers=answers(list_of(shape, version))),
        "config_types.update_config_type": Operation(
            body=content_json(ConfigTypeChangeBody), answers=answers(shape), refusals=(NOT_FOUND,)
        ),
    }


def _schemas(version: Version) -> dict[str, Operation]:
    return _resource(
        "config_schemas", "config_schema", CONFIG_SCHEMAS[version], version, NewConfigSchemaBody, SchemaQuery
    )


def _releases(version: Version) -> dict[str, Operation]:
    shape = RELEASES[version]
    return {
        **_resource("releases", "release", shape, version, NewReleaseBody, ReleaseQuery),
        "releases.change_release": Operation(
            query=Expansion,
            body=content_json(ReleaseChangeBody),
            answers=answers(dict[str, object]),
            refusals=(NOT_FOUND,),
        ),
    }


def _instances(version: Version) -> dict[str, Operation]:
    shape = CONFIG_INSTANCES[version]
    return {
        **_resource("config_instances", "config_instance", shape, version, NewInstanceBody, InstanceQuery),
        "config_instances.get_content": Operation(
            query=ContentQuery,
            answers={200: Answer(content_json(object), {"Content-Disposition": str})},
            refusals=(NOT_FOUND,),
        ),
    }


def _commits(version: Version) -> dict[str, Operation]:
    return {
        "git_commits.create_git_commit": Operation(body=content_json(NewGitCommitBody), answers=answers(GitCommit)),
        "git_commits.get_git_commit": Operation(answers=answers(GitCommit), refusals=(NOT_FOUND,)),
        "git_commits.list_git_commits": Operation(query=CommitQuery, answers=answers(list_of(GitCommit, version))),
    }


def _resource(  # noqa: PLR0917 - what tells one resource from another
    folder: str, noun: str, shape: Shape, version: Version, new: Shape, query: Shape
) -> dict[str, Operation]:
    return {
        f"{folder}.create_{noun}": Operation(
            query=Expansion, body=content_json(new), answers=answers(shape), refusals=(CONFLICT,)
        ),
        f"{folder}.get_{noun}": Operation(query=Expansion, answers=answers(shape), refusals=(NOT_FOUND,)),
        f"{folder}.list_{folder}": Operation(query=query, answers=answers(list_of(shape, version))),
    }
