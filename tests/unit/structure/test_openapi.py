"""Every route is described, and no handler pays for the descriptions but the two that serve them."""

from __future__ import annotations

import ast
import importlib

import pytest

from infra.surfaces import RouteTable, route_tables
from sluiceway.http.routes import DEFAULT, Route
from tests.unit.structure.sources import FUNCTIONS, tree_of

TABLES = route_tables()
DOCUMENTED = [(table.surface, route) for table in TABLES for route in table.routes if route.path != DEFAULT]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.surface)
def test_every_route_has_a_description_in_the_operations_of_its_service_and_no_other_has(table: RouteTable) -> None:
    described = importlib.import_module(f"{table.surface}._operations").OPERATIONS
    assert set(described) == {route.module for surface, route in DOCUMENTED if surface == table.surface}


@pytest.mark.parametrize(("surface", "route"), DOCUMENTED, ids=lambda value: getattr(value, "module", value))
def test_only_the_documents_own_handlers_import_the_descriptions(surface: str, route: Route) -> None:
    tree = tree_of(FUNCTIONS / surface / f"{route.module.replace('.', '/')}.py")
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    describing = {name for name in imported if "_operations" in name or name.startswith("sluiceway.http.openapi")}
    assert bool(describing) == route.module.startswith("docs.")
