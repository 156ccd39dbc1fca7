"""Application tokens as JSON, and what is asked of them (contract 5.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from losant._rendering import Rendering
from losant._wire import LongText, LosantModel, Name
from losant._wire_keys import ACTIVE, status_of
from sluiceway.domain.application_token import EVERYTHING, ApplicationToken
from sluiceway.domain.times import rfc3339
from sluiceway.http.request import Request
from sluiceway.http.wire import parse_body
from sluiceway.usecases.application_tokens import NewApplicationToken

PLACE = "/tokens"
MOST_SCOPES = 500
_FIRST_YEAR, _LAST_YEAR = 1971, 9998
"""Of these every moment can be stored and read in any time zone."""
SORT_FIELDS: Mapping[str, Callable[[ApplicationToken], str]] = {
    "name": lambda token: token.name,
    "status": lambda token: status_of(is_active=token.is_active),
    "id": lambda token: token.id,
    "creationDate": lambda token: rfc3339(token.created),
    "lastUpdated": lambda token: rfc3339(token.updated),
    "expirationDate": lambda token: rfc3339(token.expires) if token.expires else "",
}
FILTER_FIELDS = ("name", "status")


def _in_utc(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"must lie in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return moment.astimezone(UTC)


def _without_repetition(scopes: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(scopes)) < len(scopes):
        raise ValueError("must name each scope once")
    return scopes


class NewTokenBody(LosantModel):
    """The body that makes a token, which may do everything unless told otherwise."""

    name: Name
    description: LongText = ""
    scope: Annotated[
        tuple[str, ...], Field(min_length=1, max_length=MOST_SCOPES), AfterValidator(_without_repetition)
    ] = (EVERYTHING,)
    expiration_date: Annotated[AwareDatetime, AfterValidator(_in_utc)] | None = None
    status: Literal["active", "inactive"] = "active"


def parse_new_token(request: Request) -> NewApplicationToken:
    """Read which token to make. Raises Invalid."""
    body = parse_body(NewTokenBody, request)
    return NewApplicationToken(
        body.name, frozenset(body.scope), body.description, body.expiration_date, body.status == ACTIVE
    )


def token_json(rendering: Rendering, token: ApplicationToken) -> dict[str, object]:
    """Render a token, which is never shown itself; what has no creator was made by the application's owner."""
    is_delegated = bool(token.creator_id)
    content: dict[str, object] = {
        "id": token.id,
        "apiTokenId": token.id,
        "name": token.name,
        "description": token.description,
        "scope": sorted(token.scopes),
        "status": status_of(is_active=token.is_active),
        "ownerId": rendering.application_id,
        "ownerType": "application",
        "creatorId": token.creator_id or rendering.application_id,
        "creatorType": "apiToken" if is_delegated else "application",
        "creationDate": rfc3339(token.created),
        "lastUpdated": rfc3339(token.updated),
        **({"expirationDate": rfc3339(token.expires)} if token.expires else {}),
    }
    return rendering.resource("apiToken", content, f"{PLACE}/{token.id}", apiTokens=PLACE)
