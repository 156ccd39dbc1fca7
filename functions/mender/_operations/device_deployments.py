"""What devices ask and report; their bodies are checked by hand, so these shapes are the only ones (contract 9)."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from typing_extensions import TypedDict

from mender._operations.artifacts import Link
from mender._operations.common import BY_ID, CONFLICT, MALFORMED, NO_CONTENT, NOT_FOUND, Uuid, answers
from mender._operations.deployments import ControlMap
from mender._wire_next import LONGEST_VALUE
from mender._wire_reports import LONGEST_SUBSTATE
from sluiceway.domain.device_deployment import REPORTABLE
from sluiceway.http.openapi import Answer, Operation, content_json

Text = Annotated[str, Field(min_length=1)]
Value = Annotated[str, Field(min_length=1, max_length=LONGEST_VALUE)]


_PROVIDED = {"minLength": 1, "maxLength": LONGEST_VALUE}
"""Bounds of a text, which hold for nothing else."""


class Installed(BaseModel):
    """What a device has installed; every further member is text too."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Value]

    artifact_name: Value
    device_type: Value


class NextRequest(TypedDict):
    """What a device says of itself when it asks for work."""

    device_provides: Installed
    update_control_map: NotRequired[
        Annotated[bool | None, Field(description="Whether it halts where an update control map says so.")]
    ]


class NextRequestV1(BaseModel):
    """The same, flat: members that are text are further provides, any others are ignored."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[object, WithJsonSchema(_PROVIDED)]]

    artifact_name: Value
    device_type: Value
    artifact_provides: dict[str, Value] | None = None


class NextQuery(TypedDict):
    """The same, as a query."""

    artifact_name: Value
    device_type: Value


class OfferedArtifact(TypedDict):
    """What to install."""

    id: Uuid
    artifact_name: str
    source: Link
    device_types_compatible: list[str]


class Offer(TypedDict):
    """The deployment that a device is to carry out; the id is the deployment's."""

    id: Uuid
    artifact: OfferedArtifact
    update_control_map: NotRequired[ControlMap]


class CurrentControlMap(TypedDict):
    """Where the device is to halt now."""

    update_control_map: ControlMap


class StatusReport(TypedDict):
    """Where a device stands."""

    status: Annotated[str, Field(json_schema_extra={"enum": sorted(map(str, REPORTABLE))})]
    substate: NotRequired[Annotated[str, Field(max_length=LONGEST_SUBSTATE)] | None]


class LogMessage(TypedDict):
    """One message of a log; a time has any offset from UTC."""

    timestamp: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    level: Text
    message: Text


class Log(TypedDict):
    """What a device logged."""

    messages: Annotated[list[LogMessage], Field(min_length=1)]


class Attribute(TypedDict):
    """Something that a device says about itself."""

    name: Text
    value: str | float | list[str] | list[float]
    description: NotRequired[str | None]


_NEXT = {200: Answer(content_json(Offer)), 204: NO_CONTENT}
_ATTRIBUTES = content_json(list[Attribute])

OPERATIONS = {
    "deployments.request_next_deployment": Operation(
        body=content_json(NextRequest), answers=_NEXT, refusals=(CONFLICT,)
    ),
    "deployments.request_next_deployment_v1": Operation(
        body=content_json(NextRequestV1), answers=_NEXT, refusals=(CONFLICT,)
    ),
    "deployments.get_next_deployment": Operation(query=NextQuery, answers=_NEXT, refusals=(MALFORMED, CONFLICT)),
    "deployments.get_control_map": Operation(
        path=BY_ID, answers=answers(CurrentControlMap), refusals=(MALFORMED, NOT_FOUND)
    ),
    "deployments.report_status": Operation(
        path=BY_ID, body=content_json(StatusReport), answers={204: NO_CONTENT}, refusals=(NOT_FOUND, CONFLICT)
    ),
    "deployments.report_log": Operation(
        path=BY_ID, body=content_json(Log), answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)
    ),
    "inventory.merge_attributes": Operation(body=_ATTRIBUTES, answers={200: NO_CONTENT}),
    "inventory.replace_attributes": Operation(body=_ATTRIBUTES, answers={200: NO_CONTENT}),
}
