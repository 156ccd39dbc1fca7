"""How the routes of a surface spread over stacks: one for each service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sluiceway.http.routes import DEFAULT, Route

RESOURCES_PER_FUNCTION = 7
"""Function, role, policy, log group and integration; room for a version and an alias."""

RESOURCES_PER_PATH = 2
"""Route and permission."""

RESOURCES_PER_STACK = 405
"""45 routes with one path each. CloudFormation takes 500; the rest is for layers and for what grows."""


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
    if [route.key for route in outside] != [DEFAULT]:
        raise UnevenRoutes(f"Only $default may lie outside of a service's folder, and it must: {outside}.")
    for service, members in services.items():
        needed = sum(resources_of(route) for route in members)
        if needed > RESOURCES_PER_STACK:
            raise UnevenRoutes(
                f"The {len(members)} routes of {service} need {needed} resources, and a stack takes "
                f"{RESOURCES_PER_STACK}: give some of its modules a folder of their own."
            )
    return SurfaceRoutes(outside[0], services)


def resources_of(route: Route) -> int:
    """How many resources a route may come to have."""
    return RESOURCES_PER_FUNCTION + RESOURCES_PER_PATH * len(route.paths)
