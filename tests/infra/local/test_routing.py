from __future__ import annotations

import pytest

from infra.local.routing import Router
from sluiceway.http.routes import Caller, Route

ROUTES = [
    Route(method, path, module, Caller.ANYONE)
    for method, path, module in [
        ("GET", "/a", "list"),
        ("GET", "/a/{id}", "get"),
        ("ANY", "/a/{id}", "any"),
        ("GET", "/a/special", "special"),
        ("GET", "/a/{id}/log", "log"),
        ("GET", "/a/special/{name}", "named"),
        ("GET", "/files/{rest+}", "files"),
        ("GET", "/files/{name}", "file"),
        ("ANY", "$default", "unrouted"),
    ]
]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("method", "path", "module", "parameters"),
    [
        ("GET", "/a", "list", {}),
        ("GET", "/a/1", "get", {"id": "1"}),
        ("PUT", "/a/1", "any", {"id": "1"}),
        ("GET", "/a/special", "special", {}),
        ("PUT", "/a/special", "any", {"id": "special"}),
        ("GET", "/a/special/log", "named", {"name": "log"}),
        ("GET", "/a/1/log", "log", {"id": "1"}),
        ("GET", "/files/x", "file", {"name": "x"}),
        ("GET", "/files/x/y z", "files", {"rest": "x/y z"}),
        ("GET", "/a/", "unrouted", {}),
        ("GET", "/a/1/", "unrouted", {}),
        ("POST", "/a", "unrouted", {}),
        ("HEAD", "/a", "unrouted", {}),
        ("GET", "/", "unrouted", {}),
        ("GET", "/a\n", "unrouted", {}),
    ],
)
def test_the_most_specific_route_wins_in_whatever_order_they_come(
    method: str, path: str, module: str, parameters: dict[str, str], order: int
) -> None:
    match = Router((route, route.module) for route in ROUTES[::order]).match(method, path)

    assert match is not None
    assert (match.target, match.parameters) == (module, parameters)


def test_without_a_default_route_nothing_matches() -> None:
    assert Router((route, None) for route in ROUTES if route.path != "$default").match("GET", "/nowhere") is None


def test_two_surfaces_cannot_claim_the_same_route() -> None:
    with pytest.raises(ValueError, match="registered twice: \\['GET /a'\\]"):
        Router([(ROUTES[0], 1), (ROUTES[0], 2)])
