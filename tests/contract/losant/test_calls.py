"""Every call of the genuine clients is answered, unless the README names it as one that is not (contract 2, 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch

import pytest

from tests.contract.driver import Json, Refused
from tests.contract.losant.clients import Client
from tests.contract.losant.fleet import credentials_of, new_device, new_flow, publish, record, release
from tests.contract.pasted import section

pytestmark = pytest.mark.genuine

HEADING = "Edge deployments (Losant)"
ONLY_IN_PYTHON = {"edge_deployment.get"}
"""What the client of npm is too old for."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a call is made with, and what its answer shows among other things."""

    arguments: Json = field(default_factory=dict)
    shows: Json = field(default_factory=dict)


REMOVED = {"success": True}


def not_served() -> list[str]:
    """The patterns of the README for calls that are not served."""
    table = section(HEADING).partition("| calls of `losant-rest` |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    return [pattern for row in rows for pattern in row.split("`")[1::2]]


def is_not_served(call: str) -> bool:
    return any(fnmatch(call, pattern) for pattern in not_served())


def listed(kind: str, **query: object) -> Call:
    """A list of a kind that one thing is left of."""
    return Call(query, {"count": 1, "totalCount": 1, "page": 0, "perPage": 100, "_type": kind})


def application_calls(client: Client, unique: str) -> Iterator[tuple[str, Call]]:
    named = {"filterField": "name", "filter": unique}
    made = client("application_api_tokens.post", apiToken={"name": unique, "scope": ["edgeDeployments.get"]})
    key = client("application_keys.post", applicationKey={"name": unique})
    application, token = {"id": client.application}, {"apiTokenId": made["id"]}
    by_key = {"applicationKeyId": key["id"]}
    yield "applications.get", Call({}, {"totalCount": 1})
    yield "application.get", Call({}, application)
    yield "application_api_tokens.post", Call({"apiToken": {"name": "all"}}, {"scope": ["all.Application"]})
    yield "application_api_tokens.get", listed("apiTokens", **named)
    yield "application_api_token.get", Call(token, {"name": unique, "scope": ["edgeDeployments.get"]})
    yield "application_api_token.delete", Call(token, REMOVED)
    yield "application_keys.post", Call({"applicationKey": {}}, {"status": "active"})
    yield "application_keys.get", Call({"sortField": "creationDate", "sortDirection": "desc"}, {"page": 0})
    yield "application_key.get", Call(by_key, {"key": key["key"]})
    yield "application_key.patch", Call({**by_key, "applicationKey": {"status": "inactive"}}, {"status": "inactive"})
    yield "application_key.delete", Call(by_key, REMOVED)


def device_calls(client: Client, unique: str) -> Iterator[tuple[str, Call]]:
    tag = {"key": "site", "value": unique}
    device = new_device(client, unique, tags=[tag])
    query: Json = {"deviceClass": ["edgeCompute", "gateway"], "tagFilter": [tag], "sortField": "name"}
    login = {"applicationId": client.application, "deviceId": device, "deviceClass": "edgeCompute"}
    yield "auth.authenticate_device", Call({"credentials": credentials_of(client, device)}, login)
    yield "devices.post", Call({"device": {"name": unique}}, {"deviceClass": "standalone", "tags": []})
    yield "devices.get", listed("devices", **query)
    yield "device.get", Call({"deviceId": device}, {"tags": [tag], "connectionInfo": {"connected": None}})
    yield "device.patch", Call({"deviceId": device, "device": {"description": "east"}}, {"description": "east"})
    yield "device.delete", Call({"deviceId": device}, REMOVED)


def flow_calls(client: Client, unique: str) -> Iterator[tuple[str, Call]]:
    flow, named = new_flow(client, "v1"), {"name": unique, "flowClass": "edge"}
    version = publish(client, flow, f"{unique} 2")
    by_version = {"flowId": flow, "flowVersionId": version["id"]}
    new = {"flowId": flow, "flowVersion": {"version": "v1", "notes": "again"}, "allowReplacement": True}
    yield "flows.post", Call({"flow": named}, named)
    yield "flows.get", listed("flows", filterField="name", filter=f"{unique[:-1]}*", flowClass="edge")
    yield "flow.get", Call({"flowId": flow}, {"flowClass": "edge"})
    yield "flow.patch", Call({"flowId": flow, "flow": {"enabled": False}}, {"enabled": False})
    yield "flow_versions.post", Call(new, {"notes": "again"})
    yield "flow_versions.get", listed("flowVersions", flowId=flow, filterField="version", filter="v?")
    yield "flow_version.get", Call({"flowId": flow, "flowVersionId": f"{unique} 2"}, {"nodes": version["nodes"]})
    yield "flow_version.patch", Call({**by_version, "flowVersion": {"notes": "good"}}, {"notes": "good"})
    yield "flow_version.delete", Call(by_version, REMOVED)
    yield "flow.delete", Call({"flowId": flow}, REMOVED)


def deployment_calls(client: Client) -> Iterator[tuple[str, Call]]:
    flow, device = new_flow(client, "v1", "v2"), new_device(client)
    release(client, flow, "v1", device)
    one = {"edgeDeploymentId": record(client, device, flow)["id"]}
    replacement = {"flowId": flow, "oldVersion": "v1", "newVersion": "v2"}
    yield "edge_deployments.get", listed("edgeDeployments", flowId=flow)
    yield "edge_deployment.get", Call(one, {"desiredVersion": "v1"})
    yield "edge_deployments.replace", Call({"deployment": replacement}, REMOVED)
    yield "edge_deployments.remove", Call({"deployment": {"flowId": flow, "deviceId": None}}, REMOVED)
    yield (
        "edge_deployments.release",
        Call({"deployment": {"flowId": flow, "version": "v1", "deviceIds": [device]}}, REMOVED),
    )


def all_calls(client: Client, unique: str) -> dict[str, Call]:
    calls = {
        **dict(application_calls(client, unique)),
        **dict(device_calls(client, unique)),
        **dict(flow_calls(client, unique)),
        **dict(deployment_calls(client)),
    }
    return {name: call for name, call in calls.items() if client.language == "python" or name not in ONLY_IN_PYTHON}


def test_every_call_that_the_readme_does_not_name_is_answered(client: Client, unique: str) -> None:
    calls = all_calls(client, unique)
    assert {name for name in client.calls if not is_not_served(name)} == calls.keys()
    for name, call in calls.items():
        answer = client(name, **call.arguments)
        assert {member: answer[member] for member in call.shows} == call.shows, name


def test_the_readme_names_no_call_that_no_client_has(python_client: Client, javascript_client: Client) -> None:
    calls = python_client.calls | javascript_client.calls
    assert [pattern for pattern in not_served() if not any(fnmatch(call, pattern) for call in calls)] == []


@pytest.mark.parametrize(
    ("call", "arguments", "status", "kind"),
    [
        ("webhooks.get", {}, 404, "NotFound"),
        ("device.get_state", {"deviceId": "0" * 24, "attribute": "x"}, 404, "NotFound"),
        ("application.patch", {"application": {}}, 405, "MethodNotAllowed"),
        ("applications.post", {"application": {"name": "x"}}, 403, "Forbidden"),
        ("auth.authenticate_user", {"credentials": {"email": "a@example.com", "password": "x" * 8}}, 403, "Forbidden"),
    ],
)
def test_a_call_that_is_not_served_is_refused(
    client: Client, call: str, arguments: Json, status: int, kind: str
) -> None:
    assert is_not_served(call)
    with pytest.raises(Refused) as refused:
        client(call, **arguments)
    assert (refused.value.status, refused.value.body["type"]) == (status, kind)
