"""What a handler answers, and its API Gateway payload 2.0 form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers and a text body. Binary bodies do not exist here: bytes travel by presigned link."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, headers: Mapping[str, str]) -> Response:
        """Return the same answer with more headers."""
        return replace(self, headers={**self.headers, **headers})

    def to_event(self) -> dict[str, Any]:
        """Render the answer for API Gateway."""
        return {"statusCode": self.status, "headers": dict(self.headers), "body": self.body, "isBase64Encoded": False}


def as_json(content: object, status: int = 200) -> Response:
    """Answer with JSON text; `content` is made of dictionaries, lists, strings, integers and booleans."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(status, text, {"content-type": JSON})


def as_text(content: str, content_type: str) -> Response:
    """Answer 200 with a text body that is not JSON, exactly as given."""
    return Response(200, content, {"content-type": content_type})


def created(location: str) -> Response:
    """Answer 201 with no body and where the new thing is."""
    return Response(201, headers={"location": location})


def redirect(location: str) -> Response:
    """Answer 302: fetch it there, now."""
    return Response(302, headers={"location": location, "cache-control": "no-store"})


ACCEPTED = Response(202)
NO_CONTENT = Response(204)
NOT_MODIFIED = Response(304)
