from __future__ import annotations

import pytest

from infra.local.routing import Origin, Router
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


def test_two_functions_cannot_claim_the_same_route() -> None:
    with pytest.raises(ValueError, match="registered twice: \\['GET /a'\\]"):
        Router([(ROUTES[0], 1), (ROUTES[0], 2)])


def test_a_route_is_at_each_of_its_paths_under_the_key_of_that_path() -> None:
    route = Route("GET", "/beta/a/{id}", "get", Caller.ANYONE, aliases=("/v1/a/{id}",))
    router = Router([(route, None)])
    for path, key in (("/beta/a/1", "GET /beta/a/{id}"), ("/v1/a/1", "GET /v1/a/{id}")):
        match = router.match("GET", path)
        assert match is not None
        assert (match.route, match.key, match.parameters) == (route, key, {"id": "1"})


def test_two_paths_of_functions_cannot_be_the_same() -> None:
    alias = Route("GET", "/b", "other", Caller.ANYONE, aliases=("/a",))
    with pytest.raises(ValueError, match="registered twice: \\['GET /a'\\]"):
        Router([(ROUTES[0], 1), (alias, 2)])


def surface(name: str) -> Router[str]:
    """One that takes everything that it is given."""
    return Router([(Route("ANY", "$default", "unrouted", Caller.ANYONE), name)])


ORIGIN = Origin([(["/api/v1", "/docs/a"], surface("a")), (["/api", "/docs/b"], surface("b"))])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1", "a"),
        ("/api/v1/", "a"),
        ("/api/v1/things", "a"),
        ("/api/v10", "b"),
        ("/api/v2/things", "b"),
        ("/api", "b"),
        ("/docs/a", "a"),
        ("/docs/b/openapi.json", "b"),
        ("/docs", None),
        ("/apis", None),
        ("/API/v1", None),
        ("/", None),
    ],
)
def test_the_longest_root_that_a_path_lies_under_tells_whose_it_is(path: str, name: str | None) -> None:
    match = ORIGIN.match("GET", path)
    assert (match.target if match else None) == name


def test_two_surfaces_cannot_claim_the_same_root() -> None:
    with pytest.raises(ValueError, match="roots registered twice: \\['/api'\\]"):
        Origin([(["/api"], surface("a")), (["/api"], surface("b"))])
