"""The OpenAPI document says what the handlers do: schemathesis calls every operation, right and wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import from_schema
from schemathesis.schemas import BaseSchema

from infra.local.gateway import Gateway
from infra.local.routing import Origin, Router
from native._routes import ROOTS, ROUTES
from sluiceway.http.routes import DEFAULT
from tests.contract.openapi_checks import check_described, config_of, faults, recorders
from tests.contract.stage import Stage, staged
from tests.handlers.test_event_samples import sample_of
from tests.support.app import handler_of

DOCUMENT_PATH = "/docs/native/openapi.json"
GATEWAY = Gateway(Origin([(ROOTS, Router((route, handler_of(f"native.{route.module}")) for route in ROUTES))]))
DOCUMENTED = {route.module: route for route in ROUTES if route.path != DEFAULT}
REFUSALS_BY_STATE = ["2xx", "404", "409"]
"""What a good request may meet: never 401, since the key is good and has all rights."""
EXCLUDED_CHECKS = {
    "deployments.change_plan": {"positive_data_acceptance"},
    "deployments.create_deployment": {"positive_data_acceptance"},
    "deployments.make_dry_run": {"positive_data_acceptance"},
}
"""The parts of a plan have to fit together, and groups, filters and releases have to exist, which no schema says."""
REFUSALS_OF_INPUT = ["400", "401", "404", "405"]


@pytest.fixture(scope="module", name="stage")
def _stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


def schema_of(module: str, stage: Stage) -> BaseSchema:
    """One operation of the served document, called with a key that has all rights."""
    excluded = EXCLUDED_CHECKS.get(module, ())
    config = config_of(by_state=REFUSALS_BY_STATE, of_input=REFUSALS_OF_INPUT, excluded=excluded)
    schema = schemathesis.openapi.from_asgi(DOCUMENT_PATH, GATEWAY, config=config)

    @schema.auth()
    class Credentials:
        def get(self, _case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str | None:
            return stage.credentials(context.operation.definition.raw["security"])

        def set(self, case: schemathesis.Case[Any], data: str, _context: schemathesis.AuthContext) -> None:
            case.headers["Authorization"] = data

    @schema.hook
    def after_call(
        _context: schemathesis.HookContext, case: schemathesis.Case[Any], answer: schemathesis.Response
    ) -> None:
        if case.method != "GET" and answer.status_code < 400:
            stage.renew()

    return schema.include(operation_id=module)


@pytest.mark.parametrize("module", sorted(DOCUMENTED))
def test_an_operation_does_what_its_description_says(module: str, stage: Stage) -> None:
    recorded = list(recorders(from_schema(schema_of(module, stage)).execute()))
    assert any(recorder.checks for recorder in recorded)
    assert "\n\n".join(fault for recorder in recorded for fault in faults(recorder)) == ""


@pytest.mark.parametrize("module", sorted(DOCUMENTED))
def test_a_success_has_the_described_members_and_no_others(module: str, stage: Stage) -> None:
    document: dict[str, Any] = stage.seeds.app.call("GET", DOCUMENT_PATH).json()
    answer = stage.seeds.app.invoke(f"native.{module}", sample_of("native", module, stage.seeds)["event"])
    stage.renew()
    check_described(answer, document, DOCUMENTED[module])
