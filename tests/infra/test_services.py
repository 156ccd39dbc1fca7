"""Routes spread over stacks by the folder of their module."""

import pytest

from infra.services import ROUTES_PER_STACK, UnevenRoutes, by_service
from sluiceway.http.routes import Caller, Route

DEFAULT = Route("ANY", "$default", "answer_unrouted", Caller.ANYONE)


def route(module: str) -> Route:
    return Route("GET", f"/{module}", module, Caller.USER)


def test_routes_are_grouped_by_the_folder_of_their_module() -> None:
    routes = [route("a.one"), route("b.two"), DEFAULT, route("a.three")]
    grouped = by_service(routes)
    assert grouped.default is DEFAULT
    assert grouped.services == {"a": [routes[0], routes[3]], "b": [routes[1]]}


def test_a_stack_takes_so_many_routes_and_not_one_more() -> None:
    routes = [route(f"a.get_{number}") for number in range(ROUTES_PER_STACK)]
    assert len(by_service([*routes, DEFAULT]).services["a"]) == ROUTES_PER_STACK
    with pytest.raises(UnevenRoutes, match=r"a has 46 routes, and a stack takes 45"):
        by_service([*routes, route("a.one_more"), DEFAULT])


@pytest.mark.parametrize("routes", [[], [route("a.one")], [DEFAULT, route("outside")]])
def test_only_the_default_route_lies_outside_of_a_service(routes: list[Route]) -> None:
    with pytest.raises(UnevenRoutes, match=r"Only \$default"):
        by_service(routes)
