"""The Losant surface: its routes, its words for what goes wrong, its bodies and what other origins may read."""

from __future__ import annotations

from collections.abc import Mapping

from losant._errors import fail, refuse
from losant._routes import ROUTES
from sluiceway.domain.errors import TooLarge
from sluiceway.domain.workflow import MOST_CONTENT_BYTES
from sluiceway.http.endpoint import Surface
from sluiceway.http.request import Request

ANY_ORIGIN = {"access-control-allow-origin": "*"}


def check_body_size(request: Request) -> None:
    """Refuse a body above 5 MiB (contract 5.5). What it is called does not matter: clients send empty ones unnamed."""
    if len(request.body) > MOST_CONTENT_BYTES:
        raise TooLarge(f"The body has {len(request.body)} bytes, and at most {MOST_CONTENT_BYTES} are taken")


def open_to_all_origins(_request: Request, _caller: object) -> Mapping[str, str]:
    """Return the header that every answer carries (contract 1.5)."""
    return ANY_ORIGIN


SURFACE = Surface(
    name="losant", routes=ROUTES, refuse=refuse, fail=fail, check_body=check_body_size, headers=open_to_all_origins
)
