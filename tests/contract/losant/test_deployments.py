"""What the four operations of the dialect do when the genuine clients call them (contract 2, 4)."""

from __future__ import annotations

import pytest

from tests.contract.driver import Json, Refused
from tests.contract.losant.clients import Client
from tests.contract.losant.conftest import Enrol
from tests.contract.losant.fleet import new_device, new_flow, publish, record, records, release, report, runs, wanted

pytestmark = pytest.mark.genuine

SUCCESS = {"success": True}


def test_a_release_is_wanted_and_says_so_to_whoever_lists_it(client: Client, unique: str) -> None:
    flow, device = new_flow(client, "v1"), new_device(client, unique, tags=[{"key": "site", "value": unique}])
    assert release(client, flow, "v1", device) == SUCCESS
    shown = record(client, device, flow)
    assert (shown["desiredVersion"], shown["currentVersion"]) == ("v1", None)
    assert (shown["deviceName"], shown["flowName"], shown["flowClass"]) == (unique, "Press monitor", "edge")
    assert (shown["id"], shown["applicationId"]) == (shown["edgeDeploymentId"], client.application)
    (entry,) = shown["logs"]
    assert entry.pop("date") == shown["creationDate"] == shown["lastUpdated"]
    assert entry.pop("newEtag") == shown["desiredEtag"]
    token = client.token and client.token.split("_")[2]
    assert entry == {
        "changeType": "desired",
        "sourceType": "apiToken",
        "sourceId": token,
        "previousValue": None,
        "newValue": "v1",
    }


def test_9_2_the_same_release_again_changes_neither_the_date_nor_the_log(client: Client) -> None:
    flow, device = new_flow(client, "v1"), new_device(client)
    release(client, flow, "v1", device)
    before = record(client, device, flow)
    assert release(client, flow, "v1", device.upper(), device) == SUCCESS
    assert record(client, device, flow) == before


def test_a_release_of_null_takes_the_flow_off_and_the_log_says_who_did_what(client: Client) -> None:
    flow, device = new_flow(client, "v1", "v2"), new_device(client)
    for version in ("v1", "v2", None):
        release(client, flow, version, device)
    shown = record(client, device, flow)
    assert shown["desiredVersion"] is None
    assert [(entry["previousValue"], entry["newValue"]) for entry in shown["logs"]] == [
        (None, "v1"),
        ("v1", "v2"),
        ("v2", None),
    ]


def test_several_flows_go_to_devices_by_id_and_by_tag_in_one_release(client: Client, unique: str) -> None:
    flows = [new_flow(client, "v1"), new_flow(client, "v1")]
    named, tagged = new_device(client), new_device(client, tags=[{"key": "site", "value": unique}])
    entries = [{"flowId": flow, "version": "v1"} for flow in flows]
    selected = {"deviceIds": [named], "deviceTags": [{"key": "site", "value": unique}, {"value": unique}]}
    assert client("edge_deployments.release", deployment={"deployments": entries, **selected}) == SUCCESS
    assert [wanted(client, flow) for flow in flows] == [{named: "v1", tagged: "v1"}] * 2


@pytest.mark.parametrize(("names_flow", "names_device"), [(True, True), (True, False), (False, True)])
def test_a_removal_has_three_forms(client: Client, *, names_flow: bool, names_device: bool) -> None:
    flow, other = new_flow(client, "v1"), new_flow(client, "v1")
    device, neighbour = new_device(client), new_device(client)
    for each in (flow, other):
        release(client, each, "v1", device, neighbour)
    body = {"flowId": flow if names_flow else None, "deviceId": device if names_device else None}
    assert client("edge_deployments.remove", deployment=body) == SUCCESS
    assert wanted(client, flow) == {device: None, neighbour: "v1" if names_device else None}
    assert wanted(client, other) == {device: "v1" if names_flow else None, neighbour: "v1"}


def test_9_3_a_removal_of_everything_is_refused(client: Client) -> None:
    with pytest.raises(Refused) as refused:
        client("edge_deployments.remove", deployment={"flowId": None, "deviceId": None})
    assert (refused.value.status, refused.value.body["type"]) == (400, "Validation")


def test_9_7_replacing_redirects_who_waits_and_leaves_another_wish_alone(client: Client, enrol: Enrol) -> None:
    flow = new_flow(client, "v1", "v2", "v3")
    waits, elsewhere = new_device(client), new_device(client)
    release(client, flow, "v1", waits, elsewhere)
    runs(enrol(client, elsewhere), flow, "v1")
    release(client, flow, "v2", elsewhere)
    body: Json = {"flowId": flow, "oldVersion": "v1", "newVersion": "v3"}
    assert client("edge_deployments.replace", deployment=body) == SUCCESS
    assert wanted(client, flow) == {waits: "v3", elsewhere: "v2"}
    body = {"flowId": flow, "oldVersion": "v3", "newVersion": None}
    assert client("edge_deployments.replace", deployment=body) == SUCCESS
    assert wanted(client, flow) == {waits: None, elsewhere: "v2"}


