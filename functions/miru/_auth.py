"""Who may manage: programs that show an API key with the scopes of the route (contract 1.2, 2, 3.3)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from miru._rendering import Rendering
from miru._routes import ROUTES
from miru._surface import SURFACE
from miru._versions import Version, named_version
from sluiceway.domain.errors import Invalid, Unauthenticated
from sluiceway.domain.workspace_settings import HeaderlessDialect
from sluiceway.http.endpoint import Call, Function, Handler
from sluiceway.http.matching import routes_at
from sluiceway.http.request import Request
from sluiceway.http.routes import Caller
from sluiceway.usecases.idempotency import Once, once_of
from sluiceway.usecases.key_sessions import KeySession, open_key_session, record_key_use
from sluiceway.usecases.service import Service
from sluiceway.usecases.workspace_settings import load_workspace_settings

_HEADERLESS = {HeaderlessDialect.APPROVALS: Version.APPROVALS, HeaderlessDialect.ZION: Version.ZION}


@dataclass(frozen=True, slots=True)
class Program:
    """Who calls the management API, and in which version."""

    session: KeySession
    version: Version

    @property
    def workspace(self) -> str:
        """The workspace of its key."""
        return self.session.workspace


def open_program(request: Request, service: Service, now: datetime) -> Program:
    """Prove the caller by its key, once it speaks a version that is served.

    Raises MissingApiVersion, UnsupportedApiVersion and Unauthenticated, in this order.
    """
    version = named_version(request)
    key = request.headers.get("x-api-key", "").strip()
    if not key:
        raise Unauthenticated("no API key was sent")
    session = open_key_session(service, key, now)
    return Program(session, version or _headerless(service, session.workspace))


def rendering(call: Call[Program]) -> Rendering:
    """Return what the answer to a call is rendered with."""
    return Rendering(call.service, call.caller.workspace, call.caller.version, call.now)


def once(call: Call[Program]) -> Once | None:
    """Return what makes a call one that is carried out once: the Idempotency-Key, if there is any (contract 3.4)."""
    shown = call.request.headers.get("idempotency-key", "").strip()
    if not shown:
        return None
    return once_of(call.caller.workspace, (call.caller.session.key_id, call.request.path, shown), call.request.body)


def for_programs(function: Function[Program]) -> Handler:
    """Let programs call a function whose keys have the scopes that its route names."""
    route = SURFACE.route_of(function.__module__, Caller.PROGRAM)

    def permit(program: Program) -> None:
        program.session.require(*route.scopes)

    return SURFACE.endpoint(Caller.PROGRAM, open_program, permit=permit, afterwards=_note_use)(function)


def _headerless(service: Service, workspace: str) -> Version:
    return _HEADERLESS[load_workspace_settings(service, workspace).headerless_dialect]


def _note_use(call: Call[Program]) -> None:
    record_key_use(call.service, call.caller.session, call.now)


def _nobody(_request: Request, _service: Service, _now: datetime) -> None:
    """An API key is not looked at."""


def _whoever(request: Request, service: Service, now: datetime) -> Program | None:
    """Prove a program by the rules of the path that it calls; where there is no path, it may be none."""
    served = routes_at(ROUTES, request.path)
    if served:
        return open_program(request, service, now) if served[0].caller is Caller.PROGRAM else None
    with suppress(Invalid, Unauthenticated):
        return open_program(request, service, now)
    return None


for_anyone = SURFACE.endpoint(Caller.ANYONE, _nobody)
for_the_unrouted = SURFACE.endpoint(Caller.ANYONE, _whoever)
"""Answers in the caller's version, as far as the caller is known."""
