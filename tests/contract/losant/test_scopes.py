"""The scopes that permit a call are those that the genuine client documents for it (contract 1.3)."""

from __future__ import annotations

import re
import subprocess

import pytest

from losant._routes import ROUTES
from sluiceway.domain.application_token import Effect, permits
from sluiceway.http.routes import Route
from tests.contract.losant.clients import OF_PYTHON
from tests.support.genuine import python_with, require_package

pytestmark = pytest.mark.genuine

SCOPED = [route for route in ROUTES if route.scopes]
OURS = {"deployments.get_deployment": {"edgeDeployments.get"}}
"""Scopes of one family that the contract takes for another too, as tokens can be given that one only."""
OF_NOBODY_HERE = ("all.Application.cli", "all.User.cli", "only.Organization", "all.Device")
"""Scopes of callers that there are none of, each with all that goes on behind it; devices have calls of their own."""
_PRINT_SOURCE = """
import losant_rest, pathlib
for module in pathlib.Path(losant_rest.__path__[0]).glob("*.py"):
    print(module.read_text())
"""
_CALL = re.compile(
    r"at least one of the following scopes:\n(?P<scopes>.+?)\n\n"
    r'.+?path = "(?P<path>.+?)".+?\.request\("(?P<method>[A-Z]+)"',
    re.DOTALL,
)
_SCOPE = re.compile(r"\w+\.(?:\w+\.)*(?:\w+|\*)")


@pytest.fixture(scope="module", name="documented")
def _documented() -> dict[str, list[str]]:
    """What the client documents, by method and path."""
    require_package(OF_PYTHON, "losant_rest")
    command = [*python_with(OF_PYTHON), "-c", _PRINT_SOURCE]
    source = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return {f"{call['method']} {call['path']}": _SCOPE.findall(call["scopes"]) for call in _CALL.finditer(source)}


@pytest.mark.parametrize("route", SCOPED, ids=lambda route: route.key)
def test_every_scope_that_the_client_documents_for_a_call_permits_it(
    route: Route, documented: dict[str, list[str]]
) -> None:
    effect = Effect.READ if route.method == "GET" else Effect.WRITE
    scopes = [each for each in documented[route.key] if not each.startswith(OF_NOBODY_HERE)]
    assert [scope for scope in scopes if not permits(frozenset({scope}), effect, route.scopes)] == []
    assert set(route.scopes) - set(scopes) == OURS.get(route.module, set())
