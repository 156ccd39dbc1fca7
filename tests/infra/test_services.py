"""Routes spread over stacks by the folder of their module."""

from dataclasses import replace

import pytest

from infra.services import UnevenRoutes, by_service
from sluiceway.http.routes import Caller, Route

DEFAULT = Route("ANY", "$default", "answer_unrouted", Caller.ANYONE)


def route(module: str) -> Route:
    return Route("GET", f"/{module}", module, Caller.USER)


def test_routes_are_grouped_by_the_folder_of_their_module() -> None:
    routes = [route("a.one"), route("b.two"), DEFAULT, route("a.three")]
    grouped = by_service(routes)
    assert grouped.default is DEFAULT
    assert grouped.services == {"a": [routes[0], routes[3]], "b": [routes[1]]}


@pytest.mark.parametrize(("aliases", "most"), [((), 45), (("/v1/{name}",), 36)])
def test_a_stack_takes_so_many_routes_and_not_one_more(aliases: tuple[str, ...], most: int) -> None:
    routes = [replace(route(f"a.get_{number}"), aliases=aliases) for number in range(most)]
    assert len(by_service([*routes, DEFAULT]).services["a"]) == most
    with pytest.raises(UnevenRoutes, match=rf"The {most + 1} routes of a need \d+ resources, and a stack takes 405"):
        by_service([*routes, replace(route("a.one_more"), aliases=aliases), DEFAULT])


@pytest.mark.parametrize("routes", [[], [route("a.one")], [DEFAULT, route("outside")]])
def test_only_the_default_route_lies_outside_of_a_service(routes: list[Route]) -> None:
    with pytest.raises(UnevenRoutes, match=r"Only \$default"):
        by_service(routes)
