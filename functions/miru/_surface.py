"""The Miru surface: its routes, its words for what goes wrong, its bodies and the version of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from miru._errors import fail, refuse
from miru._routes import MANAGEMENT_ROOTS, ROUTES
from miru._versions import VERSION_HEADER, Version, named_version
from sluiceway.domain.errors import Invalid, TooLarge
from sluiceway.http.endpoint import Surface
from sluiceway.http.request import Request
from sluiceway.http.routes import MEBIBYTE

MOST_BODY_BYTES = 4 * MEBIBYTE


def check_body_size(request: Request) -> None:
    """Refuse a body above 4 MiB. What it is called does not matter: genuine clients call JSON many things (2)."""
    if len(request.body) > MOST_BODY_BYTES:
        raise TooLarge(f"the body has {len(request.body)} bytes, and at most {MOST_BODY_BYTES} are taken")


def answered_version(request: Request, caller: object) -> Mapping[str, str]:
    """Return the header that names the version of a management answer, as far as it is known (contract 1.2)."""
    version = getattr(caller, "version", None)
    if version is None and request.path.startswith(tuple(f"{root}/" for root in MANAGEMENT_ROOTS)):
        with suppress(Invalid):
            version = named_version(request) or Version.APPROVALS
    return {VERSION_HEADER: version.value} if isinstance(version, Version) else {}


SURFACE = Surface(
    name="miru", routes=ROUTES, refuse=refuse, fail=fail, check_body=check_body_size, headers=answered_version
)
