"""Which errors the genuine SDKs raise, with which body, and how often they try (contract 3, 10.4)."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from miru._errors import refuse
from sluiceway.domain.errors import Unavailable
from sluiceway.http.request import Request
from sluiceway.http.routes import Caller
from tests.contract.driver import Refused
from tests.contract.miru.catalogue import Catalogue, create, deploy, new_instance
from tests.contract.miru.sdk import Sdk, code_of
from tests.support.service import RunningService

pytestmark = pytest.mark.genuine


def refusal(call: Callable[[], object]) -> Refused:
    """What the SDK raises for a call, whose body is whole."""
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.body.keys() == {"error"}
    assert refused.value.body["error"].keys() == {"code", "params", "message", "debug_message"}
    return refused.value


def kind_and_code(call: Callable[[], object]) -> tuple[str, str]:
    refused = refusal(call)
    return refused.kind, code_of(refused)


def test_a_body_without_a_member_is_a_bad_request_that_names_it(sdk: Sdk) -> None:
    refused = refusal(lambda: sdk("devices.create", name="", extra_body={"name": None}))
    assert (refused.kind, refused.status, code_of(refused)) == ("BadRequestError", 400, "invalid_request")
    assert [fault["field"] for fault in refused.body["error"]["params"]["fields"]] == ["name"]


def test_a_record_that_is_not_there_is_not_found(sdk: Sdk) -> None:
    assert kind_and_code(lambda: sdk("releases.retrieve", "rls_0")) == ("NotFoundError", "record_not_found")


def test_an_expansion_that_there_is_not_is_a_bad_request(sdk: Sdk) -> None:
    call = kind_and_code(lambda: sdk("deployments.list", expand=["fleet"]))
    assert call == ("BadRequestError", "invalid_expansion")


def test_10_4_point_3_a_name_that_is_taken_costs_one_request(sdk: Sdk, catalogue: Catalogue) -> None:
    with sdk.sending() as sent:
        refused = kind_and_code(lambda: sdk("devices.create", name=catalogue.device_name))
    assert refused == ("ConflictError", "device_name_taken")
    assert len(sent) == 1


def test_10_4_point_3_staging_the_current_release_costs_one_request(sdk: Sdk, catalogue: Catalogue) -> None:
    deploy(sdk, create(sdk, catalogue))
    with sdk.sending() as sent:
        refused = kind_and_code(lambda: create(sdk, catalogue))
    assert refused == ("ConflictError", "release_is_current")
    assert len(sent) == 1


def test_an_instance_too_many_is_a_bad_request_that_names_it(tetons: Sdk, catalogue: Catalogue) -> None:
    twice = [catalogue.instance, new_instance(tetons, catalogue.schema)]
    refused = refusal(lambda: create(tetons, catalogue, config_instance_ids=twice))
    assert (refused.kind, code_of(refused)) == ("BadRequestError", "config_instances_mismatch")
    assert refused.body["error"]["params"]["duplicate"] == [catalogue.schema]


def test_content_that_breaks_its_schema_is_a_bad_request_that_says_where(tetons: Sdk, catalogue: Catalogue) -> None:
    content = {"format": "json", "data": '{"max_speed_mps": "fast"}'}
    refused = refusal(lambda: tetons("config_instances.create", config_schema_id=catalogue.schema, content=content))
    assert (refused.kind, code_of(refused)) == ("BadRequestError", "config_instance_invalid")
    assert [fault["path"] for fault in refused.body["error"]["params"]["errors"]] == [["max_speed_mps"]]


def test_10_4_point_4_a_version_that_is_not_served_comes_before_a_key_that_is_not_good(tetons: Sdk) -> None:
    retired = tetons.with_client(api_key="slw_wrong", default_headers={"Miru-Version": "2024-01-01.lisbon"})
    refused = refusal(lambda: retired("principal.self"))
    assert (refused.kind, code_of(refused)) == ("BadRequestError", "unsupported_api_version")
    assert "2026-03-09.tetons" in refused.body["error"]["params"]["supported"]


def test_10_4_point_4_a_missing_version_comes_before_a_key_that_is_not_good(older_sdk: Sdk) -> None:
    headerless = older_sdk.with_client(api_key="slw_wrong", base_url=f"{older_sdk.url}/beta")
    refused = kind_and_code(lambda: headerless("devices.list"))
    assert refused == ("BadRequestError", "missing_api_version")


def test_10_4_point_4_a_key_that_is_not_good_comes_before_a_record_that_is_not_there(sdk: Sdk) -> None:
    stranger = sdk.with_client(api_key="slw_wrong")
    refused = kind_and_code(lambda: stranger("releases.retrieve", "rls_0"))
    assert refused == ("AuthenticationError", "invalid_api_key")


def test_10_4_point_4_a_missing_scope_comes_before_a_record_that_is_not_there(
    sdk: Sdk, service: RunningService
) -> None:
    lesser = sdk.with_client(api_key=key_with(service, "devices:read"))
    refused = refusal(lambda: lesser("releases.retrieve", "rls_0"))
    assert (refused.kind, code_of(refused)) == ("PermissionDeniedError", "forbidden")
    assert refused.body["error"]["params"]["required"] == ["releases:read"]
    assert lesser("devices.list", limit=1)["limit"] == 1


def test_what_could_not_be_done_just_now_is_tried_again(sdk: Sdk) -> None:
    sdk.instead.append(answered(Unavailable("too many writers met")))
    with sdk.sending() as sent:
        assert sdk("devices.list", limit=1)["limit"] == 1
    assert sent == [f"GET {sdk.package.root}/devices?limit=1"] * 2


def answered(error: Unavailable) -> httpx.Response:
    """How this surface answers an error."""
    request = Request("GET", "/v1/devices", {}, (), {}, b"", "r")
    answer = refuse(error, request, Caller.PROGRAM)
    return httpx.Response(answer.status, headers=dict(answer.headers), text=answer.body)


def key_with(service: RunningService, *scopes: str) -> str:
    """A key that may do little."""
    native = service.native
    made = httpx.post(
        f"{native['url']}/api/v1/api-keys",
        json={"name": "lesser", "scopes": scopes},
        headers={"Authorization": f"Bearer {native['api_key']}"},
        trust_env=False,
    )
    return str(made.raise_for_status().json()["key"])
