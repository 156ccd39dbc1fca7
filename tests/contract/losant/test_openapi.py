"""The OpenAPI document says what the handlers do: schemathesis calls every operation, right and wrong.

Left out of its checks, with the reason:

- `unsupported_method`: OPTIONS is answered on every path, as browsers need it (losant contract 1.5).
- `negative_data_rejection` of the operations that refuse everybody: they look at no input.
- Paths with other ids than those of the sample: what is no id, or nobody's, is 404 (contract 1.4), as other tests show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import from_schema
from schemathesis.schemas import BaseSchema

from infra.local.gateway import Gateway
from infra.local.routing import Origin, Router
from losant._routes import ROOTS, ROUTES
from sluiceway.http.routes import DEFAULT, Body
from tests.contract.openapi_checks import (
    ANY_HEADER,
    check_described,
    config_of,
    faults,
    recorders,
    show_example,
    status_of,
)
from tests.contract.stage import Stage, staged
from tests.handlers.test_event_samples import sample_of
from tests.support.app import handler_of

DOCUMENT_PATH = "/docs/losant/openapi.json"
GATEWAY = Gateway(Origin([(ROOTS, Router((route, handler_of(f"losant.{route.module}")) for route in ROUTES))]))
DOCUMENTED = {route.module: route for route in ROUTES if route.path != DEFAULT}
REFUSED = {"applications.create_application", "auth.log_in_user"}
REFUSALS_BY_STATE = ["2xx", "304", "400", "401", "403", "404"]
"""What a good request may meet: 400 for what a schema cannot say, as that a version exists; 401 of a login."""
REFUSALS_OF_INPUT = ["400", "401", "403", "405"]
EXCLUDED = ("unsupported_method",)


@pytest.fixture(scope="module", name="stage")
def _stage() -> Iterator[Stage]:
    with staged(attrgetter("workflows")) as stage:
        yield stage


def schema_of(module: str, stage: Stage) -> BaseSchema:
    """One operation of the served document, called as its sample is, and with one thing or another changed in that."""
    document: dict[str, Any] = stage.seeds.app.call("GET", DOCUMENT_PATH).json()
    event = sample_of("losant", module, stage.seeds)["event"]
    own_ids = event.get("pathParameters", {})
    show_example(document, DOCUMENTED[module], event, json.loads(event["body"]) if event.get("body") else None)
    excluded = (*EXCLUDED, "negative_data_rejection") if module in REFUSED else EXCLUDED
    config = config_of(by_state=REFUSALS_BY_STATE, of_input=REFUSALS_OF_INPUT, excluded=excluded)
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = GATEWAY

    @schema.auth()
    class Credentials:
        def get(self, _case: schemathesis.Case[Any], _context: schemathesis.AuthContext) -> str | None:
            token: str | None = event["headers"].get("authorization")
            return token

        def set(self, case: schemathesis.Case[Any], data: str, _context: schemathesis.AuthContext) -> None:
            case.headers["Authorization"] = data

    @schema.hook
    def map_path_parameters(
        _context: schemathesis.HookContext, parameters: dict[str, object] | None
    ) -> dict[str, object] | None:
        return {name: own_ids[name] if is_id(given) else given for name, given in (parameters or {}).items()}

    @schema.hook
    def filter_case(_context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
        return ANY_HEADER not in case.headers and dict(case.path_parameters or {}) == own_ids

    @schema.hook
    def after_call(
        _context: schemathesis.HookContext, case: schemathesis.Case[Any], answer: schemathesis.Response
    ) -> None:
        if case.method != "GET" and answer.status_code < 400:
            stage.renew()

    return schema.include(operation_id=module)


def is_id(given: object) -> bool:
    return bool(re.fullmatch("[A-Fa-f0-9]{24}", str(given)))


@pytest.mark.parametrize("module", sorted(DOCUMENTED))
def test_an_operation_does_what_its_description_says(module: str, stage: Stage) -> None:
    recorded = list(recorders(from_schema(schema_of(module, stage)).execute()))
    statuses = {status_of(each) for recorder in recorded for each in recorder.interactions.values()}
    assert module in REFUSED or statuses & {200, 201}
    assert DOCUMENTED[module].body is Body.NONE or 400 in statuses
    assert "\n\n".join(fault for recorder in recorded for fault in faults(recorder)) == ""


@pytest.mark.parametrize("module", sorted(DOCUMENTED))
def test_an_answer_has_the_described_members_and_no_others(module: str, stage: Stage) -> None:
    document: dict[str, Any] = stage.seeds.app.call("GET", DOCUMENT_PATH).json()
    answer = stage.seeds.app.invoke(f"losant.{module}", sample_of("losant", module, stage.seeds)["event"])
    stage.renew()
    if module not in REFUSED:
        check_described(answer, document, DOCUMENTED[module])
