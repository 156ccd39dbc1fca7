"""Which versions of flows are to be on which devices."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from losant._operations.common import (
    MALFORMED,
    AnyId,
    Flag,
    Id,
    Page,
    PageQuery,
    Resource,
    Success,
    Time,
    Version,
    answers,
)
from losant._wire_deployments import ReleaseBody, ReleasesBody, RemovalBody, ReplacementBody
from sluiceway.http.openapi import Operation, content_json

Etag = Annotated[str, Field(min_length=1, max_length=255)]
QueryId = Annotated[str, Field(pattern="^([A-Fa-f0-9]{24})?$")]
"""An empty one counts as absent (contract 1.1)."""
BY_ID = {"applicationId": AnyId, "edgeDeploymentId": AnyId}
BY_APPLICATION = {"applicationId": AnyId}


class DeploymentsQuery(PageQuery, TypedDict, total=False):
    """Which records to list; all filters together."""

    sortField: Literal["id", "deviceId", "flowId", "desiredVersion", "currentVersion", "creationDate", "lastUpdated"]
    deviceId: Annotated[QueryId, Field(description="Required where the application has more than 50,000 records.")]
    flowId: QueryId
    version: Annotated[str, Field(max_length=255, description="It is wanted, or it runs.")]
    filterEmpty: Annotated[Flag, Field(description="Leave out what has neither, in any case of letters.")]


class ConnectionInfo(TypedDict):
    """Whether a device called lately; null when it never did.

    A call is noted when the last noted one is two minutes old: `time` is at most that much before the last call, and
    `connected` changes to 0 three to five minutes after it.
    """

    connected: Literal[0, 1] | None
    time: NotRequired[Time]


class LogEntry(TypedDict):
    """A change of a record, or a failed attempt at one."""

    date: Time
    changeType: Literal["desired", "current"]
    sourceType: Literal["user", "apiToken", "device"]
    sourceId: Id
    previousValue: Version | None
    newValue: Version | None
    previousEtag: NotRequired[Etag]
    newEtag: NotRequired[Etag]
    attemptedValue: NotRequired[Version | None]
    attemptedEtag: NotRequired[Etag]
    error: NotRequired[str]


class EdgeDeployment(Resource, TypedDict):
    """What is wanted of a flow on a device, and what runs."""

    id: Id
    edgeDeploymentId: Id
    applicationId: Id
    deviceId: Id
    deviceName: Version
    deviceConnectionInfo: ConnectionInfo
    flowId: Id
    flowName: Version
    flowClass: Literal["edge"]
    creationDate: Time
    lastUpdated: Time
    currentVersion: Version | None
    desiredVersion: Version | None
    currentEtag: NotRequired[Etag]
    desiredEtag: NotRequired[Etag]
    logs: Annotated[
        list[LogEntry],
        Field(
            max_length=100,
            description="The newest 100 changes, oldest first. Where a page of a list would be too large, each record "
            "in it has only its newest 10, or 3, or none: the record by itself has them all.",
        ),
    ]


class EdgeDeployments(Page, TypedDict):
    """A page of records, whose logs are shortened alike where the page would be too large otherwise."""

    items: list[EdgeDeployment]
    deviceId: NotRequired[Id]
    flowId: NotRequired[Id]
    version: NotRequired[Version]


class Release(ReleaseBody):
    """What to put on which devices: those of the ids and those with one of the tags, at most 20,000 altogether."""


class Releases(ReleasesBody):
    """Several flows at once, each named once; flows times devices make at most 50,000."""


class Removal(RemovalBody):
    """What to take off: one of the two must not be null."""


class Replacement(ReplacementBody):
    """What to want where what is wanted."""


OPERATIONS = {
    "deployments.list_deployments": Operation(
        path=BY_APPLICATION, query=DeploymentsQuery, answers=answers(EdgeDeployments), refusals=(MALFORMED,)
    ),
    "deployments.get_deployment": Operation(path=BY_ID, answers=answers(EdgeDeployment)),
    "deployments.release": Operation(
        path=BY_APPLICATION, body=content_json(Release | Releases), answers=answers(Success, 201)
    ),
    "deployments.remove": Operation(path=BY_APPLICATION, body=content_json(Removal), answers=answers(Success, 201)),
    "deployments.replace": Operation(
        path=BY_APPLICATION, body=content_json(Replacement), answers=answers(Success, 201)
    ),
}
