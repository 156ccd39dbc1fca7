"""Reading path and query parameters. What breaks a rule raises Invalid with the contract's own words."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime

from sluiceway.domain.errors import Invalid, NotFound
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.http.request import Request

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]{1,12}")
_YEAR_10000 = 253_402_300_800


def is_uuid(text: str) -> bool:
    """Tell whether text is a UUID of any version, in lower or upper case (RFC 4122's form with hyphens)."""
    return _UUID.fullmatch(text) is not None


def path_uuid(request: Request, name: str = "id") -> str:
    """A path identifier that must be a UUID, in lower case as we store it (mender contract 1.5)."""
    given = request.parameters[name]
    if not is_uuid(given):
        raise Invalid("ID is not a valid UUID")
    return given.lower()


def path_id(request: Request, name: str = "id") -> str:
    """A path identifier of any form (mender contract 1.5). Raises NotFound for one that nothing can have."""
    given = request.parameters[name]
    if not is_possible_id(given):
        raise NotFound(f"nothing can have this {name}")
    return given


def query_moment(request: Request, name: str) -> datetime | None:
    """A query value in whole seconds since 1970, None when it was not sent (mender contract 1.7, 2.8)."""
    given = request.query_value(name)
    if not given:
        return None
    if not _SECONDS.fullmatch(given) or int(given) >= _YEAR_10000:
        raise Invalid(f"timestamp parsing failed for {name} parameter: invalid timestamp: {given}")
    return datetime.fromtimestamp(int(given), UTC)


def query_word(request: Request, name: str, allowed: Collection[str], refusal: str) -> str | None:
    """A query value out of a fixed set, None when it was not sent; `refusal` may show the value as `{value}`."""
    given = request.query_value(name)
    if not given:
        return None
    if given not in allowed:
        raise Invalid(refusal.replace("{value}", given))
    return given
