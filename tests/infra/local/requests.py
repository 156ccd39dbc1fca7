from __future__ import annotations

from dataclasses import replace
from typing import Any

from infra.local.payload import HttpRequest

PLAIN = HttpRequest(
    method="GET",
    target="/",
    query="",
    headers=(("host", "127.0.0.1:8080"),),
    body=b"",
    client="127.0.0.1",
    scheme="http",
    port=8080,
    http_version="1.1",
)


def request(**changes: Any) -> HttpRequest:  # noqa: ANN401 -- the fields of HttpRequest
    return replace(PLAIN, **changes)
