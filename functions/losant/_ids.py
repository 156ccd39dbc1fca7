"""Ids in paths and queries: 24 hexadecimal digits of either case, of which the lower one is meant (contract 1.1)."""

from __future__ import annotations

from sluiceway.domain.errors import InvalidMembers, NoSuchRecord
from sluiceway.domain.object_ids import is_object_id
from sluiceway.http.request import Request


def path_id(request: Request, name: str, subject: str) -> str:
    """Read an id of a path. Raises NoSuchRecord for what no `subject` can be called."""
    given = request.parameters[name].lower()
    if not is_object_id(given):
        raise NoSuchRecord(subject, given)
    return given


def query_id(request: Request, name: str) -> str | None:
    """Read an id of a query, None when there is none. Raises InvalidMembers for what cannot be one."""
    given = (request.query_value(name) or "").lower()
    if given and not is_object_id(given):
        raise InvalidMembers([(name, "must have 24 hexadecimal digits")])
    return given or None