def test_9_6_a_version_finds_who_runs_it_and_who_is_to(client: Client, enrol: Enrol) -> None:
    version, flow = "v 2+b/1", new_flow(client, "v1")
    publish(client, flow, version)
    running, waits, neither = (new_device(client) for _ in range(3))
    release(client, flow, version, running, waits)
    runs(enrol(client, running), flow, version)
    release(client, flow, "v1", running, neither)
    shown = client("edge_deployments.get", flowId=flow, version=version)
    sides = {each["deviceId"]: (each["currentVersion"], each["desiredVersion"]) for each in shown["items"]}
    assert sides == {running: (version, "v1"), waits: (None, version)}
    assert (shown["version"], shown["flowId"]) == (version, flow)


def test_9_5_after_a_confirmed_removal_a_pair_is_listed_unless_empty_ones_are_left_out(
    client: Client, enrol: Enrol
) -> None:
    flow, device = new_flow(client, "v1"), new_device(client)
    release(client, flow, "v1", device)
    edge = enrol(client, device)
    runs(edge, flow, "v1")
    client("edge_deployments.remove", deployment={"flowId": None, "deviceId": device})
    runs(edge, flow, None)
    newest_first = {"sortField": "lastUpdated", "sortDirection": "desc"}
    (listed,) = [each for each in records(client, **newest_first) if each["deviceId"] == device]
    assert (listed["desiredVersion"], listed["currentVersion"]) == (None, None)
    assert [each["id"] for each in records(client, deviceId=device, filterEmpty=False)] == [listed["id"]]
    with client.sending() as sent:
        assert records(client, deviceId=device, filterEmpty=True) == []
    assert ("filterEmpty=True" if client.language == "python" else "filterEmpty=true") in sent[0].path


def test_9_8_every_record_has_both_versions_and_a_log_and_no_etag_is_null(client: Client, enrol: Enrol) -> None:
    flow, device = new_flow(client, "v1"), new_device(client)
    release(client, flow, "v1", device)
    edge = enrol(client, device)
    stages = [record(client, device, flow)]
    report(edge, {"flowId": flow, "version": None, "attemptedVersion": "v1", "error": "no space left"})
    stages.append(record(client, device, flow))
    report(edge, {"flowId": flow, "version": "v1", "etag": stages[0]["desiredEtag"]})
    stages.append(record(client, device, flow))
    release(client, flow, None, device)
    stages.append(record(client, device, flow))
    runs(edge, flow, None)
    stages.append(record(client, device, flow))
    assert [(each["desiredVersion"], each["currentVersion"]) for each in stages] == [
        ("v1", None),
        ("v1", None),
        ("v1", "v1"),
        (None, "v1"),
        (None, None),
    ]
    assert [len(each["logs"]) for each in stages] == [1, 2, 3, 4, 5]
    assert stages[1]["logs"][-1]["error"] == "no space left"
    described = [part for each in stages for part in (each, *each["logs"])]
    assert [part for part in described for name, value in part.items() if name.endswith("Etag") and value is None] == []


def test_9_10_a_failed_attempt_leaves_current_alone_and_is_logged_once(client: Client, enrol: Enrol) -> None:
    flow, device = new_flow(client, "v1", "v2"), new_device(client)
    release(client, flow, "v1", device)
    edge = enrol(client, device)
    runs(edge, flow, "v1")
    release(client, flow, "v2", device)
    for _ in range(2):
        report(edge, {"flowId": flow, "version": "v1", "attemptedVersion": "v2", "error": "no space left"})
    shown = record(client, device, flow)
    assert (shown["currentVersion"], shown["desiredVersion"], len(shown["logs"])) == ("v1", "v2", 4)
    assert shown["logs"][-1]["attemptedValue"] == "v2"


def test_one_record_is_shown_as_in_the_list_also_by_an_id_in_upper_case(python_client: Client) -> None:
    flow, device = new_flow(python_client, "v1"), new_device(python_client)
    release(python_client, flow, "v1", device)
    listed = record(python_client, device, flow)
    assert python_client("edge_deployment.get", edgeDeploymentId=listed["id"].upper()) == listed


def test_links_are_left_out_when_they_are_not_wanted_and_items_never(client: Client) -> None:
    flow, device = new_flow(client, "v1"), new_device(client)
    release(client, flow, "v1", device)
    linked = client("edge_deployments.get", flowId=flow)
    assert linked["_type"] == "edgeDeployments"
    assert linked["items"][0]["_links"]["device"]["href"].endswith(f"/devices/{device}")
    bare = client("edge_deployments.get", flowId=flow, _links=False, _embedded=False, _actions=False)
    assert not {"_links", "_type", "_actions"} & {*bare, *bare["items"][0]}
