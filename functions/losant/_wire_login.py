"""What a device shows to be given a token, and the token as JSON (contract 5.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from losant._wire import LosantModel, ObjectId
from sluiceway.domain.object_ids import application_id
from sluiceway.http.request import Request
from sluiceway.http.wire import parse_body
from sluiceway.usecases.workflow_device_sessions import DEFAULT_TOKEN_LIFE, DeviceProof, LoggedInDevice

LONGEST_LIFE_SECONDS = 100 * 365 * 24 * 3600


class DeviceLoginBody(LosantModel):
    """The body that a device logs in with."""

    device_id: ObjectId
    key: str = ""
    secret: str = Field(default="", repr=False)
    token_ttl: Annotated[int | None, Field(alias="tokenTTL", ge=0, le=LONGEST_LIFE_SECONDS)] = None
    requested_scopes: tuple[Literal["all.Device"], ...] = ()


def parse_device_login(request: Request) -> tuple[DeviceProof, timedelta | None]:
    """Read what a device shows, and for how long it wants a token: None for ever. Raises Invalid."""
    body = parse_body(DeviceLoginBody, request)
    life = DEFAULT_TOKEN_LIFE if body.token_ttl is None else timedelta(seconds=body.token_ttl)
    return DeviceProof(body.device_id, body.key, body.secret), life or None


def logged_in_json(logged_in: LoggedInDevice) -> dict[str, object]:
    """Render a device's token, and whose it is."""
    device = logged_in.device
    return {
        "applicationId": application_id(device.workspace),
        "deviceId": device.id,
        "deviceClass": str(device.device_class),
        "token": logged_in.token,
    }
