"""Shapes, headers and refusals that operations of several services have in common (contract 1)."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from sluiceway.http.openapi import Answer, Refusal, Shape, content_json
from sluiceway.http.routes import Body, Caller, Route

Uuid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Count = Annotated[int, Field(ge=0)]
SHA256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
BY_ID = {"id": Uuid}
BY_GROUP = {"name": Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,256}$")]}


class FilterTerm(TypedDict):
    """One condition on an attribute of a device."""

    scope: str
    attribute: str
    type: str
    value: object


class Error(TypedDict):
    """What went wrong, in words; the request id finds it in the log."""

    error: Annotated[str, Field(min_length=1)]
    request_id: str


class Paging(TypedDict, total=False):
    """Which page of a list."""

    page: Annotated[int, Field(ge=1, le=2**63 - 1, description="From 1, which is the default.")]
    per_page: Annotated[int, Field(ge=1, le=500, description="20 unless told otherwise.")]


_OwnId = Annotated[str, Field(description="Repeated in the answer; made up when there is none.")]
RequestId = TypedDict("RequestId", {"X-MEN-RequestID": NotRequired[_OwnId]})
IfMatch = TypedDict("IfMatch", {"If-Match": NotRequired[Annotated[str, Field(description="An ETag, or a star.")]]})
LINK: dict[str, Shape] = {"Link": Annotated[str, Field(pattern='rel="first"')]}
LINK_AND_TOTAL: dict[str, Shape] = {**LINK, "X-Total-Count": Count}

NO_CONTENT = Answer()
CREATED = Answer(headers={"Location": Annotated[str, Field(pattern="^/api/management/")]})


def answers(shape: Shape, **headers: Shape) -> dict[int, Answer]:
    """Answer 200 with JSON."""
    return {200: Answer(content_json(shape), headers)}


def answers_page(shape: Shape, headers: dict[str, Shape] = LINK_AND_TOTAL) -> dict[int, Answer]:
    """Answer 200 with one page of a list."""
    return {200: Answer(content_json(list[shape]), headers)}


_RETRY_AFTER = {"Retry-After": Annotated[int, Field(ge=0)]}
_REALM = {"WWW-Authenticate": str}

MALFORMED = Refusal("Malformed", HTTPStatus.BAD_REQUEST, "An identifier, the query or the body is not as described.")
NOT_FOUND = Refusal("NotFound", HTTPStatus.NOT_FOUND, "There is no such thing in this workspace.")
CONFLICT = Refusal("Conflict", HTTPStatus.CONFLICT, "The state of things does not allow it; the text says why.")
CHANGED = Refusal("Changed", HTTPStatus.PRECONDITION_FAILED, "Somebody else has changed it: read it again.")
UNPROCESSABLE = Refusal(
    "Unprocessable", HTTPStatus.UNPROCESSABLE_ENTITY, "Well formed, and impossible; the text says why."
)
TOO_LARGE = Refusal("TooLarge", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large; the text says for what.")
REFUSED_CREDENTIALS = Refusal("RefusedCredentials", HTTPStatus.UNAUTHORIZED, "Wrong credentials, or none.", _REALM)
REFUSED_DEVICE = Refusal("RefusedDevice", HTTPStatus.UNAUTHORIZED, "Wrong credentials, none, or not accepted.")

_NOT_JSON = Refusal("NotJson", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body has another content type than JSON.")
_FAILED = Refusal("Failed", HTTPStatus.INTERNAL_SERVER_ERROR, "Our own error; its details are in the log.")
_BUSY = Refusal("Busy", HTTPStatus.SERVICE_UNAVAILABLE, "Too busy; nothing was changed. Try again.", _RETRY_AFTER)
_SLOW_DOWN = Refusal("SlowDown", HTTPStatus.TOO_MANY_REQUESTS, "Too busy; poll again later.", _RETRY_AFTER)


def refusals_of(route: Route) -> tuple[Refusal, ...]:
    """What may go wrong with any route of the same kind, whatever it does (contract 1.2, 1.5)."""
    return tuple(_refusals_of(route))


def _refusals_of(route: Route) -> Iterator[Refusal]:
    if route.caller is Caller.USER:
        yield REFUSED_CREDENTIALS
    if route.caller is Caller.DEVICE:
        yield REFUSED_DEVICE
    if route.body is Body.JSON:
        yield from (MALFORMED, TOO_LARGE, _NOT_JSON)
    yield _FAILED
    yield _SLOW_DOWN if route.caller is Caller.DEVICE else _BUSY
