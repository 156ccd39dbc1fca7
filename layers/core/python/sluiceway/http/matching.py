"""Which route takes a path, as HTTP APIs choose it. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sluiceway.http.routes import DEFAULT, Route


class Match(NamedTuple):
    """A route and what its `{parameters}` are in one path."""

    route: Route
    parameters: dict[str, str]


def matches_of(routes: Iterable[Route], path: str) -> list[Match]:
    """Every route with this percent-decoded path, whatever its method; the most specific first, never `$default`."""
    found = ((route, _parameters(route.path, path)) for route in routes if route.path != DEFAULT)
    matches = [Match(route, parameters) for route, parameters in found if parameters is not None]
    return sorted(matches, key=lambda match: _specificity(match.route.path))


def find(routes: Iterable[Route], method: str, path: str) -> Match | None:
    """The most specific route that takes the request, `$default` when no other does, None when there is none."""
    table = tuple(routes)
    taking = (match for match in matches_of(table, path) if match.route.method == method)
    default = (Match(route, {}) for route in table if route.path == DEFAULT)
    return next(taking, next(default, None))


def _parameters(pattern: str, path: str) -> dict[str, str] | None:
    """Read the parameters of a path, None when it does not fit: a parameter is one segment and never empty."""
    pairs = list(zip(pattern.split("/"), path.split("/"), strict=False))
    if pattern.count("/") != path.count("/"):
        return None
    if not all(segment if _is_parameter(name) else segment == name for name, segment in pairs):
        return None
    return {name[1:-1]: segment for name, segment in pairs if _is_parameter(name)}


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _specificity(pattern: str) -> tuple[bool, ...]:
    """Sorts literal segments before parameters, from the left."""
    return tuple(_is_parameter(segment) for segment in pattern.split("/"))
