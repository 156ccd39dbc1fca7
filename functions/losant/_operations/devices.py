"""Devices, as programs manage them."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from losant._operations.common import (
    MALFORMED,
    AgentVersion,
    AnyId,
    Id,
    NamedQuery,
    Page,
    Resource,
    Success,
    Time,
    answers,
)
from losant._operations.deployments import ConnectionInfo
from losant._wire_devices import DevicePatchBody, NewDeviceBody
from sluiceway.domain.workflow_device import DeviceClass
from sluiceway.http.openapi import Operation, content_json

BY_ID = {"applicationId": AnyId, "deviceId": AnyId}
BY_APPLICATION = {"applicationId": AnyId}
_Query = TypedDict(
    "_Query",
    {
        "tagFilter[0][key]": Annotated[str, Field(description="Any number of tags, of which one must be there.")],
        "tagFilter[0][value]": str,
        "deviceClass": Annotated[DeviceClass, Field(description="Or several: `deviceClass[0]`, `deviceClass[1]`, …")],
    },
    total=False,
)


class DevicesQuery(NamedQuery, _Query, TypedDict, total=False):
    """Which devices to list."""

    sortField: Literal["name", "id", "creationDate", "lastUpdated", "connectionStatus"]  # type: ignore[misc]  # one more


class Tag(TypedDict):
    """What a device is marked with."""

    key: str
    value: str


class Attribute(TypedDict):
    """What a device measures, and whatever else was said of it."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]  # pydantic reads it off the class

    name: str
    dataType: str


class Device(Resource, TypedDict):
    """A device; left out is what clients did not say of it, and in a list what the page names as `omitted`."""

    id: Id
    deviceId: Id
    applicationId: Id
    name: Annotated[str, Field(min_length=1, max_length=255)]
    description: NotRequired[str]
    deviceClass: DeviceClass
    tags: NotRequired[list[Tag]]
    attributes: NotRequired[list[Attribute]]
    creationDate: Time
    lastUpdated: Time
    connectionInfo: ConnectionInfo
    edgeAgentVersion: NotRequired[AgentVersion]
    gatewayId: NotRequired[Id]
    parentId: NotRequired[Id]
    systemInterval: NotRequired[int]
    keepDuplicates: NotRequired[bool]


class Devices(Page, TypedDict):
    """A page of devices."""

    items: list[Device]


class NewDevice(NewDeviceBody):
    """Which device to make; only one of the class edgeCompute takes edge deployments."""


class DevicePatch(DevicePatchBody):
    """What to change: a member that is absent stays."""


OPERATIONS = {
    "devices.list_devices": Operation(
        path=BY_APPLICATION, query=DevicesQuery, answers=answers(Devices), refusals=(MALFORMED,)
    ),
    "devices.create_device": Operation(path=BY_APPLICATION, body=content_json(NewDevice), answers=answers(Device, 201)),
    "devices.get_device": Operation(path=BY_ID, answers=answers(Device)),
    "devices.update_device": Operation(path=BY_ID, body=content_json(DevicePatch), answers=answers(Device)),
    "devices.delete_device": Operation(path=BY_ID, answers=answers(Success)),
}
