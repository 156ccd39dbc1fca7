"""One public module is one function, and nothing else is public."""

from __future__ import annotations

import importlib

import pytest

from mender._routes import ROUTES
from tests.unit.structure.sources import public_modules
from workflow._tasks import TASKS


def test_the_modules_of_the_mender_surface_are_those_of_its_routes() -> None:
    assert public_modules("mender") == {route.module for route in ROUTES}


def test_the_modules_of_the_workflows_are_those_of_its_tasks() -> None:
    assert public_modules("workflow") == {task.module for task in TASKS}


def test_every_route_is_served_once_by_a_module_of_its_own() -> None:
    keys = [route.key for route in ROUTES]
    modules = [route.module for route in ROUTES]
    assert sorted(set(keys)) == sorted(keys)
    assert sorted(set(modules)) == sorted(modules)


@pytest.mark.parametrize(
    "module", [*(f"mender.{route.module}" for route in ROUTES), *(f"workflow.{task.module}" for task in TASKS)]
)
def test_every_module_has_a_handler_for_the_caller_its_route_names(module: str) -> None:
    assert callable(importlib.import_module(module).handler)
