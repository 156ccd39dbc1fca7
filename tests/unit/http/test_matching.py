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
