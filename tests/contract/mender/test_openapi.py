"""The OpenAPI document says what the handlers do: schemathesis calls every operation, right and wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.engine import from_schema
from schemathesis.schemas import BaseSchema

from tests.contract.mender.documented import DOCUMENT_PATH, DOCUMENTED, GATEWAY, sample_event
from tests.contract.mender.openapi_exclusions import (
    EXCLUDED_CHECKS,
    REFUSALS_BY_STATE,
    REFUSALS_OF_INPUT,
    excluded_checks,
    has_plain_numbers,
)
from tests.contract.openapi_checks import check_described, config_of, faults, recorders
from tests.contract.stage import Stage, staged

ENDS_AN_UPDATE = 409
"""What a device meets that asks again and says something else of itself: a refusal that changes things."""


@pytest.fixture(scope="module", name="stage")
def _stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


def schema_of(module: str, stage: Stage) -> BaseSchema:
    """One operation of the served document, called with the credentials that it asks for."""
    config = config_of(by_state=REFUSALS_BY_STATE, of_input=REFUSALS_OF_INPUT, excluded=excluded_checks(module))
    schema = schemathesis.openapi.from_asgi(DOCUMENT_PATH, GATEWAY, config=config)

    @schema.auth()
    class Credentials:
        def get(self, _case: schemathesis.Case[Any], context: schemathesis.AuthContext) -> str | None:
            return stage.credentials(context.operation.definition.raw["security"])

        def set(self, case: schemathesis.Case[Any], data: str, _context: schemathesis.AuthContext) -> None:
            case.headers["Authorization"] = data

    @schema.hook
    def filter_body(_context: schemathesis.HookContext, body: object) -> bool:
        return has_plain_numbers(body)

    @schema.hook
    def after_call(
        _context: schemathesis.HookContext, case: schemathesis.Case[Any], answer: schemathesis.Response
    ) -> None:
        if (case.method != "GET" and answer.status_code < 400) or answer.status_code == ENDS_AN_UPDATE:
            stage.renew()

    return schema.include(operation_id=module)


@pytest.mark.parametrize("module", sorted(DOCUMENTED))
def test_an_operation_does_what_its_description_says(module: str, stage: Stage) -> None:
    recorded = list(recorders(from_schema(schema_of(module, stage)).execute()))
    assert any(recorder.checks for recorder in recorded)
    assert "\n\n".join(fault for recorder in recorded for fault in faults(recorder)) == ""


@pytest.fixture(scope="module", name="document")
def _document(stage: Stage) -> dict[str, Any]:
    """The served document."""
    answer = stage.seeds.app.call("GET", DOCUMENT_PATH)
    document: dict[str, Any] = answer.json()
    return document


@pytest.mark.parametrize("module", sorted(DOCUMENTED))
def test_a_success_has_the_described_members_and_no_others(module: str, stage: Stage, document: dict[str, Any]) -> None:
    route = DOCUMENTED[module]
    answer = stage.seeds.app.invoke(f"mender.{route.module}", sample_event(route, stage.seeds))
    stage.renew()
    check_described(answer, document, route)


def test_every_excluded_check_is_one_of_an_operation() -> None:
    load_all_checks()
    checks = {*CHECKS.get_all_names()}
    assert {module for module, _ in EXCLUDED_CHECKS} <= set(DOCUMENTED)
    assert {check for _, check in EXCLUDED_CHECKS} <= checks
    assert all(EXCLUDED_CHECKS.values())
