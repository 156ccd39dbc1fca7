"""The keys that programs show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from native._operations.common import (
    CONFLICT,
    MALFORMED,
    NO_CONTENT,
    NOT_FOUND,
    MaybeTime,
    Paging,
    Time,
    answers,
    answers_new,
    answers_page,
)
from native._wire_api_keys import NewApiKeyBody
from sluiceway.domain.scopes import KNOWN
from sluiceway.http.openapi import Operation, Shape, content_json

Scope: Shape = Literal[*sorted(KNOWN)]
KeyId = Annotated[str, Field(pattern="^api_key_")]
BY_ID = {"id": str}


class NewApiKey(NewApiKeyBody):
    """Which key to make: `manage` on a resource implies its other actions, and on `*` all there are."""

    name: Annotated[str, Field(min_length=1, max_length=256, pattern=r"\S")]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=100)]


class ApiKey(TypedDict):
    """A key, which is never shown itself."""

    id: KeyId
    name: str
    scopes: list[Scope]
    created_at: Time
    last_used_at: Annotated[MaybeTime, Field(description="To the day.")]


class ShownApiKey(ApiKey):
    """A key that was just made: nobody can read it again."""

    key: Annotated[str, Field(pattern="^slw_")]


OPERATIONS = {
    "api_keys.create_api_key": Operation(
        body=content_json(NewApiKey), answers=answers_new(ShownApiKey, "api-keys"), refusals=(CONFLICT,)
    ),
    "api_keys.list_api_keys": Operation(query=Paging, answers=answers_page(ApiKey), refusals=(MALFORMED,)),
    "api_keys.get_api_key": Operation(path=BY_ID, answers=answers(ApiKey), refusals=(NOT_FOUND,)),
    "api_keys.revoke_api_key": Operation(path=BY_ID, answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)),
}
