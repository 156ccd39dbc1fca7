"""Reading what an operator invokes a task with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.errors import Invalid


def text_member(event: Mapping[str, Any], name: str) -> str:
    """A member that must be text. Raises Invalid."""
    value = event.get(name)
    if not isinstance(value, str):
        raise Invalid(f"{name}: must be text")
    return value
