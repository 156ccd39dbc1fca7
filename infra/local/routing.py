"""Which route takes a request, as HTTP APIs choose it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sluiceway.http.routes import DEFAULT, Route

T = TypeVar("T")
_VARIABLE = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """The route that takes a request, its key there, what was registered for it, and its path parameters, decoded."""

    route: Route
    key: str
    target: T
    parameters: dict[str, str]


class Router(Generic[T]):
    """The routes of one surface. Raises ValueError when two of them have the same route key."""

    def __init__(self, routes: Iterable[tuple[Route, T]]) -> None:
        entries = [(path, route, target) for route, target in routes for path in route.paths]
        _refuse_doubles("routes", [route.key_at(path) for path, route, _ in entries])
        entries.sort(key=lambda entry: _specificity(entry[0], entry[1].method))
        self._entries = [(_pattern(path), route.key_at(path), route, target) for path, route, target in entries]

    def match(self, method: str, path: str) -> Match[T] | None:
        """The most specific route for a percent-decoded path; None when there is not even a `$default`."""
        for pattern, key, route, target in self._entries:
            found = pattern.fullmatch(path)
            if found and route.method in {method, "ANY"}:
                return Match(route, key, target, found.groupdict())
        return None


class Origin(Generic[T]):
    """Several surfaces on one origin: the longest root that a path lies under, in whole segments, tells whose it is.

    A surface is a pair of its roots and its router. Raises ValueError when two surfaces have the same root.
    """

    def __init__(self, surfaces: Iterable[tuple[Iterable[str], Router[T]]]) -> None:
        claims = [(root, router) for roots, router in surfaces for root in roots]
        _refuse_doubles("roots", [root for root, _ in claims])
        self._routers = dict(sorted(claims, key=lambda claim: len(claim[0]), reverse=True))

    @property
    def roots(self) -> list[str]:
        """The roots of all surfaces."""
        return sorted(self._routers)

    def match(self, method: str, path: str) -> Match[T] | None:
        """The route of the surface that a percent-decoded path belongs to; None when it belongs to none."""
        claiming = (router for root, router in self._routers.items() if _lies_under(root, path))
        router = next(claiming, None)
        return router.match(method, path) if router else None


def _lies_under(root: str, path: str) -> bool:
    return path == root or path.startswith(f"{root.rstrip('/')}/")


def _refuse_doubles(what: str, names: list[str]) -> None:
    doubles = {name for name in names if names.count(name) > 1}
    if doubles:
        raise ValueError(f"{what} registered twice: {sorted(doubles)}")


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


def _specificity(path: str, method: str) -> tuple[object, ...]:
    """Sorts first what API Gateway prefers: literal segments, then variables, then greedy ones, then `$default`."""
    segments = tuple(_segment_rank(segment) for segment in path.split("/"))
    return path == DEFAULT, segments, method == "ANY"


def _segment_rank(segment: str) -> int:
    variable = _VARIABLE.fullmatch(segment)
    if variable is None:
        return 0
    return 2 if variable[2] else 1
