"""The OpenAPI document of each version says what the handlers do in it: schemathesis calls every operation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from operator import attrgetter
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
from tests.contract.miru.openapi_exclusions import EXCLUDED_CHECKS, REFUSALS_OF_INPUT, SAMPLED_ONLY
from tests.contract.openapi_checks import ANY_HEADER, check_described, faults, recorders, show_example, status_of
from tests.contract.stage import Stage, staged
from tests.handlers.test_event_samples import sample_of
from tests.support.app import handler_of
from tests.support.soak import examples, is_soak

GATEWAY = Gateway(Origin([(ROOTS, Router((route, handler_of(f"miru.{route.module}")) for route in ROUTES))]))
ROUTE_OF = {route.module: route for route in ROUTES}
CASES = [(version, module) for version in Version for module in sorted(operations(version))]
OTHER_BODY = "deployments.create_deployment"
"""Its sample has the body of the newest version."""
CREDENTIALS = ("x-api-key", "authorization")
CALLED = [(version, module) for version, module in CASES if version.is_tetons or module not in SAMPLED_ONLY]


@pytest.fixture(scope="module", name="stage")
def _stage() -> Iterator[Stage]:
    with staged(attrgetter("agent")) as stage:
        yield stage


def path_of(version: Version) -> str:
    return f"/docs/miru/openapi-{version.value}.json"


def config_of() -> schemathesis.Config:
    """All checks but the excluded ones; the same examples every time, except in a soak.

    Beside a random call, schemathesis makes that of the sample and one for each rule of the schema that can be broken.
    """
    return schemathesis.Config.from_dict(
        {
            "generation": {"max-examples": examples(1), "deterministic": not is_soak(), "database": "none"},
            "phases": {"stateful": {"enabled": False}, "coverage": {"unexpected-methods": []}},
            "checks": {
                "negative_data_rejection": {"expected-statuses": REFUSALS_OF_INPUT},
                **{check: {"enabled": False} for check in EXCLUDED_CHECKS},
            },
        }
    )


def schema_of(version: Version, module: str, stage: Stage) -> BaseSchema:
    """One operation of a served document, called as its sample is, and with one thing or another changed in that."""
    document: dict[str, Any] = stage.seeds.app.call("GET", path_of(version)).json()
    event = sample_of("miru", module, stage.seeds)["event"]
    body = json.loads(event["body"]) if event.get("body") else None
    is_older = module == OTHER_BODY and not version.is_tetons
    show_example(document, ROUTE_OF[module], event, older_draft(version, stage) if is_older else body)
    schema = schemathesis.openapi.from_dict(document, config=config_of())
    schema.app = GATEWAY

    @schema.auth()
    class Credentials:
        def get(self, _case: schemathesis.Case[Any], _context: schemathesis.AuthContext) -> dict[str, str]:
            return {name: event["headers"][name] for name in CREDENTIALS if name in event["headers"]}

        def set(self, case: schemathesis.Case[Any], data: dict[str, str], _context: schemathesis.AuthContext) -> None:
            case.headers.update(data)

    @schema.hook
    def filter_case(_context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
        return ANY_HEADER not in case.headers

    @schema.hook
    def after_call(
        _context: schemathesis.HookContext, case: schemathesis.Case[Any], answer: schemathesis.Response
    ) -> None:
        if case.method != "GET" and answer.status_code < 400:
            stage.renew()

    return schema.include(operation_id=module)


def older_draft(version: Version, stage: Stage) -> dict[str, object]:
    """A new deployment as the versions before tetons have it."""
    configs = stage.seeds.configs
    content = {"max_speed_mps": 1.0}
    return {
        "target_status": "staged" if version is Version.ZION else "approved",
        "description": "slow down in aisle 4",
        "release_id": configs.unused,
        "device_id": configs.device,
        "new_config_instances": [
            {"config_schema_id": configs.schema, "relative_filepath": "/v1/drive.json", "content": content}
        ],
        "patch_source_id": configs.deployed,
    }


@pytest.mark.parametrize(("version", "module"), CALLED, ids=lambda each: getattr(each, "value", each))
def test_an_operation_does_what_its_description_says(version: Version, module: str, stage: Stage) -> None:
    recorded = list(recorders(from_schema(schema_of(version, module, stage)).execute()))
    assert any(status_of(each) == 200 for recorder in recorded for each in recorder.interactions.values())
    assert "\n\n".join(fault for recorder in recorded for fault in faults(recorder)) == ""


SAMPLED = [(version, module) for version, module in CASES if version.is_tetons or module != OTHER_BODY]


@pytest.mark.parametrize(("version", "module"), SAMPLED, ids=lambda each: getattr(each, "value", each))
def test_a_success_has_the_described_members_and_no_others(version: Version, module: str, stage: Stage) -> None:
    document: dict[str, Any] = stage.seeds.app.call("GET", path_of(version)).json()
    event = sample_of("miru", module, stage.seeds)["event"]
    query = event["rawQueryString"] if version.is_tetons else ""
    spoken = {**event, "rawQueryString": query, "headers": {**event["headers"], "miru-version": version.value}}
    answer = stage.seeds.app.invoke(f"miru.{module}", spoken)
    if ROUTE_OF[module].method != "GET":
        stage.renew()
    assert answer.status == 200
    check_described(answer, document, ROUTE_OF[module])


def test_every_excluded_check_exists() -> None:
    load_all_checks()
    assert {*EXCLUDED_CHECKS} <= {*CHECKS.get_all_names()}
    assert all(EXCLUDED_CHECKS.values())


def test_every_operation_that_is_only_sampled_exists() -> None:
    assert {*SAMPLED_ONLY} <= {*ROUTE_OF}
    assert all(SAMPLED_ONLY.values())
