"""Who may call: this dialect's credentials, checked before anything else about a request (contract 1.2, 1.5)."""

from __future__ import annotations

import re
from datetime import datetime

from mender._surface import SURFACE
from sluiceway.domain.errors import Unauthenticated
from sluiceway.http.endpoint import Call
from sluiceway.http.request import Request
from sluiceway.http.routes import Caller
from sluiceway.usecases.credentials import DEVICES, USERS
from sluiceway.usecases.ports import Audience, Claims
from sluiceway.usecases.record_contact import record_contact
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import (
    DeviceSession,
    UserSession,
    open_device_session,
    open_device_session_with_board,
    open_user_session,
    record_token_use,
)

_SCHEME = re.compile(r"[A-Za-z]{1,16}")
"""What an error may repeat: anything else could be a credential that was sent without its scheme."""


def bearer_token(request: Request) -> str:
    """Return the token of the Authorization header. Raises Unauthenticated."""
    header = request.headers.get("authorization", "")
    if not header:
        raise Unauthenticated("Authorization not present in header")
    scheme, _, token = header.partition(" ")
    if not token.strip() or " " in token.strip() or not _SCHEME.fullmatch(scheme):
        raise Unauthenticated("malformed Authorization header")
    if scheme.lower() != "bearer":
        raise Unauthenticated(f"unknown Authorization method {scheme}")
    return token.strip()


def verified_claims(request: Request, service: Service, audience: Audience, now: datetime) -> Claims:
    """Return the claims of the caller's token, which may have been revoked since. Raises Unauthenticated."""
    return service.tokens.verify(bearer_token(request), audience=audience, now=now)


def _nobody(_request: Request, _service: Service, _now: datetime) -> None:
    """A bearer token is not looked at: the genuine client sends an empty one with its auth requests (contract 9.1)."""


def _user(request: Request, service: Service, now: datetime) -> UserSession:
    return open_user_session(service, verified_claims(request, service, USERS, now), now)


def _device(request: Request, service: Service, now: datetime) -> DeviceSession:
    return open_device_session(service, verified_claims(request, service, DEVICES, now))


def _polling_device(request: Request, service: Service, now: datetime) -> DeviceSession:
    return open_device_session_with_board(service, verified_claims(request, service, DEVICES, now))


def _note_use(call: Call[UserSession]) -> None:
    record_token_use(call.service, call.caller, call.now)


def _note_contact(call: Call[DeviceSession]) -> None:
    record_contact(call.service, call.caller.device, call.now)


for_anyone = SURFACE.endpoint(Caller.ANYONE, _nobody)
for_users = SURFACE.endpoint(Caller.USER, _user, afterwards=_note_use)
for_devices = SURFACE.endpoint(Caller.DEVICE, _device, afterwards=_note_contact)
for_polling_devices = SURFACE.endpoint(Caller.DEVICE, _polling_device, afterwards=_note_contact)
"""As `for_devices`, and the session has the board, read at the same time."""
