"""Deployments as users make and watch them (contract 2.7 to 2.14, 3.3, 3.4)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal, NotRequired

from pydantic import Field, JsonValue, WithJsonSchema
from typing_extensions import TypedDict

from mender._operations.artifacts import Artifact
from mender._operations.common import (
    BY_GROUP,
    BY_ID,
    CONFLICT,
    CREATED,
    MALFORMED,
    NO_CONTENT,
    NOT_FOUND,
    UNPROCESSABLE,
    Count,
    FilterTerm,
    Paging,
    Time,
    Uuid,
    answers,
    answers_page,
)
from mender._wire_control_map_edits import ControlMapChange, Priority
from mender._wire_deployment_devices import STATUS_FILTERS
from mender._wire_deployments import (
    MOST_DEPLOYMENTS,
    STATISTICS,
    NewDeployment,
    NewDynamicDeployment,
    NewGroupDeployment,
)
from mender._wire_device_history import MOST_PARTS
from sluiceway.domain.control_map import Action, ActionOnExpiry, Point
from sluiceway.http.openapi import Answer, Content, Operation, Refusal, content_json
from sluiceway.usecases.create_deployment import MOST_OPEN_TARGETS

Seconds = Annotated[int, Field(ge=0, lt=253_402_300_800, description="Seconds since 1970.")]
Status = Annotated[str, Field(json_schema_extra={"enum": [str(status) for status in STATISTICS]})]


class _Search(Paging, total=False):
    type: Literal["software", "configuration"]
    created_after: Seconds
    created_before: Seconds
    sort: Literal["asc", "desc"]


class DeploymentSearch(_Search, total=False):
    """What a list is narrowed down to, and its order by time of creation."""

    status: Literal["pending", "inprogress", "finished", "aborted"]
    search: Annotated[str, Field(description="Anywhere in the name or the artifact's name, in any case.")]


class ExactDeploymentSearch(_Search, total=False):
    """The same with ids and names in full, each of which may be repeated."""

    status: Literal["scheduled", "pending", "inprogress", "finished", "aborted"]
    id: list[Uuid]
    name: Annotated[
        list[str],
        Field(description="With `id_attribute` and `id_scope`, when no deployment has it: a value of that attribute."),
    ]
    id_attribute: Annotated[str, Field(description="Attribute of devices; only with `id_scope`.")]
    id_scope: Literal["identity", "tags"]


class DeviceSearch(Paging, total=False):
    """What a list of devices is narrowed down to: one status, or a class of them."""

    status: Annotated[str, Field(json_schema_extra={"enum": list(STATUS_FILTERS)})]


class HistorySearch(DeviceSearch, total=False):
    """The same, in smaller pages."""

    per_page: Annotated[int, Field(ge=1, le=MOST_PARTS, description="20 unless told otherwise.")]


_TARGETS: list[JsonValue] = [
    {
        "title": "Some devices",
        "required": ["devices"],
        "properties": {"devices": {"type": "array", "minItems": 1}, "all_devices": {"enum": [False, None]}},
    },
    {
        "title": "All devices that are accepted now",
        "required": ["all_devices"],
        "properties": {"all_devices": {"const": True}, "devices": {"maxItems": 0}},
    },
]


_NO_TARGETS: JsonValue = {"devices": {"maxItems": 0}, "all_devices": {"enum": [False, None]}}


_NO_ROOM_OR_DUPLICATE = Refusal(
    "NoRoomOrDuplicate",
    HTTPStatus.CONFLICT,
    f"The same deployment is active already; or {MOST_OPEN_TARGETS} to all devices, a group or a filter are: one more "
    "of them has to wait until one has finished or is aborted.",
)


class Abort(TypedDict):
    """The only change of status that a user can ask for."""

    status: Literal["aborted"]


class DeploymentIds(TypedDict):
    """Which deployments are meant."""

    deployment_ids: Annotated[list[Uuid], Field(max_length=MOST_DEPLOYMENTS)]


Statistics = Annotated[
    dict[str, int],
    WithJsonSchema(
        {
            "title": "Statistics",
            "description": "How many devices stand where; the sum is the number of targets.",
            "type": "object",
            "properties": {str(status): {"type": "integer", "minimum": 0} for status in STATISTICS},
            "required": [str(status) for status in STATISTICS],
        }
    ),
]


class DeploymentStatistics(TypedDict):
    """The counters, and the bytes of all artifacts that were offered."""

    status: Statistics
    total_size: Count


class StatisticsOfOne(TypedDict):
    """The counters of one deployment."""

    id: Uuid
    stats: Statistics


class NoStatistics(TypedDict):
    """What is answered when no deployment was named."""


class Filter(TypedDict):
    """What the target was; a saved filter with its id and name."""

    id: NotRequired[Uuid]
    name: NotRequired[str]
    terms: list[FilterTerm]


class Phase(TypedDict):
    """One step of a deployment, to a share of its devices."""

    id: Uuid
    batch_size: Annotated[int, Field(ge=1, le=100, description="Percent of the devices.")]
    device_count: Annotated[int, Field(ge=0, description="Devices that have asked in it.")]
    start_ts: NotRequired[Time]


class Instruction(TypedDict):
    """What a device does at one point of an update."""

    action: Action
    on_map_expire: ActionOnExpiry
    on_action_executed: Action


class ControlMap(TypedDict):
    """Where devices halt in an update; a point that is not named is passed."""

    id: Annotated[Uuid, Field(description="The deployment's.")]
    priority: Priority
    states: dict[Point, Instruction]


class _Deployment(TypedDict):
    id: Uuid
    name: str
    artifact_name: str
    created: Time
    finished: NotRequired[Time]
    device_count: Annotated[int, Field(ge=0, description="Devices that have asked.")]
    max_devices: Annotated[int, Field(ge=0, description="Devices that were targeted; by a filter, the limit, or 0.")]
    artifacts: list[Uuid]
    statistics: DeploymentStatistics
    type: Literal["software", "configuration"]
    force_installation: NotRequired[bool]
    retries: NotRequired[Count]
    phases: NotRequired[list[Phase]]
    groups: NotRequired[
        Annotated[list[str], Field(description="The group it goes to, or that its only device was in.")]
    ]
    filter: NotRequired[Filter]
    update_control_map: NotRequired[ControlMap]
    dynamic: NotRequired[Annotated[bool, Field(description="Whether a filter tells the devices, when they ask.")]]
    initial_device_count: NotRequired[Annotated[int, Field(ge=0, description="Devices that met the filter at first.")]]


class Deployment(_Deployment):
    """The intent to bring an artifact to devices, and how far it came."""

    status: Literal["pending", "inprogress", "finished"]


class DeploymentV2(_Deployment):
    """The same; what waits for its first phase is scheduled."""

    status: Literal["scheduled", "pending", "inprogress", "finished"]


class DeviceDeployment(TypedDict):
    """One device's part in a deployment."""

    id: str
    status: Status
    device_type: str
    log: bool
    created: Time
    started: NotRequired[Time]
    finished: NotRequired[Time]
    substate: NotRequired[str]
    image: NotRequired[Artifact]
    deleted: NotRequired[bool]


