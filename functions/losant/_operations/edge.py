"""What devices ask and say."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from losant._operations.common import AgentVersion, AnyId, Id, Success, Time, Version, answers
from losant._operations.deployments import Etag
from sluiceway.http.openapi import Answer, Operation, Shape, content_json

BY_DEVICE = {"applicationId": AnyId, "deviceId": AnyId}
BY_FLOW = {**BY_DEVICE, "flowId": AnyId}
ETAG: dict[str, Shape] = {"ETag": Annotated[str, Field(pattern='^"[0-9a-f]{64}"$')]}
SeenTag = TypedDict("SeenTag", {"If-None-Match": str}, total=False)


class WantedDeployment(TypedDict):
    """What is wanted of one flow; `action` says what that takes."""

    edgeDeploymentId: Id
    flowId: Id
    flowName: Version
    desiredVersion: Version | None
    desiredEtag: NotRequired[Etag]
    currentVersion: Version | None
    currentEtag: NotRequired[Etag]
    minimumAgentVersion: NotRequired[AgentVersion]
    action: Literal["install", "remove", "none"]


class DesiredState(TypedDict):
    """All that a device is to run."""

    applicationId: Id
    deviceId: Id
    pollIntervalSeconds: Annotated[int, Field(ge=1)]
    deployments: list[WantedDeployment]


class Bundle(TypedDict):
    """Where to download what is wanted; the link needs no token."""

    flowId: Id
    version: Version
    etag: Etag
    sha256: Etag
    sizeBytes: Annotated[int, Field(ge=1)]
    contentType: Literal["application/json"]
    url: str
    expiresAt: Time


class ReportEntry(TypedDict):
    """What runs of one flow, null for nothing; and, where there is an `error`, what was tried in vain."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic reads it off the class

    flowId: AnyId
    version: Version | None
    etag: NotRequired[Version | None]
    attemptedVersion: NotRequired[Version | None]
    attemptedEtag: NotRequired[Version | None]
    error: NotRequired[str | None]


class Report(TypedDict):
    """What a device runs; `full` says that it runs nothing else. Each flow is named once."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic reads it off the class

    agentVersion: NotRequired[
        Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})$")] | None
    ]
    full: NotRequired[bool]
    deployments: Annotated[list[ReportEntry], Field(max_length=100)]


class Reported(Success, TypedDict):
    """It was taken; `ignored` are the flows that nobody knows."""

    ignored: list[Id]


OPERATIONS = {
    "edge.get_desired": Operation(
        path=BY_DEVICE,
        headers=SeenTag,
        answers={200: Answer(content_json(DesiredState), ETAG), 304: Answer(headers=ETAG)},
    ),
    "edge.get_bundle": Operation(path=BY_FLOW, answers=answers(Bundle)),
    "edge.report": Operation(path=BY_DEVICE, body=content_json(Report), answers=answers(Reported)),
}
