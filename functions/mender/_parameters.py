"""Path and query parameters that this dialect refuses in words of its own (contract 1.5, 1.7)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sluiceway.domain.errors import Invalid
from sluiceway.http.parameters import is_uuid
from sluiceway.http.request import Request

_SECONDS = re.compile(r"[0-9]{1,12}")
_YEAR_10000 = 253_402_300_800


def path_uuid(request: Request) -> str:
    """The id in the path, which must be a UUID, in lower case as we store it (contract 1.5)."""
    given = request.parameters["id"]
    if not is_uuid(given):
        raise Invalid("ID is not a valid UUID")
    return given.lower()


def query_moment(request: Request, name: str) -> datetime | None:
    """A query value in whole seconds since 1970, None when it was not sent (contract 1.7, 2.8)."""
    given = request.query_value(name)
    if not given:
        return None
    if not _SECONDS.fullmatch(given) or int(given) >= _YEAR_10000:
        raise Invalid(f"timestamp parsing failed for {name} parameter: invalid timestamp: {given}")
    return datetime.fromtimestamp(int(given), UTC)
