"""Devices as JSON, and what is asked of them (contract 5.3)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from losant._rendering import Rendering
from losant._wire import (
    Key,
    LongText,
    LosantModel,
    Name,
    ObjectId,
    TagBody,
    merging,
    read_members,
    sent_members,
    write_members,
)
from losant._wire_slots import connection_json
from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.times import rfc3339
from sluiceway.domain.workflow_device import DeviceClass, TagSelector
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.workflow_devices import (
    DescribedDevice,
    DeviceFilter,
    NewWorkflowDevice,
    WorkflowDeviceChange,
)

PLACE = "/devices"
BY_CONNECTION = "connectionStatus"
MOST_TAGS = 100
MOST_ATTRIBUTES = 256
_CLASS = re.compile(r"deviceClass(?:\[[0-9]{0,3}\])?")
_TAG = re.compile(r"tagFilter\[([0-9]{1,3})\]\[(key|value)\]")
_DETAILS = frozenset({"description", "attributes", "gateway_id", "parent_id", "system_interval", "keep_duplicates"})


class AttributeBody(WireModel):
    """What a device measures; what else clients say of it is kept as it comes."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel)

    name: Key
    data_type: Literal["string", "number", "gps", "boolean", "blob"]


class DevicePatchBody(LosantModel):
    """The body that changes a device: what is absent stays."""

    name: Name = ""
    description: LongText = ""
    device_class: Annotated[DeviceClass, Field(strict=False)] = DeviceClass.STANDALONE
    tags: Annotated[tuple[TagBody, ...], Field(max_length=MOST_TAGS)] = ()
    attributes: Annotated[tuple[AttributeBody, ...], Field(max_length=MOST_ATTRIBUTES)] = ()
    gateway_id: ObjectId | None = None
    parent_id: ObjectId | None = None
    system_interval: Annotated[int, Field(ge=0)] | None = None
    keep_duplicates: bool | None = None


class NewDeviceBody(DevicePatchBody):
    """The body that makes a device."""

    name: Name


def parse_new_device(request: Request) -> NewWorkflowDevice:
    """Read which device to make. Raises Invalid."""
    body = parse_body(NewDeviceBody, request)
    tags = tuple(tag.tag() for tag in body.tags)
    return NewWorkflowDevice(body.name, body.device_class, tags, write_members(sent_members(body, _DETAILS)))


def parse_device_change(request: Request) -> WorkflowDeviceChange:
    """Read what to change of a device. Raises Invalid."""
    body = parse_body(DevicePatchBody, request)
    sent = body.model_fields_set
    return WorkflowDeviceChange(
        name=body.name if "name" in sent else None,
        device_class=body.device_class if "device_class" in sent else None,
        tags=tuple(tag.tag() for tag in body.tags) if "tags" in sent else None,
        details=merging(sent_members(body, _DETAILS)),
    )


def parse_device_filter(request: Request) -> DeviceFilter:
    """Read which devices to list; nested values arrive bracketed. Raises InvalidMembers."""
    if request.query_value("query"):
        raise InvalidMembers([("query", "is not supported: use deviceClass, tagFilter or filter")])
    return DeviceFilter(_classes(request), _tag_selectors(request))


def _classes(request: Request) -> frozenset[DeviceClass]:
    given = {value for name, value in request.query if value and _CLASS.fullmatch(name)}
    unknown = sorted(given - {*DeviceClass})
    if unknown:
        raise InvalidMembers([("deviceClass", f"{', '.join(unknown)} is none of {', '.join(DeviceClass)}")])
    return frozenset(DeviceClass(value) for value in given)


def _tag_selectors(request: Request) -> tuple[TagSelector, ...]:
    selectors: dict[str, dict[str, str]] = {}
    for name, value in request.query:
        place = _TAG.fullmatch(name)
        if place and value:
            selectors.setdefault(place[1], {})[place[2]] = value
    return tuple(TagSelector(**selector) for selector in selectors.values())


def selector_json(selector: TagSelector) -> dict[str, str]:
    """Render which tags are meant."""
    return {name: value for name, value in selector._asdict().items() if value is not None}


def device_json(rendering: Rendering, described: DescribedDevice, now: datetime) -> dict[str, object]:
    """Render a device."""
    device = described.device
    content: dict[str, object] = {
        "id": device.id,
        "deviceId": device.id,
        "applicationId": rendering.application_id,
        "name": device.name,
        "description": "",
        "deviceClass": str(device.device_class),
        "tags": [tag._asdict() for tag in device.tags],
        "attributes": [],
        "creationDate": rfc3339(device.created),
        "lastUpdated": rfc3339(device.updated),
        "connectionInfo": connection_json(device, now),
        **({"edgeAgentVersion": device.agent_version} if device.agent_version else {}),
        **read_members(described.details),
    }
    return rendering.resource("device", content, f"{PLACE}/{device.id}", devices=PLACE)
