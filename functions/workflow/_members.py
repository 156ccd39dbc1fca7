"""Reading what an operator invokes a task with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.errors import Invalid
from sluiceway.domain.identifiers import is_possible_id


def text_member(event: Mapping[str, Any], name: str) -> str:
    """A member that must be text. Raises Invalid."""
    value = event.get(name)
    if not isinstance(value, str):
        raise Invalid(f"{name}: must be text")
    return value


def workspace_member(event: Mapping[str, Any]) -> str:
    """The workspace that is meant. Raises Invalid for what nothing can be called."""
    workspace = text_member(event, "workspace")
    if not is_possible_id(workspace):
        raise Invalid("workspace: must be the id of a workspace")
    return workspace


def scopes_member(event: Mapping[str, Any], otherwise: str) -> frozenset[str]:
    """The scopes that are named, or the one that stands for all rights. Raises Invalid."""
    given = event.get("scopes", [otherwise])
    if not isinstance(given, list) or not all(isinstance(scope, str) for scope in given):
        raise Invalid("scopes: must be a list of texts")
    return frozenset(given)
