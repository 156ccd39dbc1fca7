"""Groups of devices as JSON (contract 7)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from sluiceway.domain.errors import Invalid
from sluiceway.http.json_body import json_value
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.groups import Moved

_Group: TypeAlias = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,256}$")]


class GroupBody(WireModel):
    """The group of a device, null for none."""

    group: _Group | None


def parse_group(request: Request) -> str | None:
    """Read the name of a group, None for no group. Raises Invalid."""
    return parse_body(GroupBody, request).group


def parse_device_ids(request: Request) -> list[str]:
    """Read an array of device ids. Raises Invalid."""
    ids = json_value(request)
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise Invalid("the body must be an array of device ids")
    return [str(each) for each in ids]


def entered_json(moved: Moved) -> dict[str, int]:
    """Render how many devices there are of those named, and how many changed their group."""
    return {"matched_count": moved.matched, "updated_count": moved.updated}


def left_json(moved: Moved) -> dict[str, int]:
    """Render how many devices left a group."""
    return {"updated_count": moved.updated}
