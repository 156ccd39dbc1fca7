"""The Mender surface: its routes, its words for what goes wrong, its bodies and its request id (contract 1.3, 1.5)."""

from __future__ import annotations

from collections.abc import Mapping

from mender._errors import fail, refuse
from mender._routes import ROUTES
from sluiceway.domain.errors import Invalid, TooLarge, UnsupportedMediaType
from sluiceway.http.endpoint import Surface
from sluiceway.http.request import Request
from sluiceway.http.routes import MEBIBYTE

REQUEST_ID_HEADER = "X-MEN-RequestID"


def check_json_body(request: Request) -> None:
    """Refuse a body above 1 MiB or of another content type; no body, or one without a type, passes (contract 1.5)."""
    if len(request.body) > MEBIBYTE:
        raise TooLarge("request body too large: at most 1 MiB of JSON")
    given = request.headers.get("content-type", "")
    if not request.body or not given:
        return
    media_type = given.partition(";")[0].strip().lower()
    kind, _, subtype = media_type.partition("/")
    if not kind or not subtype or "/" in subtype:
        raise Invalid("malformed Content-Type header")
    if media_type != "application/json":
        raise UnsupportedMediaType("Bad Content-Type, expected 'application/json'")


def repeat_request_id(request: Request, _caller: object) -> Mapping[str, str]:
    """Return the header that every answer carries."""
    return {REQUEST_ID_HEADER: request.id}


SURFACE = Surface(
    name="mender",
    routes=ROUTES,
    refuse=refuse,
    fail=fail,
    check_body=check_json_body,
    headers=repeat_request_id,
    request_id_header=REQUEST_ID_HEADER,
)
