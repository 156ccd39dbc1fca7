"""One HTTP request as a handler sees it, made from an API Gateway payload 2.0 event."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

_PRINTABLE = re.compile(r"[\x20-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Request:
    """Headers have lower-case names; HTTP APIs have percent-decoded `path` and `parameters`."""

    method: str
    path: str
    parameters: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    id: str

    @property
    def origin(self) -> str:
        """Scheme and host under which the caller reached us, for links to ourselves."""
        scheme = self.headers.get("x-forwarded-proto", "https")
        return f"{scheme}://{self.headers['host']}"

    def query_value(self, name: str) -> str | None:
        """The first value of a query parameter, None when it was not sent."""
        return next((value for key, value in self.query if key == name), None)

    def query_values(self, name: str) -> tuple[str, ...]:
        """Every value of a query parameter that may be repeated, empty ones left out."""
        return tuple(value for key, value in self.query if key == name and value)


def parse_event(event: Mapping[str, Any], request_id_header: str | None = None) -> Request:
    """Read an API Gateway payload 2.0 event; `request_id_header` is where this surface's callers may put their id."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return Request(
        method=event["requestContext"]["http"]["method"],
        path=event["rawPath"],
        parameters=event.get("pathParameters") or {},
        query=tuple(parse_qsl(event.get("rawQueryString", ""), keep_blank_values=True)),
        headers=headers,
        body=_body(event),
        id=_request_id(headers.get(request_id_header.lower(), "") if request_id_header else ""),
    )


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def _request_id(given: str) -> str:
    """Return the caller's own request id when it is short and printable, else a new one."""
    return given if _PRINTABLE.fullmatch(given) else str(uuid.uuid4())
