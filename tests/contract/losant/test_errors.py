"""Which errors the genuine clients raise, with which body, and that nothing was written (contract 1.4, 2.3, 9)."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from infra.local.gateway import FAILED, TIMED_OUT
from infra.local.payload import HttpAnswer, read_answer
from losant._errors import fail, refuse
from sluiceway.domain.errors import Unavailable
from sluiceway.http.request import Request
from sluiceway.http.routes import Caller
from tests.contract.driver import Failed, Json, Refused
from tests.contract.losant.clients import Client
from tests.contract.losant.fleet import UNKNOWN, credentials_of, new_device, new_flow, records, wanted

pytestmark = pytest.mark.genuine

LIST, RELEASE = "edge_deployments.get", "edge_deployments.release"
KINDS = {"python": "LosantError", "javascript": "Error"}
ANY = Request("GET", "/applications", {}, (), {}, b"", "r")
OURS = read_answer(fail(ANY).to_event())
JUST_NOW = read_answer(refuse(Unavailable("too many writers met"), ANY, Caller.PROGRAM).to_event())


def refusal(client: Client, call: str, **arguments: object) -> Refused:
    """What the client raises for a call: of its one kind, with an object that says what is wrong."""
    with pytest.raises(Refused) as refused:
        client(call, **arguments)
    assert refused.value.kind == KINDS[client.language]
    assert isinstance(refused.value.body["message"], str)
    assert refused.value.body["message"]
    return refused.value


def told(client: Client, call: str, **arguments: object) -> tuple[int, str, str]:
    """Status, type and message of a refusal."""
    refused = refusal(client, call, **arguments)
    return refused.status, refused.body["type"], refused.body["message"]


def status_and_type(client: Client, call: str, **arguments: object) -> tuple[int, str]:
    return told(client, call, **arguments)[:2]


BAD_RELEASES: list[Json] = [
    {"version": ""},
    {"version": ...},
    {"unknown": 1},
    {"deviceIds": [UNKNOWN] * 1001},
    {"deviceTags": [{"key": "site"}] * 101},
    {"deviceIds": ["not hex"]},
    {"flowId": "not hex"},
    {"deviceIds": []},
    {"deviceIds": ...},
    {"deviceTags": [{}]},
    {"deviceQuery": {"name": "x"}},
]


def test_9_3_a_release_that_is_none_is_refused_and_nothing_is_written(client: Client) -> None:
    flow, device = new_flow(client, "v1"), new_device(client)
    for change in BAD_RELEASES:
        body = {"flowId": flow, "version": "v1", "deviceIds": [device], **change}
        deployment = {name: part for name, part in body.items() if part is not ...}
        assert status_and_type(client, RELEASE, deployment=deployment) == (400, "Validation"), change
    assert records(client, deviceId=device) == []


@pytest.mark.parametrize("name", ["release", "remove", "replace"])
def test_a_write_without_a_body_is_refused(client: Client, name: str) -> None:
    assert status_and_type(client, f"edge_deployments.{name}") == (400, "Validation")


def test_9_4_what_is_not_there_is_named_and_the_others_of_the_call_get_nothing(client: Client) -> None:
    flow, device = new_flow(client, "v1"), new_device(client)
    body = {"flowId": flow, "version": "v1", "deviceIds": [device]}
    refused = refusal(client, RELEASE, deployment={**body, "deviceIds": [device, UNKNOWN]})
    assert (refused.status, refused.body["type"]) == (404, "NotFound")
    assert [offence["id"] for offence in refused.body["validationErrors"]] == [UNKNOWN]
    unknown_flow = told(client, RELEASE, deployment={**body, "flowId": UNKNOWN})
    assert unknown_flow == (404, "NotFound", "Flow was not found")
    unknown_version = told(client, RELEASE, deployment={**body, "version": "v9"})
    assert unknown_version == (404, "NotFound", "Flow version was not found")
    assert wanted(client, flow) == {}


@pytest.mark.parametrize(
    "query",
    [{"sortField": "name"}, {"sortDirection": "up"}, {"page": -1}, {"perPage": 1001}, {"filterEmpty": "yes"}],
    ids=str,
)
def test_a_list_that_is_none_is_refused_by_the_name_of_the_parameter(client: Client, query: Json) -> None:
    status, kind, message = told(client, LIST, **query)
    assert (status, kind) == (400, "Validation")
    assert message.startswith(f"{next(iter(query))}: ")


@pytest.mark.parametrize("application", ["0" * 24, "not-hex"])
def test_another_application_is_not_found(client: Client, application: str) -> None:
    refused = told(client, LIST, applicationId=application)
    assert refused == (404, "NotFound", "Application was not found")


def test_python_keeps_an_application_that_was_forgotten_to_itself(python_client: Client) -> None:
    with python_client.sending() as sent, pytest.raises(Failed, match="applicationId"):
        python_client(LIST, applicationId=...)
    assert sent == []


def test_javascript_sends_an_application_that_was_forgotten_and_it_is_not_found(javascript_client: Client) -> None:
    with javascript_client.sending() as sent:
        assert status_and_type(javascript_client, LIST, applicationId=...) == (404, "NotFound")
    assert sent[0].path.startswith("/applications//edge/deployments?")


@pytest.mark.parametrize("token", [None, "TOKEN-A"])
def test_9_9_without_a_good_token_a_call_is_401(client: Client, token: str | None) -> None:
    assert status_and_type(client.with_token(token), LIST) == (401, "Unauthorized")


def test_9_9_a_token_without_the_scope_is_403_and_does_what_it_may_until_it_is_removed(client: Client) -> None:
    made = client("application_api_tokens.post", apiToken={"name": "reader", "scope": ["edgeDeployments.get"]})
    reader = client.with_token(made["token"])
    refused = told(reader, "edge_deployments.remove", deployment={"flowId": None, "deviceId": UNKNOWN})
    assert refused == (403, "Forbidden", "The token lacks the scope edgeDeployments.remove")
    assert reader(LIST, perPage=1)["perPage"] == 1
    client("application_api_token.delete", apiTokenId=made["id"])
    assert status_and_type(reader, LIST) == (401, "Unauthorized")


def test_a_device_whose_secret_is_wrong_is_401_and_its_good_token_permits_no_list(client: Client) -> None:
    credentials = credentials_of(client, new_device(client))
    anybody = client.with_token(None)
    wrong = {**credentials, "secret": "wrong"}
    assert status_and_type(anybody, "auth.authenticate_device", credentials=wrong) == (401, "Unauthorized")
    logged_in = anybody("auth.authenticate_device", credentials=credentials)
    assert status_and_type(client.with_token(logged_in["token"]), LIST) == (403, "Forbidden")


def test_9_9_what_the_gateway_refuses_itself_is_an_object_with_a_message(client: Client) -> None:
    too_large = {"version": "v1", "notes": "x" * 7_000_000}
    assert refusal(client, "flow_versions.post", flowId=UNKNOWN, flowVersion=too_large).status == 413
    assert refusal(client, LIST, version="v" * 11_000).status == 431
    assert refusal(replace(client, url=f"{client.url}/elsewhere"), LIST).status == 404


@pytest.mark.parametrize("answer", [FAILED, TIMED_OUT, OURS, JUST_NOW], ids=["failed", "timed out", "ours", "just now"])
def test_9_9_what_went_wrong_behind_the_gateway_is_an_object_with_a_message(client: Client, answer: HttpAnswer) -> None:
    client.instead.append(httpx.Response(answer.status, headers=answer.headers, content=answer.body))
    assert refusal(client, LIST).status == answer.status


@pytest.mark.parametrize(("answer", "kind"), [(OURS, "InternalError"), (JUST_NOW, "Unavailable")])
def test_what_our_side_says_went_wrong_has_a_type(client: Client, answer: HttpAnswer, kind: str) -> None:
    client.instead.append(httpx.Response(answer.status, headers=answer.headers, content=answer.body))
    assert refusal(client, LIST).body["type"] == kind
