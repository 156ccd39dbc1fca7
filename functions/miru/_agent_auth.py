"""Which device is calling, by its token (contract 8.3); apart from programs: neither loads what the other needs.

Machines that are no device yet bring another proof, which their functions look at.
"""

from __future__ import annotations

from datetime import datetime

from miru._surface import SURFACE
from sluiceway.domain.errors import Unauthenticated
from sluiceway.http.endpoint import Call
from sluiceway.http.request import Request
from sluiceway.http.routes import Caller
from sluiceway.usecases.config_sessions import open_config_session, record_config_contact
from sluiceway.usecases.config_state import ConfigState
from sluiceway.usecases.service import Service


def bearer_token(request: Request) -> str:
    """Return the token of the Authorization header. Raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("no token was sent as Authorization: Bearer")
    return token.strip()


def _device(request: Request, service: Service, now: datetime) -> ConfigState:
    return open_config_session(service, bearer_token(request), now)


def _note_contact(call: Call[ConfigState]) -> None:
    record_config_contact(call.service, call.caller.device, call.now)


def _nobody(_request: Request, _service: Service, _now: datetime) -> None:
    """Nobody is known yet."""


for_machines = SURFACE.endpoint(Caller.ANYONE, _nobody)
for_devices = SURFACE.endpoint(Caller.DEVICE, _device, afterwards=_note_contact)
