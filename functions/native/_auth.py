"""Who may call: programs that show an API key with the scopes of the route, checked before anything else."""

from __future__ import annotations

from datetime import datetime

from native._surface import SURFACE
from sluiceway.domain.errors import Unauthenticated
from sluiceway.http.endpoint import Call, Function, Handler
from sluiceway.http.request import Request
from sluiceway.http.routes import Caller
from sluiceway.usecases.key_sessions import KeySession, open_key_session, record_key_use
from sluiceway.usecases.service import Service


def open_session(request: Request, service: Service, now: datetime) -> KeySession:
    """Prove the caller by the key in the Authorization header. Raises Unauthenticated."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthenticated("no API key was sent")
    return open_key_session(service, key.strip(), now)


def for_programs(function: Function[KeySession]) -> Handler:
    """Let programs call a function whose keys have the scopes that its route names."""
    route = SURFACE.route_of(function.__module__, Caller.PROGRAM)

    def authenticate(request: Request, service: Service, now: datetime) -> KeySession:
        session = open_session(request, service, now)
        session.require(*route.scopes)
        return session

    return SURFACE.endpoint(Caller.PROGRAM, authenticate, afterwards=_note_use)(function)


def _note_use(call: Call[KeySession]) -> None:
    record_key_use(call.service, call.caller, call.now)


def _nobody(_request: Request, _service: Service, _now: datetime) -> None:
    """An API key is not looked at."""


for_anyone = SURFACE.endpoint(Caller.ANYONE, _nobody)
