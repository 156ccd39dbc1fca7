"""Shapes, headers and refusals that operations of several services have in common."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from native._paging import DEFAULT_PAGE, LARGEST_PAGE, LAST_PAGE
from sluiceway.http.openapi import Answer, Refusal, Shape, content_json
from sluiceway.http.routes import Body, Caller, Route

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
MaybeTime = Annotated[str | None, WithJsonSchema({"type": ["string", "null"], "format": "date-time"})]
Count = Annotated[int, Field(ge=0)]


class ErrorDetails(TypedDict):
    """What went wrong: the code is for programs, the message for people, the parameters belong to the code."""

    code: Annotated[str, Field(pattern="^[a-z_]+$")]
    message: Annotated[str, Field(min_length=1)]
    params: dict[str, object]


class Error(TypedDict):
    """A refusal; the request id finds it in the log."""

    error: ErrorDetails
    request_id: str


class Paging(TypedDict, total=False):
    """Which page of a list."""

    page: Annotated[int, Field(ge=1, le=LAST_PAGE, description="From 1, which is the default.")]
    per_page: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description=f"{DEFAULT_PAGE} unless told otherwise.")]


_OwnId = Annotated[str, Field(description="Repeated in the answer; made up when there is none.")]
RequestId = TypedDict("RequestId", {"X-Request-Id": NotRequired[_OwnId]})
NO_CONTENT = Answer()
NOT_STORED: dict[str, Shape] = {"Cache-Control": Annotated[str, Field(pattern="^no-store$")]}


def answers(shape: Shape) -> dict[int, Answer]:
    """Answer 200 with JSON."""
    return {200: Answer(content_json(shape))}


def answers_page(shape: Shape) -> dict[int, Answer]:
    """Answer 200 with one page of a list."""
    headers = {"Link": Annotated[str, Field(pattern='rel="first"')], "X-Total-Count": Count}
    return {200: Answer(content_json(list[shape]), headers)}


def answers_new(shape: Shape, place: str) -> dict[int, Answer]:
    """Answer 201 with what was made, which holds a secret, and where it is."""
    location = Annotated[str, Field(pattern=f"^/api/v1/{place}/")]
    return {201: Answer(content_json(shape), {"Location": location, **NOT_STORED})}


MALFORMED = Refusal("Malformed", HTTPStatus.BAD_REQUEST, "The query or the body is not as described.")
NOT_FOUND = Refusal("NotFound", HTTPStatus.NOT_FOUND, "There is no such thing in this workspace.")
CONFLICT = Refusal("Conflict", HTTPStatus.CONFLICT, "There are as many as there may be.")

_REFUSED_KEY = Refusal(
    "RefusedKey", HTTPStatus.UNAUTHORIZED, "No API key, or one that is unknown or revoked.", {"WWW-Authenticate": str}
)
_MISSING_SCOPE = Refusal("MissingScope", HTTPStatus.FORBIDDEN, "The API key lacks a scope; the parameters name it.")
_TOO_LARGE = Refusal("TooLarge", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body has more than 1 MiB.")
_NOT_JSON = Refusal("NotJson", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body has another content type than JSON.")
_FAILED = Refusal("Failed", HTTPStatus.INTERNAL_SERVER_ERROR, "Our own error; its details are in the log.")
_BUSY = Refusal(
    "Busy",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Too busy; nothing was changed. Try again.",
    {"Retry-After": Annotated[int, Field(ge=0)]},
)


def refusals_of(route: Route) -> tuple[Refusal, ...]:
    """What may go wrong with any route of the same kind, whatever it does."""
    return tuple(_refusals_of(route))


def _refusals_of(route: Route) -> Iterator[Refusal]:
    if route.caller is Caller.PROGRAM:
        yield from (_REFUSED_KEY, _MISSING_SCOPE)
    if route.body is Body.JSON:
        yield from (MALFORMED, _TOO_LARGE, _NOT_JSON)
    yield from (_FAILED, _BUSY)
