"""Which route takes a request, as HTTP APIs choose it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sluiceway.http.routes import Route

T = TypeVar("T")
DEFAULT = "$default"
_VARIABLE = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """The route that takes a request, what was registered for it, and its path parameters, decoded."""

    route: Route
    target: T
    parameters: dict[str, str]


class Router(Generic[T]):
    """Routes of all surfaces on one origin. Raises ValueError when two of them have the same route key."""

    def __init__(self, routes: Iterable[tuple[Route, T]]) -> None:
        self._entries = sorted(
            ((route, _pattern(route.path), target) for route, target in routes),
            key=lambda entry: _specificity(entry[0]),
        )
        keys = [route.key for route, _, _ in self._entries]
        if len(keys) != len(set(keys)):
            raise ValueError(f"routes registered twice: {sorted({key for key in keys if keys.count(key) > 1})}")

    def match(self, method: str, path: str) -> Match[T] | None:
        """The most specific route for a percent-decoded path; None when there is not even a `$default`."""
        for route, pattern, target in self._entries:
            found = pattern.fullmatch(path)
            if found and route.method in {method, "ANY"}:
                return Match(route, target, found.groupdict())
        return None


def _pattern(path: str) -> re.Pattern[str]:
    if path == DEFAULT:
        return re.compile(".*", re.DOTALL)
    pieces = re.split(r"(\{\w+\+?\})", path)
    return re.compile("".join(_piece_pattern(piece) for piece in pieces), re.DOTALL)


def _piece_pattern(piece: str) -> str:
    variable = _VARIABLE.fullmatch(piece)
    if variable is None:
        return re.escape(piece)
    name, greedy = variable.groups()
    return f"(?P<{name}>.+)" if greedy else f"(?P<{name}>[^/]+)"


def _specificity(route: Route) -> tuple[object, ...]:
    """Sorts first what API Gateway prefers: literal segments, then variables, then greedy ones, then `$default`."""
    segments = tuple(_segment_rank(segment) for segment in route.path.split("/"))
    return route.path == DEFAULT, segments, route.method == "ANY"


def _segment_rank(segment: str) -> int:
    variable = _VARIABLE.fullmatch(segment)
    if variable is None:
        return 0
    return 2 if variable[2] else 1
