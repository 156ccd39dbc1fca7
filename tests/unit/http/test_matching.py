"""Routes are chosen as HTTP APIs choose them."""

from __future__ import annotations

import pytest

from sluiceway.http.matching import find, matches_of
from sluiceway.http.routes import DEFAULT, Caller, Route

ROUTES = tuple(
    Route(method, path, module, Caller.ANYONE)
    for method, path, module in [
        ("GET", "/d/{id}", "get"),
        ("DELETE", "/d/{id}", "delete"),
        ("GET", "/d/{id}/log", "log"),
        ("GET", "/d/group/log", "group_log"),
        ("GET", "/d/{id}/{part}", "part"),
        ("ANY", DEFAULT, "default"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "module", "parameters"),
    [
        ("GET", "/d/1", "get", {"id": "1"}),
        ("DELETE", "/d/a b", "delete", {"id": "a b"}),
        ("GET", "/d/1/log", "log", {"id": "1"}),
        ("GET", "/d/group/log", "group_log", {}),
        ("GET", "/d/1/x", "part", {"id": "1", "part": "x"}),
        ("HEAD", "/d/1", "default", {}),
        ("GET", "/d/1/", "default", {}),
        ("GET", "/d/", "default", {}),
        ("GET", "/D/1", "default", {}),
        ("GET", "/d/1/log/2", "default", {}),
        ("GET", "", "default", {}),
    ],
)
def test_the_most_specific_route_takes_a_request(
    method: str, path: str, module: str, parameters: dict[str, str]
) -> None:
    match = find(ROUTES, method, path)
    assert match is not None
    assert (match.route.module, match.parameters) == (module, parameters)


def test_without_a_default_route_nothing_takes_the_rest() -> None:
    assert find(ROUTES[:-1], "GET", "/x") is None


def test_a_path_is_known_with_all_its_methods() -> None:
    assert [match.route.method for match in matches_of(ROUTES, "/d/1")] == ["GET", "DELETE"]
    assert matches_of(ROUTES, "/x") == []
    assert matches_of(ROUTES, DEFAULT) == []
