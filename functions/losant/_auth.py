"""Who may call: programs by an application token with a scope of the route, and devices by theirs (contract 1.3, 1.4).

The order of refusals is the contract's: no good token, another application, a token that lacks the scope.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from losant._surface import SURFACE
from sluiceway.domain.application_token import DEVICE, Effect, token_owner
from sluiceway.domain.errors import Forbidden, MissingScopes, NoSuchRecord, Unauthenticated
from sluiceway.domain.object_ids import application_id
from sluiceway.domain.workflow_slot import Actor, Source
from sluiceway.http.endpoint import Call, Function, Handler
from sluiceway.http.request import Request
from sluiceway.http.routes import Caller
from sluiceway.usecases.application_tokens import ApplicationSession, open_application_session
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_device_sessions import (
    WorkflowDeviceSession,
    open_workflow_device_session,
    record_workflow_contact,
)

Session: TypeAlias = "ApplicationSession | WorkflowDeviceSession"


def open_session(request: Request, service: Service, now: datetime) -> Session:
    """Prove the caller, whichever kind it is. Raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("No token was sent: send one as `Authorization: Bearer <token>`")
    if token_owner(token.strip()):
        return open_application_session(service, token.strip(), now)
    return open_workflow_device_session(service, token.strip(), now)


def source_of(session: ApplicationSession) -> Source:
    """Return what the log of a deployment says of who changed it."""
    return Source(Actor.TOKEN, session.token_id)


def for_programs(function: Function[ApplicationSession]) -> Handler:
    """Let programs call a function whose tokens have one of the scopes that its route names."""
    route = SURFACE.route_of(function.__module__, Caller.PROGRAM)
    effect = Effect.READ if route.method == "GET" else Effect.WRITE

    def authenticate(request: Request, service: Service, now: datetime) -> ApplicationSession:
        session = open_session(request, service, now)
        _require_application(request, session)
        if not isinstance(session, ApplicationSession):
            raise Forbidden(f"A device's token has the scope {DEVICE}, which permits nothing here")
        if route.scopes:
            session.require(effect, *route.scopes)
        return session

    return SURFACE.endpoint(Caller.PROGRAM, authenticate)(function)


def for_devices(function: Function[WorkflowDeviceSession]) -> Handler:
    """Let devices call a function about themselves."""
    return SURFACE.endpoint(Caller.DEVICE, _device, afterwards=_note_contact)(function)


def _device(request: Request, service: Service, now: datetime) -> WorkflowDeviceSession:
    session = open_session(request, service, now)
    _require_application(request, session)
    if not isinstance(session, WorkflowDeviceSession):
        raise MissingScopes([DEVICE], [DEVICE])
    session.require_slots(request.parameters["deviceId"].lower())
    return session


def _require_application(request: Request, session: Session) -> None:
    """Raise NoSuchRecord for another application than the token's, also for what none can be called."""
    given = request.parameters.get("applicationId")
    workspace = session.workspace if isinstance(session, ApplicationSession) else session.device.workspace
    if given is not None and given.lower() != application_id(workspace):
        raise NoSuchRecord("application", given)


def _note_contact(call: Call[WorkflowDeviceSession]) -> None:
    record_workflow_contact(call.service, call.caller.device, call.now)


def _nobody(_request: Request, _service: Service, _now: datetime) -> None:
    """A token is not looked at."""


for_anyone = SURFACE.endpoint(Caller.ANYONE, _nobody)
