"""The OpenAPI document of each version says what the handlers do in it: schemathesis calls every operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.engine import from_schema
from schemathesis.schemas import BaseSchema

from infra.local.gateway import Gateway
from infra.local.routing import Origin, Router
from miru._operations import operations
from miru._routes import ROOTS, ROUTES
from miru._versions import Version
from tests.contract.miru.openapi_exclusions import EXCLUDED_CHECKS, REFUSALS_OF_INPUT
from tests.contract.openapi_checks import check_described, faults, recorders
from tests.contract.stage import Stage, staged
from tests.handlers.test_event_samples import sample_of
from tests.support.app import handler_of
from tests.support.soak import examples, is_soak

GATEWAY = Gateway(Origin([(ROOTS, Router((route, handler_of(f"miru.{route.module}")) for route in ROUTES))]))
ROUTE_OF = {route.module: route for route in ROUTES}
CASES = [(version, module) for version in Version for module in sorted(operations(version))]
OWN_WORDS = {"deployments", "config_instances"}
"""Where the older versions have bodies or words of their own: elsewhere what the newest one shows holds for them."""
CALLED = [(version, module) for version, module in CASES if version.is_tetons or module.partition(".")[0] in OWN_WORDS]


@pytest.fixture(scope="module", name="stage")
def _stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


def path_of(version: Version) -> str:
    return f"/docs/miru/openapi-{version.value}.json"


def config_of() -> schemathesis.Config:
    """All checks but the excluded ones; the same examples every time, except in a soak."""
    return schemathesis.Config.from_dict(
        {
            "generation": {"max-examples": examples(2), "deterministic": not is_soak(), "database": "none"},
            "phases": {"stateful": {"enabled": False}},
            "checks": {
                "negative_data_rejection": {"expected-statuses": REFUSALS_OF_INPUT},
                **{check: {"enabled": False} for check in EXCLUDED_CHECKS},
            },
        }
    )


def schema_of(version: Version, module: str, stage: Stage) -> BaseSchema:
    """One operation of a served document, called with a key that has all rights."""
    schema = schemathesis.openapi.from_asgi(path_of(version), GATEWAY, config=config_of())

    @schema.auth()
    class Credentials:
        def get(self, _case: schemathesis.Case[Any], _context: schemathesis.AuthContext) -> str:
            return stage.seeds.program.key

        def set(self, case: schemathesis.Case[Any], data: str, _context: schemathesis.AuthContext) -> None:
            case.headers["X-API-Key"] = data

    @schema.hook
    def after_call(
        _context: schemathesis.HookContext, case: schemathesis.Case[Any], answer: schemathesis.Response
    ) -> None:
        if case.method != "GET" and answer.status_code < 400:
            stage.renew()

    return schema.include(operation_id=module)


@pytest.mark.parametrize(("version", "module"), CALLED, ids=lambda each: getattr(each, "value", each))
def test_an_operation_does_what_its_description_says(version: Version, module: str, stage: Stage) -> None:
    recorded = list(recorders(from_schema(schema_of(version, module, stage)).execute()))
    assert any(recorder.checks for recorder in recorded)
    assert "\n\n".join(fault for recorder in recorded for fault in faults(recorder)) == ""


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


def test_every_excluded_check_exists() -> None:
    load_all_checks()
    assert {*EXCLUDED_CHECKS} <= {*CHECKS.get_all_names()}
    assert all(EXCLUDED_CHECKS.values())
