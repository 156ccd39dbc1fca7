"""The surfaces: every package of `functions` with a route table."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from infra.paths import FUNCTIONS
from sluiceway.http.routes import Route


@dataclass(frozen=True, slots=True)
class RouteTable:
    """What a surface's `_routes.py` says: the path prefixes that are its own, in whole segments, and its routes."""

    surface: str
    roots: tuple[str, ...]
    routes: tuple[Route, ...]


def surface_names(functions: Path = FUNCTIONS) -> list[str]:
    """Names of the surfaces, which are their packages' names."""
    return sorted(table.parent.name for table in functions.glob("*/_routes.py"))


def read_route_table(surface: str) -> RouteTable:
    """Import the route table of a surface; whatever its module raises comes through."""
    module = importlib.import_module(f"{surface}._routes")
    return RouteTable(surface, module.ROOTS, module.ROUTES)


def route_tables() -> list[RouteTable]:
    """Every surface's route table."""
    return [read_route_table(surface) for surface in surface_names()]
