"""Flows and their versions as JSON, and what is asked of them (contract 5.5).

A list leaves contents out, which can have 5 MiB each: they are shown of one flow or version at a time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from losant._rendering import Rendering
from losant._wire import (
    AgentVersion,
    Key,
    LongText,
    LosantModel,
    Name,
    merging,
    read_members,
    sent_members,
    write_members,
)
from losant._wire_deployments import query_flag
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.strict_json import Json
from sluiceway.domain.times import rfc3339
from sluiceway.domain.workflow import Workflow, WorkflowClass, WorkflowContent, WorkflowVersion
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.object_lists import ObjectField
from sluiceway.usecases.workflow_versions import NewWorkflowVersion
from sluiceway.usecases.workflows import NewWorkflow, WorkflowChange

PLACE = "/flows"
VERSION_FIELDS = {
    "version": ObjectField.NAME,
    "id": ObjectField.ID,
    "creationDate": ObjectField.CREATED,
    "lastUpdated": ObjectField.UPDATED,
}
MOST_GLOBALS = 100
_CONTENT = ("triggers", "nodes", "globals")
_FLOW_SETTINGS = frozenset({"short_description", "icon_data", "docs_url", "category", "custom_node_config"})
_VERSION_SETTINGS = frozenset({"custom_node_config"})
OutputIds = Annotated[
    list[Annotated[list[Annotated[str, Field(min_length=1, max_length=48)]], Field(max_length=100)]],
    Field(max_length=100),
]


class NodeBody(LosantModel):
    """A step of a flow."""

    type: Annotated[str, Field(min_length=1, max_length=1024)]
    id: Annotated[str, Field(max_length=48)] | None = None
    config: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    output_ids: OutputIds | None = None


class TriggerBody(WireModel):
    """What starts a flow; what else is said of it is kept as it comes."""

    model_config = ConfigDict(extra="allow")

    type: str


class GlobalBody(LosantModel):
    """A value that all nodes of a flow see."""

    key: Key
    json_: Annotated[str, Field(alias="json")]


class ContentBody(LosantModel):
    """What a flow does; what is left out is empty."""

    triggers: tuple[TriggerBody, ...] = ()
    nodes: tuple[NodeBody, ...] = ()
    globals: Annotated[tuple[GlobalBody, ...], Field(max_length=MOST_GLOBALS)] = ()

    def sent_content(self) -> dict[str, tuple[Json, ...]]:
        """Return what was sent of a content, each element as it came."""
        sent = self.model_dump(mode="json", include=set(_CONTENT), exclude_unset=True, by_alias=True)
        return {name: tuple(elements) for name, elements in sent.items()}


class FlowPatchBody(ContentBody):
    """The body that changes a flow: what is absent stays."""

    name: Name = ""
    description: LongText = ""
    enabled: bool = True
    minimum_agent_version: AgentVersion | None = None
    short_description: Annotated[str, Field(max_length=1024)] | None = None
    icon_data: LongText | None = None
    docs_url: Annotated[str, Field(max_length=1024)] | None = None
    category: Literal["data", "experience", "logic", "output", ""] | None = None
    custom_node_config: dict[str, Any] | None = None


class NewFlowBody(FlowPatchBody):
    """The body that makes a flow, whose class cannot change."""

    name: Name
    flow_class: Annotated[WorkflowClass, Field(strict=False)] = WorkflowClass.CLOUD


class NewVersionBody(ContentBody):
    """The body that freezes a content under a name."""

    version: Name
    notes: LongText = ""
    enabled: bool = True
    minimum_agent_version: AgentVersion | None = None
    custom_node_config: dict[str, Any] | None = None


class VersionPatchBody(LosantModel):
    """The body that changes what may change of a version."""

    notes: LongText = ""
    enabled: bool = True


def parse_new_flow(request: Request) -> NewWorkflow:
    """Read which flow to make. Raises Invalid."""
    body = parse_body(NewFlowBody, request)
    return NewWorkflow(
        body.name,
        body.flow_class,
        body.description,
        body.enabled,
        body.minimum_agent_version or "",
        WorkflowContent(**body.sent_content()),
        write_members(sent_members(body, _FLOW_SETTINGS)),
    )


def parse_flow_change(request: Request) -> WorkflowChange:
    """Read what to change of a flow. Raises Invalid."""
    body = parse_body(FlowPatchBody, request)
    sent, content = body.model_fields_set, body.sent_content()
    return WorkflowChange(
        name=body.name if "name" in sent else None,
        description=body.description if "description" in sent else None,
        is_enabled=body.enabled if "enabled" in sent else None,
        minimum_agent_version=(body.minimum_agent_version or "") if "minimum_agent_version" in sent else None,
        content=(lambda before: replace(before, **content)) if content else None,
        settings=merging(sent_members(body, _FLOW_SETTINGS)),
    )


def parse_flow_class(request: Request) -> WorkflowClass:
    """Read which class of flows to list: unless told otherwise, not those of devices. Raises InvalidMembers."""
    given = request.query_value("flowClass") or WorkflowClass.CLOUD
    if given not in {*WorkflowClass}:
        raise InvalidMembers([("flowClass", f"must be one of {', '.join(WorkflowClass)}")])
    return WorkflowClass(given)


def parse_new_version(request: Request) -> NewWorkflowVersion:
    """Read which version to publish, and whether one of its name may be replaced. Raises Invalid."""
    body = parse_body(NewVersionBody, request)
    return NewWorkflowVersion(
        body.version,
        WorkflowContent(**body.sent_content()),
        body.notes,
        body.enabled,
        body.minimum_agent_version or "",
        write_members(sent_members(body, _VERSION_SETTINGS)),
        may_replace=query_flag(request, "allowReplacement"),
    )


def parse_version_change(request: Request) -> tuple[str | None, bool | None]:
    """Read the notes and whether it is enabled, None for what stays. Raises Invalid."""
    body = parse_body(VersionPatchBody, request)
    sent = body.model_fields_set
    return body.notes if "notes" in sent else None, body.enabled if "enabled" in sent else None


def flow_json(rendering: Rendering, flow: Workflow, content: WorkflowContent | None = None) -> dict[str, object]:
    """Render a flow, with its content if that is given. It never ran here: devices do not count their runs."""
    shown: dict[str, object] = {
        "id": flow.id,
        "flowId": flow.id,
        "applicationId": rendering.application_id,
        "name": flow.name,
        "description": flow.description,
        "flowClass": str(flow.workflow_class),
        "enabled": flow.is_enabled,
        **_agent(flow.minimum_agent_version),
        **(content.as_members() if content else {}),
        "creationDate": rfc3339(flow.created),
        "lastUpdated": rfc3339(flow.updated),
        "stats": {"runCount": 0, "errorCount": 0},
        **read_members(flow.settings),
    }
    place = f"{PLACE}/{flow.id}"
    return rendering.resource("flow", shown, place, flows=PLACE, versions=f"{place}/versions")


def version_json(
    rendering: Rendering, version: WorkflowVersion, content: WorkflowContent | None = None
) -> dict[str, object]:
    """Render a version, with its content if that is given."""
    shown: dict[str, object] = {
        "id": version.id,
        "flowVersionId": version.id,
        "flowId": version.workflow_id,
        "applicationId": rendering.application_id,
        "version": version.name,
        "flowClass": str(version.workflow_class),
        "notes": version.notes,
        "enabled": version.is_enabled,
        **_agent(version.minimum_agent_version),
        **(content.as_members() if content else {}),
        "creationDate": rfc3339(version.created),
        "lastUpdated": rfc3339(version.updated),
        **read_members(version.settings),
    }
    flow = f"{PLACE}/{version.workflow_id}"
    return rendering.resource(
        "flowVersion", shown, f"{flow}/versions/{version.id}", flow=flow, flowVersions=f"{flow}/versions"
    )


def _agent(version: str) -> dict[str, str]:
    return {"minimumAgentVersion": version} if version else {}
