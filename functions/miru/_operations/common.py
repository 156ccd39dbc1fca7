"""Shapes, headers and refusals that operations of several resources have in common (contract 3, 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Annotated, Generic, Literal, NotRequired, TypeVar

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from miru._lists import DEFAULT_LIMIT, MOST_LIMIT
from miru._versions import Version
from sluiceway.http.openapi import Answer, Refusal, Shape, content_json
from sluiceway.http.routes import Access, Body, Caller, Route
from sluiceway.usecases.config_records import MOST_LISTED

T = TypeVar("T")
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
MaybeTime = Annotated[str | None, WithJsonSchema({"type": ["string", "null"], "format": "date-time"})]


class ErrorDetails(TypedDict):
    """What went wrong: the code is for programs, the message for people, the parameters belong to the code."""

    code: Annotated[str, Field(pattern="^[a-z_]+$")]
    params: dict[str, object]
    message: Annotated[str, Field(min_length=1)]
    debug_message: str


class Error(TypedDict):
    """A refusal."""

    error: ErrorDetails


class Expansion(TypedDict, total=False):
    """Which relations the answer is to contain."""

    expand: Annotated[str, Field(description="Names, separated by commas; a dot leads into a relation.")]


_LOOKED_THROUGH = (
    f"A page ends within the first {MOST_LISTED:,} in the order of `created_at`; a list with more is refused in "
    "another order, with `total_count`, and with a filter that does not lead to few."
)


class ListQuery(Expansion, total=False):
    """Which part of a list, and in which order. Numbers out of range are moved into it."""

    limit: Annotated[int, Field(description=f"1 to {MOST_LIMIT}; {DEFAULT_LIMIT} unless told otherwise.")]
    offset: Annotated[int, Field(description=f"From 0, which is the default. {_LOOKED_THROUGH}")]
    order_by: Annotated[str, Field(description="`id` or `created_at`, with `:asc` or `:desc`, separated by commas.")]


_ApprovalsHeader = TypedDict("_ApprovalsHeader", {"Miru-Version": Literal["v1"]})
_ZionHeader = TypedDict("_ZionHeader", {"Miru-Version": Literal["2025-10-21.zion"]})
_TetonsHeader = TypedDict("_TetonsHeader", {"Miru-Version": Literal["2026-03-09.tetons"]})
VERSION_HEADERS: Mapping[Version, Shape] = {
    Version.APPROVALS: _ApprovalsHeader,
    Version.ZION: _ZionHeader,
    Version.TETONS: _TetonsHeader,
}
"""What every management call of a version carries."""


IdempotencyKey = Annotated[
    str, Field(description="For a day, the same key with the same body answers what was made the first time.")
]
_Once = TypedDict("_Once", {"Idempotency-Key": IdempotencyKey}, total=False)


class _ApprovalsOnce(_ApprovalsHeader, _Once):
    """Both."""


class _ZionOnce(_ZionHeader, _Once):
    """Both."""


class _TetonsOnce(_TetonsHeader, _Once):
    """Both."""


ONCE_HEADERS: Mapping[Version, Shape] = {
    Version.APPROVALS: _ApprovalsOnce,
    Version.ZION: _ZionOnce,
    Version.TETONS: _TetonsOnce,
}
"""What calls of a version carry that make a new thing each time, unless they are told not to (contract 3.4)."""


def answers(shape: Shape) -> dict[int, Answer]:
    """Answer 200 with JSON."""
    return {200: Answer(content_json(shape))}


class List(TypedDict, Generic[T]):
    """A part of a list, with how many there are in all where that was asked for."""

    object: Literal["list"]
    limit: int
    offset: int
    has_more: bool
    data: list[T]
    total_count: NotRequired[int]


class OlderList(TypedDict, Generic[T]):
    """A part of a list, with how many there are in all: -1 where that was not asked for."""

    object: Literal["list"]
    limit: int
    offset: int
    has_more: bool
    data: list[T]
    total_count: int


def list_of(shape: Shape, version: Version) -> Shape:
    """Return the envelope of a list (contract 4.1); said something of, it goes by the name of what it has."""
    envelope = List[shape] if version.is_tetons else OlderList[shape]
    return Annotated[envelope, Field(description="A part of what there is.")]


MALFORMED = Refusal("Malformed", HTTPStatus.BAD_REQUEST, "The version, the query or the body is not as described.")
NOT_FOUND = Refusal("NotFound", HTTPStatus.NOT_FOUND, "There is no such thing in this workspace.")
CONFLICT = Refusal(
    "Conflict",
    HTTPStatus.CONFLICT,
    "The state of things does not allow it; the code says why.",
    {"x-should-retry": Literal["false"]},
)

_REFUSED_KEY = Refusal("RefusedKey", HTTPStatus.UNAUTHORIZED, "No API key, or one that is unknown or revoked.")
REFUSED_DEVICE = Refusal("RefusedDevice", HTTPStatus.UNAUTHORIZED, "No token, or one that is bad, old or revoked.")
_MISSING_SCOPE = Refusal("MissingScope", HTTPStatus.FORBIDDEN, "The API key lacks a scope; the parameters name it.")
_TOO_LARGE = Refusal(
    "TooLarge",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "The body has more than 4 MiB, or the answer would have more than 6.",
)
_FAILED = Refusal("Failed", HTTPStatus.INTERNAL_SERVER_ERROR, "Our own error; its details are in the log.")
_BUSY = Refusal(
    "Busy",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Too busy; nothing was changed. Try again.",
    {"Retry-After": Annotated[int, Field(ge=0)], "x-should-retry": Literal["true"]},
)


def refusals_of(route: Route) -> tuple[Refusal, ...]:
    """What may go wrong with any route of the same kind, whatever it does."""
    return tuple(_refusals_of(route))


def _refusals_of(route: Route) -> Iterator[Refusal]:
    if route.caller is Caller.PROGRAM:
        yield from (MALFORMED, _REFUSED_KEY)
    if route.scopes:
        yield _MISSING_SCOPE
    if route.caller is Caller.DEVICE:
        yield REFUSED_DEVICE
    if route.body is Body.JSON:
        yield MALFORMED
    if route.body is Body.JSON or Access.CONFIGS_READ in route.access:
        yield _TOO_LARGE
    yield from (_FAILED, _BUSY)
