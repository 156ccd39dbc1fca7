"""The surfaces that the gateway serves, with their handlers."""

from __future__ import annotations

import importlib
from types import ModuleType

from infra.local.errors import LocalCloudError
from infra.local.gateway import Handler
from infra.local.routing import Origin, Router
from infra.surfaces import RouteTable, read_route_table, surface_names
from sluiceway.http.routes import Route


def local_origin() -> Origin[Handler]:
    """Every surface on one origin. Raises LocalCloudError when a module does not import or has no handler."""
    return Origin((table.roots, _router(table)) for table in map(_route_table, surface_names()))


def _route_table(surface: str) -> RouteTable:
    _module(f"{surface}._routes")
    return read_route_table(surface)


def _router(table: RouteTable) -> Router[Handler]:
    return Router((route, _handler(table.surface, route)) for route in table.routes)


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
