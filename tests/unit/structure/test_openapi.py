"""Every route is described, and no handler pays for the descriptions but the two that serve them."""

from __future__ import annotations

import ast

import pytest

from mender._operations import OPERATIONS
from mender._routes import ROUTES
from sluiceway.http.routes import DEFAULT, Route
from tests.unit.structure.sources import FUNCTIONS, tree_of

DOCUMENTED = [route for route in ROUTES if route.path != DEFAULT]


def test_every_route_has_a_description_in_the_operations_of_its_service_and_no_other_has() -> None:
    assert set(OPERATIONS) == {route.module for route in DOCUMENTED}


@pytest.mark.parametrize("route", DOCUMENTED, ids=lambda route: route.module)
def test_only_the_documents_own_handlers_import_the_descriptions(route: Route) -> None:
    tree = tree_of(FUNCTIONS / "mender" / f"{route.module.replace('.', '/')}.py")
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    describing = {name for name in imported if "_operations" in name or name.startswith("sluiceway.http.openapi")}
    assert bool(describing) == route.module.startswith("docs.")
