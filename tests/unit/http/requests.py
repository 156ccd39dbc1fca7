"""Requests as the kit's unit tests need them."""

from __future__ import annotations

from sluiceway.http.request import Request, parse_event
from tests.support.events import http_event


def request_for(target: str = "/things", *, body: bytes | str | object = b"", **headers: str) -> Request:
    """A POST with headers named with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return parse_event(http_event("POST", target, named, body), "X-Request-ID")
