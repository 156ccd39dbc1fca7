"""The native surface: its routes, its words for what goes wrong, its bodies and its request id."""

from __future__ import annotations

from collections.abc import Mapping

from native._errors import fail, refuse
from native._routes import ROUTES
from sluiceway.domain.errors import TooLarge, UnsupportedMediaType
from sluiceway.http.endpoint import Surface
from sluiceway.http.request import Request
from sluiceway.http.routes import MEBIBYTE

REQUEST_ID_HEADER = "X-Request-Id"


def check_json_body(request: Request) -> None:
    """Refuse a body above 1 MiB, or one that says it is not JSON; no body, or one without a type, passes."""
    if len(request.body) > MEBIBYTE:
        raise TooLarge(f"the body has {len(request.body)} bytes, and at most {MEBIBYTE} are taken")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.body and media_type not in {"", "application/json"}:
        raise UnsupportedMediaType("the body is of another type than application/json")


def repeat_request_id(request: Request, _caller: object) -> Mapping[str, str]:
    """Return the header that every answer carries."""
    return {REQUEST_ID_HEADER: request.id}


SURFACE = Surface(
    name="native",
    routes=ROUTES,
    refuse=refuse,
    fail=fail,
    check_body=check_json_body,
    headers=repeat_request_id,
    request_id_header=REQUEST_ID_HEADER,
)
