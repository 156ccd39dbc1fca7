"""API keys as JSON, and what is asked of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from native._wire import NativeModel
from sluiceway.domain.api_key import MOST_NAME_CHARACTERS, ApiKey
from sluiceway.domain.times import rfc3339
from sluiceway.http.request import Request
from sluiceway.http.response import Response, as_json
from sluiceway.http.wire import parse_body
from sluiceway.usecases.api_keys import NewApiKey, ShownApiKey


class NewApiKeyBody(NativeModel):
    """The body that makes a key."""

    name: Annotated[str, Field(min_length=1, max_length=MOST_NAME_CHARACTERS)]
    scopes: Annotated[list[str], Field(min_length=1, max_length=100)]


def parse_new_api_key(request: Request) -> NewApiKey:
    """Read which key to make. Raises Invalid."""
    body = parse_body(NewApiKeyBody, request)
    return NewApiKey(body.name, frozenset(body.scopes))


def api_key_json(api_key: ApiKey) -> dict[str, Any]:
    """Render a key, which is never shown itself."""
    return {
        "id": api_key.id,
        "name": api_key.name,
        "scopes": sorted(api_key.scopes),
        "created_at": rfc3339(api_key.created),
        "last_used_at": rfc3339(api_key.last_used) if api_key.last_used else None,
    }


def shown_api_key_response(shown: ShownApiKey, location: str) -> Response:
    """Answer 201 with the key itself."""
    content = {**api_key_json(shown.api_key), "key": shown.text}
    return as_json(content, 201).with_headers({"location": location, "cache-control": "no-store"})
