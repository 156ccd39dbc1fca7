"""What a device says about itself, checked by hand: every device sends it, and pydantic would slow its cold start."""

from __future__ import annotations

import math
from typing import Any

from sluiceway.domain.errors import Invalid
from sluiceway.domain.inventory import Attribute, AttributeValue
from sluiceway.http.json_body import json_value
from sluiceway.http.request import Request


def parse_attributes(request: Request) -> list[Attribute]:
    """Read a list of attributes (contract 9.7). Raises Invalid."""
    listed = json_value(request)
    if not isinstance(listed, list):
        raise Invalid("the body must be an array of attributes")
    return [_attribute(member) for member in listed]


def _attribute(member: object) -> Attribute:
    if not isinstance(member, dict):
        raise Invalid("an attribute must be an object")
    name, description = member.get("name"), member.get("description")
    if not isinstance(name, str) or not name:
        raise Invalid("name: an attribute has a name that is not empty")
    if not isinstance(description, str | None):
        raise Invalid(f"{name}: description must be text")
    return Attribute(name, _value(name, member.get("value")), description or "")


def _value(name: str, value: Any) -> AttributeValue:  # noqa: ANN401 - whatever JSON holds
    if _is_text(value) or _is_number(value):
        return value  # type: ignore[no-any-return]
    if isinstance(value, list) and (all(map(_is_text, value)) or all(map(_is_number, value))):
        return tuple(value)
    raise Invalid(f"{name}: value must be text, a number, an array of texts or an array of numbers")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    """Booleans are integers to Python; a number beyond the range of a double has no JSON form."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
