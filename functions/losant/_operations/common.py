"""Shapes, headers and refusals that operations of several services have in common."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Literal, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from losant._lists import DEFAULT_PAGE_SIZE, LARGEST_PAGE
from losant._surface import ANY_ORIGIN
from sluiceway.http.openapi import Answer, Refusal, Shape, content_json
from sluiceway.http.routes import Body, Caller, Route

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Id = Annotated[str, Field(pattern="^[0-9a-f]{24}$")]
AnyId = Annotated[str, Field(pattern="^[A-Fa-f0-9]{24}$")]
Count = Annotated[int, Field(ge=0)]
Version = Annotated[str, Field(min_length=1, max_length=255)]
AgentVersion = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
Flag = Literal["true", "false", "1", "0"]
ORIGIN: dict[str, Shape] = {
    "Access-Control-Allow-Origin": Annotated[str, Field(pattern=rf"^\{ANY_ORIGIN['access-control-allow-origin']}$")]
}


class ValidationError(TypedDict):
    """One of several things that stand in the way."""

    type: str
    id: str
    name: NotRequired[str]
    message: str


class Error(TypedDict):
    """A refusal."""

    type: Annotated[str, Field(pattern="^[A-Za-z]+$")]
    message: Annotated[str, Field(min_length=1)]
    validationErrors: NotRequired[list[ValidationError]]


class Link(TypedDict):
    """Where something is, without the host."""

    href: str


class Resource(TypedDict):
    """What everything has unless `_links` is false."""

    _type: NotRequired[str]
    _links: NotRequired[dict[str, Link]]


class Links(TypedDict, total=False):
    """What clients send with every call; only `_links=false` changes anything."""

    _actions: str
    _links: Annotated[str, Field(description="`false` leaves types and links out.")]
    _embedded: str


class PageQuery(TypedDict, total=False):
    """Which page of a list, and in which direction."""

    sortDirection: Annotated[Literal["asc", "desc"], Field(description="`asc` unless told otherwise.")]
    page: Annotated[int, Field(ge=0, description="From 0, which is the default.")]
    perPage: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description=f"{DEFAULT_PAGE_SIZE} unless told otherwise.")]


class NamedQuery(PageQuery, TypedDict, total=False):
    """Which page of a list of things with names."""

    sortField: Literal["name", "id", "creationDate", "lastUpdated"]
    filterField: Annotated[Literal["name"], Field(description="What `filter` is for; it counts only with this.")]
    filter: Annotated[str, Field(description="A glob, with `*` and `?`.")]


class Page(Resource, TypedDict):
    """A page of a list, whose items are its own."""

    count: Count
    totalCount: Count
    applicationId: Id
    page: Count
    perPage: Count
    sortField: str
    sortDirection: Literal["asc", "desc"]
    filter: NotRequired[str]
    filterField: NotRequired[str]
    omitted: NotRequired[
        Annotated[list[str], Field(description="Members without which the items are shown: too long for one page.")]
    ]


class Success(TypedDict):
    """It was done."""

    success: Literal[True]


NOT_STORED: dict[str, Shape] = {"Cache-Control": Annotated[str, Field(pattern="^no-store$")]}


def answers(shape: Shape, status: int = 200) -> dict[int, Answer]:
    """Answer with JSON."""
    return {status: Answer(content_json(shape))}


def answers_secret(shape: Shape, status: int = 201) -> dict[int, Answer]:
    """Answer with what holds a secret."""
    return {status: Answer(content_json(shape), NOT_STORED)}


MALFORMED = Refusal("Malformed", HTTPStatus.BAD_REQUEST, "The query or the body is not as described.")
NOT_FOUND = Refusal("NotFound", HTTPStatus.NOT_FOUND, "There is no such thing in this application.")
FORBIDDEN = Refusal("NotPermitted", HTTPStatus.FORBIDDEN, "This is not for callers: the message says for whom it is.")
BAD_LOGIN = Refusal(
    "BadLogin", HTTPStatus.UNAUTHORIZED, "The device, the key or its secret is not right.", {"WWW-Authenticate": str}
)
_REFUSED_TOKEN = Refusal(
    "RefusedToken", HTTPStatus.UNAUTHORIZED, "No token, or one that is not good.", {"WWW-Authenticate": str}
)
_MISSING_SCOPE = Refusal("MissingScope", HTTPStatus.FORBIDDEN, "The token lacks the scope; the message names it.")
_TOO_LARGE = Refusal(
    "TooLarge",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "The body has more than 5 MiB, or what it brings more than one answer can show.",
)
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
    if route.caller is not Caller.ANYONE:
        yield from (_REFUSED_TOKEN, _MISSING_SCOPE)
    if "{applicationId}" in route.path:
        yield NOT_FOUND
    if route.body is Body.JSON:
        yield from (MALFORMED, _TOO_LARGE)
    yield from (_FAILED, _BUSY)
