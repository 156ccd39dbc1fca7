"""Flows and their versions, whose bundles are put on devices."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from losant._operations.common import (
    MALFORMED,
    AgentVersion,
    AnyId,
    Count,
    Flag,
    Id,
    NamedQuery,
    Page,
    PageQuery,
    Resource,
    Success,
    Time,
    Version,
    answers,
)
from losant._wire_flows import FlowPatchBody, NewFlowBody, NewVersionBody, VersionPatchBody
from sluiceway.domain.workflow import RESERVED_VERSIONS, WorkflowClass
from sluiceway.http.openapi import Operation, content_json

BY_APPLICATION = {"applicationId": AnyId}
BY_ID = {"applicationId": AnyId, "flowId": AnyId}
BY_VERSION = {**BY_ID, "flowVersionId": Annotated[str, Field(description="The version's id or its name.")]}
Objects = list[dict[str, Any]]


class FlowsQuery(NamedQuery, TypedDict, total=False):
    """Which flows to list."""

    flowClass: Annotated[WorkflowClass, Field(description="`cloud` unless told otherwise: name `edge` for devices'.")]


class VersionsQuery(PageQuery, TypedDict, total=False):
    """Which versions to list."""

    sortField: Literal["version", "id", "creationDate", "lastUpdated"]
    filterField: Literal["version"]
    filter: Annotated[str, Field(description="A glob, with `*` and `?`.")]


class PublishQuery(TypedDict, total=False):
    """How to publish."""

    allowReplacement: Annotated[Flag, Field(description="Give a version of the same name other content.")]


class Stats(TypedDict):
    """Devices do not count their runs."""

    runCount: Count
    errorCount: Count


class Content(Resource, TypedDict):
    """What a flow does; a list leaves it out, and what the page names as `omitted`."""

    triggers: NotRequired[Objects]
    nodes: NotRequired[Objects]
    globals: NotRequired[Objects]


class Flow(Content, TypedDict):
    """A flow; its own content is the one that is being developed."""

    id: Id
    flowId: Id
    applicationId: Id
    name: Version
    description: NotRequired[str]
    flowClass: WorkflowClass
    enabled: bool
    minimumAgentVersion: NotRequired[AgentVersion]
    creationDate: Time
    lastUpdated: Time
    stats: Stats
    shortDescription: NotRequired[str]
    iconData: NotRequired[str]
    docsUrl: NotRequired[str]
    category: NotRequired[str]
    customNodeConfig: NotRequired[dict[str, Any]]


class FlowVersion(Content, TypedDict):
    """A frozen content of a flow."""

    id: Id
    flowVersionId: Id
    flowId: Id
    applicationId: Id
    version: Version
    flowClass: WorkflowClass
    notes: NotRequired[str]
    enabled: bool
    minimumAgentVersion: NotRequired[AgentVersion]
    creationDate: Time
    lastUpdated: Time
    customNodeConfig: NotRequired[dict[str, Any]]


class Flows(Page, TypedDict):
    """A page of flows."""

    items: list[Flow]


class FlowVersions(Page, TypedDict):
    """A page of versions."""

    items: list[FlowVersion]
    flowId: Id


class NewFlow(NewFlowBody):
    """Which flow to make; only one of the class edge goes on devices."""


class FlowPatch(FlowPatchBody):
    """What to change: a member that is absent stays."""


class NewVersion(NewVersionBody):
    """What to freeze: what is left out is empty, and not copied from the flow."""

    version: Annotated[Version, Field(json_schema_extra={"not": {"enum": sorted(RESERVED_VERSIONS)}})]


class VersionPatch(VersionPatchBody):
    """What to change: a member that is absent stays."""


OPERATIONS = {
    "flows.list_flows": Operation(path=BY_APPLICATION, query=FlowsQuery, answers=answers(Flows), refusals=(MALFORMED,)),
    "flows.create_flow": Operation(path=BY_APPLICATION, body=content_json(NewFlow), answers=answers(Flow, 201)),
    "flows.get_flow": Operation(path=BY_ID, answers=answers(Flow)),
    "flows.update_flow": Operation(path=BY_ID, body=content_json(FlowPatch), answers=answers(Flow)),
    "flows.delete_flow": Operation(path=BY_ID, answers=answers(Success)),
    "flows.list_versions": Operation(
        path=BY_ID, query=VersionsQuery, answers=answers(FlowVersions), refusals=(MALFORMED,)
    ),
    "flows.publish_version": Operation(
        path=BY_ID, query=PublishQuery, body=content_json(NewVersion), answers=answers(FlowVersion, 201)
    ),
    "flows.get_version": Operation(path=BY_VERSION, answers=answers(FlowVersion)),
    "flows.update_version": Operation(path=BY_VERSION, body=content_json(VersionPatch), answers=answers(FlowVersion)),
    "flows.delete_version": Operation(path=BY_VERSION, answers=answers(Success)),
}
