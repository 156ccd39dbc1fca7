"""What is asked of a device that is to be activated, or to give a sign of life (contract 5.4)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body

LONGEST_PING_NANOS = 10_000_000_000


class ActivationTokenBody(WireModel):
    """Whether the machine that shows the token may take the place of another one."""

    allow_reactivation: bool = False


class PingBody(WireModel):
    """How long the device may take to answer."""

    timeout_nanos: Annotated[int, Field(ge=0, le=LONGEST_PING_NANOS)]


def parse_reactivation(request: Request) -> bool:
    """Read whether a device may be activated again; no body says no. Raises Invalid."""
    return bool(request.body) and parse_body(ActivationTokenBody, request).allow_reactivation


def check_ping(request: Request) -> None:
    """Raise Invalid unless it is said how long the device may take."""
    parse_body(PingBody, request)
