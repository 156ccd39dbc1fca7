"""The tokens that programs show."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict

from losant._operations.common import (
    MALFORMED,
    AnyId,
    Id,
    Page,
    PageQuery,
    Resource,
    Success,
    Time,
    answers,
    answers_secret,
)
from losant._wire_tokens import NewTokenBody
from sluiceway.http.openapi import Operation, content_json

Scope = Annotated[str, Field(pattern=r"^[A-Za-z]{1,64}(\.([A-Za-z]{1,64}|\*)){1,2}$")]
_DATE, _TIME = "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])", "([01][0-9]|2[0-3])(:[0-5][0-9]){2}"
"""Of the times that can be meant, those that any month has."""
BY_ID = {"applicationId": AnyId, "apiTokenId": AnyId}
BY_APPLICATION = {"applicationId": AnyId}


class TokensQuery(PageQuery, TypedDict, total=False):
    """Which tokens to list."""

    sortField: Literal["name", "status", "id", "creationDate", "lastUpdated", "expirationDate"]
    filterField: Literal["name", "status"]
    filter: Annotated[str, Field(description="A glob, with `*` and `?`.")]


class NewToken(NewTokenBody):
    """Which token to make: it may do no more than the one that makes it, and everything unless told otherwise."""

    scope: Annotated[
        tuple[Scope, ...], Field(min_length=1, max_length=500, json_schema_extra={"uniqueItems": True})
    ] = ()
    expiration_date: Annotated[AwareDatetime | None, Field(json_schema_extra={"pattern": rf"^{_DATE}T{_TIME}Z$"})] = (
        None
    )


class Token(Resource, TypedDict):
    """A token, which is never shown itself; in a list without what the page names as `omitted`."""

    id: Id
    apiTokenId: Id
    name: str
    description: NotRequired[str]
    scope: NotRequired[list[Scope]]
    status: Literal["active", "inactive"]
    ownerId: Id
    ownerType: Literal["application"]
    creatorId: Id
    creatorType: Annotated[
        Literal["apiToken", "application"],
        Field(description="`application` where the owner of the installation made it."),
    ]
    creationDate: Time
    lastUpdated: Time
    expirationDate: NotRequired[Time]


class ShownToken(Token, TypedDict):
    """A token that was just made: nobody can read it again."""

    token: Annotated[str, Field(pattern="^slt_")]


class Tokens(Page, TypedDict):
    """A page of tokens."""

    items: list[Token]


OPERATIONS = {
    "tokens.create_token": Operation(
        path=BY_APPLICATION, body=content_json(NewToken), answers=answers_secret(ShownToken)
    ),
    "tokens.list_tokens": Operation(
        path=BY_APPLICATION, query=TokensQuery, answers=answers(Tokens), refusals=(MALFORMED,)
    ),
    "tokens.get_token": Operation(path=BY_ID, answers=answers(Token)),
    "tokens.revoke_token": Operation(path=BY_ID, answers=answers(Success)),
}
