"""Deadlines as an attribute of a deployment's head, of its plan and of its rows, in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from functools import lru_cache

from sluiceway.domain.deadlines import NO_DEADLINES, Deadlines

_SECOND = timedelta(seconds=1)
_STATES = tuple(field.name for field in fields(Deadlines))


@lru_cache(maxsize=64)
def deadlines_item(deadlines: Deadlines) -> Mapping[str, int]:
    """Return the stored form, one for all rows of a deployment; a state without a deadline is left out."""
    given = {state: getattr(deadlines, state) for state in _STATES}
    return {state: duration // _SECOND for state, duration in given.items() if duration is not None}


def read_deadlines(stored: Mapping[str, int] | None) -> Deadlines:
    """Return the deadlines that were stored."""
    return _deadlines(tuple(stored.items())) if stored else NO_DEADLINES


@lru_cache(maxsize=64)
def _deadlines(stored: tuple[tuple[str, int], ...]) -> Deadlines:
    """Return the deadlines of a deployment, the same ones for each of its rows, which all repeat them."""
    return Deadlines(**{state: seconds * _SECOND for state, seconds in stored})
