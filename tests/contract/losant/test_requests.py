"""What the genuine clients send, in the words that are served (contract 1.1, 1.2, 8.5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest

from tests.contract.crossing import Passing
from tests.contract.driver import Json, Refused
from tests.contract.losant.clients import QUERY, Client
from tests.contract.losant.fleet import new_device, new_flow, publish, record, release

pytestmark = pytest.mark.genuine

VERSION = "v 2+b/1"
FILTERED: Json = {"sortField": "creationDate", "sortDirection": "desc", "page": 0, "perPage": 25}
SPELLED = {
    "python": {"version": "v+2%2Bb%2F1", "yes": "True", "no": "False"},
    "javascript": {"version": "v%202%2Bb%2F1", "yes": "true", "no": "false"},
}
ACCEPT_VERSIONS = {"python": "^1.31.0", "javascript": "^1.20.1"}
AGENTS = {"python": "python-requests/", "javascript": "axios/"}


def query_of(passing: Passing) -> str:
    return passing.path.partition("?")[2]


def list_with(client: Client, **query: object) -> tuple[str, Json]:
    """What the client asked of a list after what it always asks, and the answer."""
    with client.sending() as sent:
        answer = client("edge_deployments.get", **query)
    (request,) = sent
    assert (request.method, request.body) == ("GET", b"")
    root, _, asked = request.path.partition("?")
    assert root == f"/applications/{client.application}/edge/deployments"
    assert asked.startswith(QUERY)
    return asked.removeprefix(QUERY).removeprefix("&"), answer


def test_a_plain_list_asks_for_nothing_and_gets_the_defaults(client: Client) -> None:
    asked, answer = list_with(client)
    assert asked == ""
    shown = {name: answer[name] for name in ("page", "perPage", "sortField", "sortDirection", "applicationId")}
    assert shown == {
        "page": 0,
        "perPage": 100,
        "sortField": "lastUpdated",
        "sortDirection": "asc",
        "applicationId": client.application,
    }
    assert not {"deviceId", "flowId", "version"} & answer.keys()


def test_every_parameter_is_read_in_the_spelling_of_the_client(client: Client) -> None:
    flow, device = new_flow(client), new_device(client)
    publish(client, flow, VERSION)
    release(client, flow, VERSION, device)
    pair = {"deviceId": device, "version": VERSION, "filterEmpty": True, "flowId": flow}
    asked, answer = list_with(client, **FILTERED, **pair)
    words = SPELLED[client.language]
    rest = f"deviceId={device}&version={words['version']}&filterEmpty={words['yes']}&flowId={flow}"
    assert asked == f"{urlencode(FILTERED)}&{rest}"
    assert [each["desiredVersion"] for each in answer["items"]] == [VERSION]
    assert {name: answer[name] for name in FILTERED} == FILTERED
    assert (answer["deviceId"], answer["flowId"], answer["version"]) == (device, flow, VERSION)


def test_null_and_false_filter_nothing(client: Client) -> None:
    flow, device = new_flow(client, "v1"), new_device(client)
    release(client, flow, "v1", device)
    release(client, flow, None, device)
    asked, answer = list_with(client, version=None, filterEmpty=False, flowId=flow)
    null = {"python": "", "javascript": "version=&"}[client.language]
    assert asked == f"{null}filterEmpty={SPELLED[client.language]['no']}&flowId={flow}"
    assert (answer["count"], "version" in answer) == (1, False)


def test_the_three_parameters_are_replaced_in_place(client: Client) -> None:
    with client.sending() as sent:
        answer = client("edge_deployments.get", perPage=1, _actions=True, _links=False, _embedded=False)
    yes, no = SPELLED[client.language]["yes"], SPELLED[client.language]["no"]
    assert query_of(sent[0]) == f"_actions={yes}&_links={no}&_embedded={no}&perPage=1"
    assert "items" in answer
    assert not {"_links", "_type", "_actions"} & answer.keys()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("release", {"flowId": "flow", "version": "v1", "deviceIds": ["device"]}),
        ("release", {"flowId": "flow", "version": None, "deviceIds": ["device"]}),
        ("remove", {"flowId": "flow", "deviceId": None}),
        ("replace", {"flowId": "flow", "oldVersion": "v1", "newVersion": None}),
    ],
    ids=str,
)
def test_a_write_says_all_in_its_body_nulls_too(client: Client, name: str, body: Mapping[str, object]) -> None:
    flow, device = new_flow(client, "v1"), new_device(client)
    ids: dict[object, object] = {"flow": flow, "device": device}
    named = {key: [device] if isinstance(value, list) else ids.get(value, value) for key, value in body.items()}
    with client.sending() as sent:
        assert client(f"edge_deployments.{name}", deployment=named) == {"success": True}
    (request,) = sent
    assert request.method == "POST"
    assert request.path == f"/applications/{client.application}/edge/deployments/{name}?{QUERY}"
    assert json.loads(request.body) == named


def test_a_write_without_its_argument_has_no_body_or_an_empty_one(client: Client) -> None:
    with client.sending() as sent, pytest.raises(Refused):
        client("edge_deployments.release")
    assert sent[0].body == {"python": b"", "javascript": b"{}"}[client.language]


def test_a_removal_is_taken_with_a_body_or_without(client: Client) -> None:
    device = new_device(client)
    with client.sending() as sent:
        assert client("device.delete", deviceId=device) == {"success": True}
    assert (sent[0].method, sent[0].body) == ("DELETE", {"python": b"", "javascript": b"{}"}[client.language])


def test_headers_of_the_client_are_taken_as_they_come(client: Client) -> None:
    with client.sending() as sent:
        client("edge_deployments.get", perPage=1, losantdomain="iot.example.com")
        client("flows.post", flow={"name": "Press monitor"})
    read, written = (request.headers for request in sent)
    assert (read["accept"], read["accept-version"]) == ("application/json", ACCEPT_VERSIONS[client.language])
    assert (read["authorization"], read["losantdomain"]) == (f"Bearer {client.token}", "iot.example.com")
    assert read["user-agent"].startswith(AGENTS[client.language])
    assert query_of(sent[0]) == f"{QUERY}&perPage=1"
    assert ("content-type" in read, written["content-type"]) == (False, "application/json")


def test_nested_filters_of_devices_are_read(client: Client, unique: str) -> None:
    tags = [{"key": "site", "value": unique}, {"key": "line", "value": unique}]
    devices = [new_device(client, f"{unique} {number}", tags=[tag]) for number, tag in enumerate(tags)]
    both = {"tagFilter": tags, "deviceClass": ["edgeCompute"], "sortField": "name"}
    with client.sending() as sent:
        found = client("devices.get", **both)
    assert [each["id"] for each in found["items"]] == devices
    assert "tagFilter%5B0%5D%5Bkey%5D=site" in query_of(sent[0])


def test_a_query_of_devices_is_refused_and_told_what_to_filter_by_instead(client: Client) -> None:
    with pytest.raises(Refused) as refused:
        client("devices.get", query=json.dumps({"name": "press-line-gw-1"}))
    assert (refused.value.status, refused.value.body["type"]) == (400, "Validation")
    assert refused.value.body["message"].startswith("query: ")
    assert "tagFilter" in refused.value.body["message"]


def test_a_version_is_replaced_when_the_client_says_so_and_the_deployment_keeps_its_content(client: Client) -> None:
    flow, device = new_flow(client, "v1"), new_device(client)
    release(client, flow, "v1", device)
    before = record(client, device, flow)
    again = {"version": "v1", "nodes": [{"type": "other"}]}
    with pytest.raises(Refused) as refused:
        client("flow_versions.post", flowId=flow, flowVersion=again, allowReplacement=False)
    assert refused.value.status == 400
    client("flow_versions.post", flowId=flow, flowVersion=again, allowReplacement=True)
    assert record(client, device, flow) == before
    release(client, flow, "v1", device)
    after = record(client, device, flow)
    assert after["desiredEtag"] != before["desiredEtag"]
    assert (after["logs"][-1]["previousValue"], after["logs"][-1]["newValue"]) == ("v1", "v1")
