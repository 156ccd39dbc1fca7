"""One public module is one function, and nothing else is public."""

from __future__ import annotations

import importlib
import re

import pytest

from infra.surfaces import RouteTable, route_tables
from sluiceway.http.routes import DEFAULT
from tests.support.app import ORIGIN
from tests.unit.structure.sources import public_modules
from workflow._tasks import TASKS

TABLES = route_tables()
of_every_surface = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.surface)


@of_every_surface
def test_the_modules_of_a_surface_are_those_of_its_routes(table: RouteTable) -> None:
    assert public_modules(table.surface) == {route.module for route in table.routes}


def test_the_modules_of_the_workflows_are_those_of_its_tasks() -> None:
    assert public_modules("workflow") == {task.module for task in TASKS}


@of_every_surface
def test_every_route_is_served_once_by_a_module_of_its_own(table: RouteTable) -> None:
    keys = [route.key_at(path) for route in table.routes for path in route.paths]
    modules = [route.module for route in table.routes]
    assert sorted(set(keys)) == sorted(keys)
    assert sorted(set(modules)) == sorted(modules)


@of_every_surface
def test_the_paths_of_a_route_have_the_same_parameters(table: RouteTable) -> None:
    for route in table.routes:
        assert len({tuple(re.findall(r"\{.+?\}", path)) for path in route.paths}) == 1, route.key


@of_every_surface
def test_every_path_of_a_surface_is_its_own_on_the_origin_that_all_share(table: RouteTable) -> None:
    for route in table.routes:
        for path in route.paths:
            match = ORIGIN.match(route.method, path)
            assert path == DEFAULT or (match and match.target == f"{table.surface}.{route.module}"), path


def test_no_two_surfaces_have_a_path_in_common() -> None:
    paths = [path for table in TABLES for path in {path for route in table.routes for path in route.paths} - {DEFAULT}]
    assert sorted(set(paths)) == sorted(paths)


@of_every_surface
def test_what_a_surface_does_not_route_is_for_its_own_default(table: RouteTable) -> None:
    (default,) = (route for route in table.routes if route.path == DEFAULT)
    for root in table.roots:
        match = ORIGIN.match("PROPFIND", f"{root}/nothing/here")
        assert match is not None
        assert match.target == f"{table.surface}.{default.module}"


@pytest.mark.parametrize(
    "module",
    [
        *(f"{table.surface}.{route.module}" for table in TABLES for route in table.routes),
        *(f"workflow.{task.module}" for task in TASKS),
    ],
)
def test_every_module_has_a_handler_for_the_caller_its_route_names(module: str) -> None:
    assert callable(importlib.import_module(module).handler)
