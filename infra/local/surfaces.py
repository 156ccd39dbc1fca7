"""The surfaces that the gateway serves: every package of `functions` with a route table, and its handlers."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from infra.local.errors import LocalCloudError
from infra.local.gateway import Handler
from sluiceway.http.routes import Route

_FUNCTIONS = Path(__file__).parents[2] / "functions"


def surfaces() -> list[str]:
    """Names of the surfaces, which are their packages' names."""
    return sorted(table.parent.name for table in _FUNCTIONS.glob("*/_routes.py"))


def handlers() -> list[tuple[Route, Handler]]:
    """Every route with its handler. Raises LocalCloudError when a module does not import or has no handler."""
    return [(route, _handler(surface, route)) for surface in surfaces() for route in _routes(surface)]


def _routes(surface: str) -> Iterator[Route]:
    yield from _module(f"{surface}._routes").ROUTES


def _handler(surface: str, route: Route) -> Handler:
    name = f"{surface}.{route.module}"
    try:
        handler: Handler = _module(name).handler
    except AttributeError as error:
        raise LocalCloudError(f"The module {name} of {route.key} has no function `handler`.") from error
    return handler


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:  # a module may fail with anything while it is loaded
        what = str(error).partition("\n")[0]
        raise LocalCloudError(f"The module {name} does not load ({type(error).__name__}: {what}).") from error
