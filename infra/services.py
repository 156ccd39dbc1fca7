"""How the routes of a surface spread over stacks: one for each service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sluiceway.http.routes import Route

ROUTES_PER_STACK = 45
"""A route is 7 resources, 9 with a version and an alias, and a stack holds 500."""


class UnevenRoutes(Exception):
    """The routes do not fit the stacks; the text says what to move."""


@dataclass(frozen=True, slots=True)
class SurfaceRoutes:
    """The `$default` route, which belongs to no service, and the routes of each service by its folder's name."""

    default: Route
    services: Mapping[str, list[Route]]


def by_service(routes: Iterable[Route]) -> SurfaceRoutes:
    """Group the routes by the folder of their module. Raises UnevenRoutes."""
    services: dict[str, list[Route]] = {}
    for route in routes:
        services.setdefault(route.module.rpartition(".")[0], []).append(route)
    outside = services.pop("", [])
    if [route.key for route in outside] != ["$default"]:
        raise UnevenRoutes(f"Only $default may lie outside of a service's folder, and it must: {outside}.")
    for service, members in services.items():
        if len(members) > ROUTES_PER_STACK:
            raise UnevenRoutes(
                f"{service} has {len(members)} routes, and a stack takes {ROUTES_PER_STACK}: give some of its modules "
                "a folder of their own."
            )
    return SurfaceRoutes(outside[0], services)
