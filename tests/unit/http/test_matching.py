"""A path is known by its segments, with all its methods."""

from __future__ import annotations

import pytest

from sluiceway.http.matching import routes_at
from sluiceway.http.routes import DEFAULT, Caller, Route

ROUTES = tuple(
    Route(method, path, module, Caller.ANYONE)
    for method, path, module in [
        ("GET", "/d/{id}", "get"),
        ("DELETE", "/d/{id}", "delete"),
        ("GET", "/d/{id}/log", "log"),
        ("PUT", "/d/group/{name}", "group"),
        ("ANY", DEFAULT, "default"),
    ]
)


@pytest.mark.parametrize(
    ("path", "modules"),
    [
        ("/d/1", ["get", "delete"]),
        ("/d/a b", ["get", "delete"]),
        ("/d/1/log", ["log"]),
        ("/d/group/x", ["group"]),
        ("/d/group/log", ["log", "group"]),
        ("/d/1/", []),
        ("/d/", []),
        ("/D/1", []),
        ("/d/1/log/2", []),
        ("/d//log", []),
        ("", []),
        (DEFAULT, []),
    ],
)
def test_a_path_has_the_routes_that_fit_segment_by_segment(path: str, modules: list[str]) -> None:
    assert [route.module for route in routes_at(ROUTES, path)] == modules


def test_a_route_is_at_each_of_its_paths() -> None:
    everywhere = Route("GET", "/beta/things/{id}", "get", Caller.ANYONE, aliases=("/v1/things/{id}",))
    assert routes_at([everywhere], "/beta/things/1") == routes_at([everywhere], "/v1/things/1") == [everywhere]
    assert routes_at([everywhere], "/v2/things/1") == []
    assert [everywhere.key_at(path) for path in everywhere.paths] == ["GET /beta/things/{id}", "GET /v1/things/{id}"]
