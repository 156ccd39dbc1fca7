"""Devices and their keys (contract 6, 9.1)."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from mender._operations.common import (
    LINK,
    MALFORMED,
    NO_CONTENT,
    NOT_FOUND,
    REFUSED_DEVICE,
    UNPROCESSABLE,
    Count,
    Paging,
    Time,
    answers,
    answers_page,
)
from mender._wire_devices import AuthStatusBody, PreauthorizationBody, SearchBody
from mender._wire_tokens import JWT
from sluiceway.domain.device import AuthStatus
from sluiceway.http.openapi import Answer, Content, Operation, content_json

Status = Annotated[str, Field(json_schema_extra={"enum": sorted(map(str, AuthStatus))})]
Id = Annotated[str, Field(min_length=1, max_length=256)]
Token = Content(Annotated[str, Field(pattern=r"^[\w-]+\.[\w-]+\.[\w-]+$")], JWT)


class DeviceSearch(Paging, total=False):
    """What a list is narrowed down to; `id` may be repeated."""

    status: Status
    id: list[str]


class DeviceCount(TypedDict, total=False):
    """What is counted: all devices, or those of one status."""

    status: Status


class DeviceSearchV2(SearchBody):
    """What to look for: one value or several. An id that no device can have matches nothing."""


class AuthSet(TypedDict):
    """A key that was seen with a device's identity, and whether it may take part."""

    id: Annotated[str, Field(min_length=1)]
    identity_data: dict[str, object]
    pubkey: Annotated[str, Field(pattern="^-----BEGIN PUBLIC KEY-----\n")]
    status: Literal["accepted", "rejected", "pending", "preauthorized"]
    ts: Time


class Device(TypedDict):
    """A device and its keys."""

    id: Annotated[str, Field(min_length=1)]
    identity_data: dict[str, object]
    status: Status
    decommissioning: bool
    created_ts: Time
    updated_ts: Time
    check_in_time: NotRequired[Time]
    auth_sets: list[AuthSet]


class Counted(TypedDict):
    """How many there are."""

    count: Count


class KeyStatus(TypedDict):
    """The status of one key."""

    status: Literal["accepted", "rejected", "pending", "preauthorized"]


class DeviceLimit(TypedDict):
    """How many devices may be accepted, 0 for any number."""

    limit: Count


class AuthRequest(TypedDict):
    """A device's identity, as the text of a JSON object, and its key in PEM form. The exact bytes are signed."""

    id_data: Annotated[str, Field(min_length=1)]
    pubkey: Annotated[str, Field(min_length=1)]
    tenant_token: NotRequired[str | None]


Signature = TypedDict("Signature", {"X-MEN-Signature": Annotated[str, Field(description="Of the body, in base64.")]})

OPERATIONS = {
    "devauth.list_devices": Operation(query=DeviceSearch, answers=answers_page(Device, LINK), refusals=(MALFORMED,)),
    "devauth.search_devices": Operation(
        query=Paging, body=content_json(DeviceSearchV2), answers=answers_page(Device, LINK)
    ),
    "devauth.count_devices": Operation(query=DeviceCount, answers=answers(Counted), refusals=(MALFORMED,)),
    "devauth.preauthorize_device": Operation(
        body=content_json(PreauthorizationBody),
        answers={
            201: Answer(headers={"Location": Annotated[str, Field(pattern="^devices/")]}),
            409: Answer(content_json(Device)),
        },
    ),
    "devauth.get_device": Operation(answers=answers(Device), refusals=(NOT_FOUND,)),
    "devauth.decommission_device": Operation(answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)),
    "devauth.get_auth_status": Operation(answers=answers(KeyStatus), refusals=(NOT_FOUND,)),
    "devauth.delete_auth_set": Operation(answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)),
    "devauth.end_tokens": Operation(answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)),
    "devauth.get_device_limit": Operation(answers=answers(DeviceLimit)),
    "devauth.set_auth_status": Operation(
        body=content_json(AuthStatusBody), answers={204: NO_CONTENT}, refusals=(NOT_FOUND, UNPROCESSABLE)
    ),
    "devauth.request_token": Operation(
        headers=Signature, body=content_json(AuthRequest), answers={200: Answer(Token)}, refusals=(REFUSED_DEVICE,)
    ),
}
