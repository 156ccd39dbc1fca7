"""API Gateway payload 2.0 events, made by the same code as the local gateway's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from infra.local.payload import HttpRequest, make_event

MOMENT = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)


def http_event(
    method: str,
    target: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | str | object = b"",
    *,
    route_key: str = "$default",
    parameters: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The event of one request; `target` is path and query as sent, a `body` that is not text or bytes goes as JSON."""
    path, _, query = target.partition("?")
    sent = {"host": "127.0.0.1:8443", **{name.lower(): value for name, value in (headers or {}).items()}}
    if not isinstance(body, bytes | str):
        sent.setdefault("content-type", "application/json")
    request = HttpRequest(
        method=method,
        target=path,
        query=query,
        headers=tuple(sent.items()),
        body=as_bytes(body),
        client="127.0.0.1",
        scheme="https",
        port=8443,
        http_version="1.1",
    )
    return make_event(request, route_key, parameters or {}, "c6af9ac6-7b61", MOMENT)


def as_bytes(body: bytes | str | object) -> bytes:
    """The bytes of a request body."""
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()
