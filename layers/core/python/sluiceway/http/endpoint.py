"""The decorator that turns one function into one Lambda handler.

It does, in this order, what every endpoint has in common: read the event, prove who is calling and that they may,
check the body, call the function, word a refusal, add the headers of every answer, and record the answer. The surface
says how.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, Generic, TypeVar

from sluiceway.domain.errors import AnswerTooLarge, SluicewayError
from sluiceway.http.request import Request, parse_event
from sluiceway.http.response import Response
from sluiceway.http.routes import MEBIBYTE, Body, Caller, Route
from sluiceway.runtime import wiring
from sluiceway.runtime.clock import now
from sluiceway.runtime.logs import logger
from sluiceway.runtime.metrics import record_answer
from sluiceway.usecases.service import Service

MOST_ANSWER_BYTES = 6 * MEBIBYTE - 4096
"""Lambda takes 6 MiB of JSON; some of it is for the headers that are added when the answer leaves."""
_MARGIN = 12
"""A twelfth of it, in characters, always fits: JSON makes six bytes of one at most."""

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


Permit = Callable[[CallerT], None]
Function = Callable[[Call[CallerT]], Response]
Afterwards = Callable[[Call[CallerT]], None]
Refuse = Callable[[SluicewayError, Request, Caller], Response]
Fail = Callable[[Request], Response]
CheckBody = Callable[[Request], None]
Headers = Callable[[Request, object], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Steps(Generic[CallerT]):
    """What one endpoint does, in this order."""

    authenticate: Authenticate[CallerT]
    permit: Permit[CallerT]
    function: Function[CallerT]


def _everybody(_caller: object) -> None:
    """Whoever is known may call."""


def no_headers(_request: Request, _caller: object) -> Mapping[str, str]:
    """Nothing that every answer has."""
    return {}


@dataclass(frozen=True, slots=True)
class Surface:
    """One dialect: its name (the package of its handlers), its routes, and how it words what goes wrong."""

    name: str
    routes: tuple[Route, ...]
    refuse: Refuse
    fail: Fail
    check_body: CheckBody
    """Called before a function that takes JSON, once the caller is known. Raises SluicewayError."""
    headers: Headers = no_headers
    """What every answer carries, refusals and failures included. Is given what authentication returned, None when it
    refused to; must not raise."""
    request_id_header: str | None = None
    """Where callers may put their own request id."""

    def endpoint(
        self,
        caller: Caller,
        authenticate: Authenticate[CallerT],
        *,
        permit: Permit[CallerT] = _everybody,
        afterwards: Afterwards[CallerT] | None = None,
    ) -> Callable[[Function[CallerT]], Handler]:
        """Make the decorator for functions that this kind of caller may call.

        `permit` raises SluicewayError for a caller who is known and may not. `afterwards` is called when a function has
        answered, and never when the call was refused.
        """

        def decorate(function: Function[CallerT]) -> Handler:
            route = self.route_of(function.__module__, caller)
            steps = _Steps(authenticate, permit, _followed(function, afterwards) if afterwards else function)

            def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
                started = perf_counter()
                request = parse_event(event, self.request_id_header)
                response = self._answer(route, steps, request)
                record_answer(self.name, route.key, response.status, perf_counter() - started, request.id)
                return response.to_event()

            return handler

        return decorate

    def route_of(self, module: str, caller: Caller) -> Route:
        """Find the route that a module serves. Raises TypeError when its route is for another kind of caller."""
        route = next(route for route in self.routes if f"{self.name}.{route.module}" == module)
        if route.caller is not caller:
            raise TypeError(f"{module} is decorated for {caller} but its route says {route.caller}")
        return route

    def _answer(self, route: Route, steps: _Steps[CallerT], request: Request) -> Response:
        """Answer whatever happens: an unexpected error is logged whole and answered with the dialect's 500."""
        caller: CallerT | None = None
        try:
            service, moment = wiring.service(), now()
            caller = steps.authenticate(request, service, moment)
            steps.permit(caller)
            response = self._call(route, steps.function, Call(request, caller, service, moment))
        except SluicewayError as refusal:
            logger.info("refused", reason=type(refusal).__name__, route=route.key, request_id=request.id)
            response = self.refuse(refusal, request, route.caller)
        except Exception:  # noqa: BLE001 - the handler's edge, the one place where anything may be caught
            logger.exception("unexpected error", route=route.key, request_id=request.id)
            response = self.fail(request)
        return response.with_headers(self.headers(request, caller))

    def _call(self, route: Route, function: Function[CallerT], call: Call[CallerT]) -> Response:
        if route.body is Body.JSON:
            self.check_body(call.request)
        response = function(call)
        check_size(response)
        return response


def check_size(response: Response) -> None:
    """Refuse an answer that Lambda would not let through, and that callers would see as a bare 502."""
    if len(response.body) <= MOST_ANSWER_BYTES // _MARGIN:
        return
    if len(json.dumps(response.to_event(), ensure_ascii=False).encode()) > MOST_ANSWER_BYTES:
        raise AnswerTooLarge("the answer is larger than the 6 MB that can be sent at once")


def _followed(function: Function[CallerT], afterwards: Afterwards[CallerT]) -> Function[CallerT]:
    def answering(call: Call[CallerT]) -> Response:
        response = function(call)
        afterwards(call)
        return response

    return answering
