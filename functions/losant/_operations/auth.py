"""Logging in."""

from __future__ import annotations

from typing_extensions import TypedDict

from losant._operations.common import BAD_LOGIN, FORBIDDEN, Id, answers_secret
from losant._wire_login import DeviceLoginBody
from sluiceway.domain.workflow_device import DeviceClass
from sluiceway.http.openapi import Operation, content_json


class DeviceLogin(DeviceLoginBody):
    """What a device shows. Its token lives for `tokenTTL` seconds: a day unless told otherwise, 0 for ever."""


class AuthenticatedDevice(TypedDict):
    """A device, and its token."""

    applicationId: Id
    deviceId: Id
    deviceClass: DeviceClass
    token: str


OPERATIONS = {
    "auth.log_in_device": Operation(
        body=content_json(DeviceLogin), answers=answers_secret(AuthenticatedDevice, 200), refusals=(BAD_LOGIN,)
    ),
    "auth.log_in_user": Operation(answers={}, refusals=(FORBIDDEN,)),
}
