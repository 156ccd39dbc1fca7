"""Devices that take configuration."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from miru._operations.common import CONFLICT, NOT_FOUND, ListQuery, answers, list_of
from miru._operations.shapes import DEVICES
from miru._operations.tokens import Token
from miru._versions import Version
from miru._wire_activation import ActivationTokenBody, PingBody
from miru._wire_devices import DeviceChangeBody, NewDeviceBody
from sluiceway.http.openapi import Operation, content_json


class DeviceQuery(ListQuery, total=False):
    """What a list is narrowed down to; the release is one of the older versions."""

    id: str
    name: str
    agent_version: str
    current_release_id: str


class PingResult(TypedDict):
    """Devices of this service poll: none of them answers a ping."""

    code: Literal["timeout"]


class DeletedDevice(TypedDict):
    """A device that is gone."""

    object: Literal["device"]
    id: str
    deleted: Literal[True]


def operations(version: Version) -> dict[str, Operation]:
    """Return the operations, with what a version shows."""
    shape = DEVICES[version]
    return {
        "devices.create_device": Operation(
            body=content_json(NewDeviceBody), answers=answers(shape), refusals=(CONFLICT,)
        ),
        "devices.list_devices": Operation(query=DeviceQuery, answers=answers(list_of(shape, version))),
        "devices.get_device": Operation(answers=answers(shape), refusals=(NOT_FOUND,)),
        "devices.update_device": Operation(
            body=content_json(DeviceChangeBody), answers=answers(shape), refusals=(NOT_FOUND, CONFLICT)
        ),
        "devices.create_activation_token": Operation(
            body=content_json(ActivationTokenBody),
            body_required=False,
            answers=answers(Token),
            refusals=(NOT_FOUND, CONFLICT),
        ),
        "devices.ping_device": Operation(
            body=content_json(PingBody), answers=answers(PingResult), refusals=(NOT_FOUND,)
        ),
        "devices.delete_device": Operation(answers=answers(DeletedDevice), refusals=(NOT_FOUND,)),
    }
