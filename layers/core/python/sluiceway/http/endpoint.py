"""The decorator that turns one function into one Lambda handler.

It does, in the order of mender contract 1.5, what every endpoint of a surface has in common: read the event, prove who is
calling, bound the body, call the function, word a refusal in the surface's dialect, and log one line about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sluiceway.domain.errors import Invalid, SluicewayError, TooLarge, UnsupportedMediaType
from sluiceway.http.request import Request, parse_event
from sluiceway.http.response import Response
from sluiceway.http.routes import MEBIBYTE, Body, Caller, Route
from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.runtime.logs import logger
from sluiceway.usecases.service import Service

CallerT = TypeVar("CallerT")
Handler = Callable[[Mapping[str, Any], object], dict[str, Any]]
Authenticate = Callable[[Request, Service, datetime], CallerT]


@dataclass(frozen=True, slots=True)
class Call(Generic[CallerT]):
    """Everything one function is given: who calls, what was sent, the collaborators and the time."""

    request: Request
    caller: CallerT
    service: Service
    now: datetime


Function = Callable[[Call[CallerT]], Response]
Refuse = Callable[[SluicewayError, Request, Caller], Response]
Fail = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Surface:
    """One dialect: its name (the package of its handlers), its routes, and how it words what goes wrong."""

    name: str
    routes: tuple[Route, ...]
    refuse: Refuse
    fail: Fail
    always: Callable[[Request], Mapping[str, str]]
    """Headers that every answer carries."""

    def endpoint(self, caller: Caller, authenticate: Authenticate[CallerT]) -> Callable[[Function[CallerT]], Handler]:
        """Make the decorator for functions that this kind of caller may call."""

        def decorate(function: Function[CallerT]) -> Handler:
            route = self.route_of(function.__module__, caller)

            def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
                request = parse_event(event)
                response = self._answer(route, function, authenticate, request)
                return response.with_headers(self.always(request)).to_event()

            return handler

        return decorate

    def route_of(self, module: str, caller: Caller) -> Route:
        """Find the route that a module serves; a module and its route must agree on who may call."""
        route = next(route for route in self.routes if f"{self.name}.{route.module}" == module)
        if route.caller is not caller:
            raise TypeError(f"{module} is decorated for {caller} but its route says {route.caller}")
        return route

    def _answer(
        self, route: Route, function: Function[CallerT], authenticate: Authenticate[CallerT], request: Request
    ) -> Response:
        try:
            response = self._call(route, function, authenticate, request)
        except SluicewayError as refusal:
            response = self.refuse(refusal, request, route.caller)
        except (
            Exception
        ):  # the one place where anything may be caught: the caller gets the dialect's 500, the log the rest
            logger.exception("unexpected error", route=route.key, request_id=request.id)
            return self.fail(request)
        logger.info("answered", route=route.key, status=response.status, request_id=request.id)
        return response

    def _call(
        self, route: Route, function: Function[CallerT], authenticate: Authenticate[CallerT], request: Request
    ) -> Response:
        service, moment = wiring.service(), now()
        caller = authenticate(request, service, moment)
        if route.body is Body.JSON:
            check_json_body(request)
        return function(Call(request, caller, service, moment))


def check_json_body(request: Request) -> None:
    """Refuse a body above 1 MiB or of another content type; no body, or one without a type, passes (mender 1.5)."""
    if len(request.body) > MEBIBYTE:
        raise TooLarge("request body too large: at most 1 MiB of JSON")
    given = request.headers.get("content-type", "")
    if not request.body or not given:
        return
    media_type = given.partition(";")[0].strip().lower()
    if media_type.count("/") != 1 or media_type.startswith("/") or media_type.endswith("/"):
        raise Invalid("malformed Content-Type header")
    if media_type != "application/json":
        raise UnsupportedMediaType("Bad Content-Type, expected 'application/json'")
