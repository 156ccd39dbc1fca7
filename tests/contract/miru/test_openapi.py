"""The OpenAPI document of each version says what the handlers answer in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from miru._operations import operations
from miru._routes import ROUTES
from miru._versions import Version
from tests.contract.openapi_checks import check_described
from tests.contract.stage import Stage, staged
from tests.handlers.test_event_samples import sample_of

ROUTE_OF = {route.module: route for route in ROUTES}
CASES = [(version, module) for version in Version for module in sorted(operations(version))]


@pytest.fixture(scope="module", name="stage")
def _stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


def path_of(version: Version) -> str:
    return f"/docs/miru/openapi-{version.value}.json"


OTHER_BODY = "deployments.create_deployment"
"""Its sample has the body of the newest version; answers to the others' are shown where it is called with them."""
SAMPLED = [(version, module) for version, module in CASES if version.is_tetons or module != OTHER_BODY]


@pytest.mark.parametrize(("version", "module"), SAMPLED, ids=lambda each: getattr(each, "value", each))
def test_a_success_has_the_described_members_and_no_others(version: Version, module: str, stage: Stage) -> None:
    document: dict[str, Any] = stage.seeds.app.call("GET", path_of(version)).json()
    event = sample_of("miru", module, stage.seeds)["event"]
    query = event["rawQueryString"] if version.is_tetons else ""
    spoken = {**event, "rawQueryString": query, "headers": {**event["headers"], "miru-version": version.value}}
    answer = stage.seeds.app.invoke(f"miru.{module}", spoken)
    stage.renew()
    assert answer.status == 200
    check_described(answer, document, ROUTE_OF[module])
