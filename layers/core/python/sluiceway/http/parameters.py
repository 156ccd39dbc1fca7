"""Reading path and query parameters. The words of a refusal are the surface's."""

from __future__ import annotations

import re
from collections.abc import Collection

from sluiceway.domain.errors import Invalid, NotFound
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.http.request import Request

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def is_uuid(text: str) -> bool:
    """Tell whether text is a UUID of any version, in lower or upper case (RFC 4122's form with hyphens)."""
    return _UUID.fullmatch(text) is not None


def path_id(request: Request, name: str = "id") -> str:
    """A path identifier of any form. Raises NotFound for one that nothing can have."""
    given = request.parameters[name]
    if not is_possible_id(given):
        raise NotFound(f"nothing can have this {name}")
    return given


def query_word(request: Request, name: str, allowed: Collection[str], refusal: str) -> str | None:
    """A query value out of a fixed set, None when it was not sent; `refusal` may show the value as `{value}`."""
    given = request.query_value(name)
    if not given:
        return None
    if given not in allowed:
        raise Invalid(refusal.replace("{value}", given))
    return given
