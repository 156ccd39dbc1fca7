"""Which routes a path has, for the answer to a method that none of them takes. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable

from sluiceway.http.routes import DEFAULT, Route


def routes_at(routes: Iterable[Route], path: str) -> list[Route]:
    """Every route with this percent-decoded path, whatever its method; never `$default`."""
    return [route for route in routes if route.path != DEFAULT and any(_fits(each, path) for each in route.paths)]


def _fits(pattern: str, path: str) -> bool:
    """Compare segment by segment, as HTTP APIs do: a parameter takes one segment, which is not empty."""
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return False
    return all(
        segment != "" if name.startswith("{") else segment == name for name, segment in zip(wanted, given, strict=True)
    )