class DevicePart(TypedDict):
    """One deployment in the history of a device."""

    id: Uuid
    deployment: Deployment
    device: DeviceDeployment


OPERATIONS = {
    "deployments.create_deployment": Operation(
        body=content_json(Annotated[NewDeployment, Field(json_schema_extra={"oneOf": _TARGETS})]),
        answers={201: CREATED},
        refusals=(_NO_ROOM_OR_DUPLICATE, UNPROCESSABLE),
    ),
    "deployments.create_group_deployment": Operation(
        path=BY_GROUP,
        body=content_json(
            Annotated[NewGroupDeployment, Field(json_schema_extra={"allOf": [{"properties": _NO_TARGETS}]})]
        ),
        answers={201: CREATED},
        refusals=(_NO_ROOM_OR_DUPLICATE, UNPROCESSABLE),
    ),
    "deployments.create_dynamic_deployment": Operation(
        body=content_json(
            Annotated[NewDynamicDeployment, Field(json_schema_extra={"allOf": [{"properties": _NO_TARGETS}]})]
        ),
        answers={201: CREATED},
        refusals=(_NO_ROOM_OR_DUPLICATE, UNPROCESSABLE),
    ),
    "deployments.list_deployments": Operation(
        query=DeploymentSearch, answers=answers_page(Deployment), refusals=(MALFORMED,)
    ),
    "deployments.find_deployments": Operation(
        query=ExactDeploymentSearch, answers=answers_page(DeploymentV2), refusals=(MALFORMED,)
    ),
    "deployments.get_deployment": Operation(path=BY_ID, answers=answers(Deployment), refusals=(MALFORMED, NOT_FOUND)),
    "deployments.change_control_map": Operation(
        path=BY_ID,
        body=content_json(ControlMapChange),
        answers={204: NO_CONTENT},
        refusals=(NOT_FOUND, CONFLICT),
    ),
    "deployments.abort_deployment": Operation(
        path=BY_ID, body=content_json(Abort), answers={204: NO_CONTENT}, refusals=(NOT_FOUND, UNPROCESSABLE)
    ),
    "deployments.get_statistics": Operation(path=BY_ID, answers=answers(Statistics), refusals=(MALFORMED, NOT_FOUND)),
    "deployments.list_statistics": Operation(
        body=content_json(DeploymentIds),
        answers=answers(list[StatisticsOfOne] | NoStatistics),
        refusals=(NOT_FOUND,),
    ),
    "deployments.list_deployment_devices": Operation(
        path=BY_ID, answers=answers(list[DeviceDeployment]), refusals=(MALFORMED, NOT_FOUND)
    ),
    "deployments.list_deployment_devices_paged": Operation(
        path=BY_ID,
        query=DeviceSearch,
        answers=answers_page(DeviceDeployment),
        refusals=(MALFORMED, NOT_FOUND),
    ),
    "deployments.list_target_devices": Operation(
        path=BY_ID, answers=answers(list[str]), refusals=(MALFORMED, NOT_FOUND)
    ),
    "deployments.list_device_history": Operation(
        query=HistorySearch, answers=answers_page(DevicePart), refusals=(MALFORMED,)
    ),
    "deployments.delete_device_history": Operation(answers={204: NO_CONTENT}),
    "deployments.withdraw_device": Operation(answers={204: NO_CONTENT}),
    "deployments.get_device_log": Operation(
        path=BY_ID, answers={200: Answer(Content(str, "text/plain"))}, refusals=(MALFORMED, NOT_FOUND)
    ),
}
