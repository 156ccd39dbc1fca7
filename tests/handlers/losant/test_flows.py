"""Flows and their versions (contract 5.5, 4.5, 4.7)."""

from __future__ import annotations

import hashlib
import json

import pytest

from sluiceway.artifacts.object_keys import workflow_key
from sluiceway.domain.workflow import MOST_SENT_BYTES
from tests.handlers.losant.calls import UNKNOWN, Json, Losant, invalid, refusal
from tests.support.unchanged import nothing_changes

CONTENT: Json = {
    "triggers": [{"type": "timer", "config": {"seconds": 1}, "anything": [1, None]}],
    "nodes": [{"type": "debug", "id": "n1", "config": {"level": 1.5}, "outputIds": [["n2"], []]}],
    "globals": [{"key": "limit", "json": "3"}],
}


def test_a_flow_says_what_was_said_of_it(losant: Losant) -> None:
    body = {
        "name": "Press monitor",
        "description": "looks",
        "flowClass": "edge",
        "enabled": False,
        "minimumAgentVersion": "2.4.0",
        "iconData": "data:image/png;base64,AAAA",
        **CONTENT,
    }
    made = losant.post("/flows?_links=false", body)
    assert made == {
        **body,
        "id": made["id"],
        "flowId": made["id"],
        "applicationId": losant.application,
        "creationDate": "2026-03-11T13:00:00.000Z",
        "lastUpdated": "2026-03-11T13:00:00.000Z",
        "stats": {"runCount": 0, "errorCount": 0},
    }
    assert losant.get(f"/flows/{made['id'].upper()}?_links=false") == made


def test_a_patch_changes_what_it_names_and_leaves_the_rest_of_the_content(losant: Losant) -> None:
    flow = losant.flow(**CONTENT, docsUrl="https://example.com", minimumAgentVersion="1.0.0")
    losant.patch(f"/flows/{flow}", {"nodes": [], "enabled": False, "category": "data"})
    shown = losant.patch(f"/flows/{flow}", {"minimumAgentVersion": None, "name": "b", "docsUrl": None})
    assert (shown["nodes"], shown["triggers"], shown["globals"]) == ([], CONTENT["triggers"], CONTENT["globals"])
    assert (shown["name"], shown["enabled"], shown["category"]) == ("b", False, "data")
    assert not {"docsUrl", "minimumAgentVersion"} & set(shown)


def test_without_a_class_only_cloud_flows_are_listed(losant: Losant) -> None:
    losant.flow("edge one")
    losant.post("/flows", {"name": "cloud one"})
    assert [flow["name"] for flow in losant.get("/flows")["items"]] == ["cloud one"]
    (listed,) = losant.get("/flows?flowClass=edge&filterField=name&filter=edge*")["items"]
    assert listed["name"] == "edge one"
    assert not {"triggers", "nodes", "globals"} & set(listed)
    assert "flowClass" in invalid(losant.call("GET", "/flows?flowClass=x"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": ""}, "name"),
        ({"enabled": "true"}, "enabled"),
        ({"minimumAgentVersion": "2.4"}, "minimumAgentVersion"),
        ({"minimumAgentVersion": "2.04.0"}, "minimumAgentVersion"),
        ({"nodes": [{}]}, "nodes.0.type"),
        ({"nodes": [{"type": "x", "unknown": 1}]}, "nodes.0.unknown"),
        ({"nodes": [{"type": "x", "outputIds": [[""]]}]}, "nodes.0.outputIds.0.0"),
        ({"nodes": [{"type": "x", "outputIds": [[]] * 101}]}, "nodes.0.outputIds"),
        ({"triggers": [{"type": 1}]}, "triggers.0.type"),
        ({"globals": [{"key": "a", "json": "1"}] * 101}, "globals"),
        ({"globals": [{"key": "a", "value": "1"}]}, "globals.0.json"),
        ({"unknown": 1}, "unknown"),
    ],
    ids=str,
)
def test_a_flow_that_is_none_is_400_and_named(losant: Losant, change: Json, named: str) -> None:
    flow = losant.flow()
    with nothing_changes(losant.app):
        assert f"{named}: " in invalid(losant.call("POST", "/flows", {"name": "a", **change}))
        assert f"{named}: " in invalid(losant.call("PATCH", f"/flows/{flow}", change))


def test_the_class_of_a_flow_cannot_change(losant: Losant) -> None:
    assert "flowClass" in invalid(losant.call("PATCH", f"/flows/{losant.flow()}", {"flowClass": "cloud"}))


def test_deleting_a_flow_withdraws_it_and_keeps_its_name_until_devices_drop_it(losant: Losant) -> None:
    flow, device = losant.flow("pump"), losant.device()
    losant.publish(flow, "v1")
    losant.release(flow, "v1", device)
    edge = losant.log_in(device)
    edge.report({"flowId": flow, "version": "v1"})
    losant.delete(f"/flows/{flow}")
    assert refusal(404, "NotFound", losant.call("GET", f"/flows/{flow}")) == "Flow was not found"
    (record,) = losant.records()
    assert (record["flowName"], record["desiredVersion"], record["currentVersion"]) == ("pump", None, "v1")
    edge.report({"flowId": flow, "version": None})
    assert losant.records() == []


def test_a_version_has_its_own_content_and_a_bundle_under_its_etag(losant: Losant) -> None:
    flow, device = losant.flow("pump", nodes=[{"type": "develop"}]), losant.device()
    target = f"/flows/{flow}/versions?_links=false"
    made = losant.post(target, {"version": "v1", "notes": "first", **CONTENT, "minimumAgentVersion": "2.4.0"})
    assert made == {
        **CONTENT,
        "id": made["id"],
        "flowVersionId": made["id"],
        "flowId": flow,
        "applicationId": losant.application,
        "version": "v1",
        "flowClass": "edge",
        "notes": "first",
        "enabled": True,
        "minimumAgentVersion": "2.4.0",
        "creationDate": "2026-03-11T13:00:00.000Z",
        "lastUpdated": "2026-03-11T13:00:00.000Z",
    }
    losant.release(flow, "v1", device)
    etag = losant.record(device, flow)["desiredEtag"]
    bundle = losant.app.objects.get(workflow_key(losant.workspace, etag))
    assert hashlib.sha256(bundle).hexdigest() == etag
    document = json.loads(bundle)
    assert bundle == json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert document == {
        **CONTENT,
        "applicationId": losant.application,
        "flowId": flow,
        "flowName": "pump",
        "flowVersionId": made["id"],
        "version": "v1",
        "minimumAgentVersion": "2.4.0",
    }


def test_content_left_out_is_empty_and_not_what_is_being_developed(losant: Losant) -> None:
    flow = losant.flow(**CONTENT)
    made = losant.post(f"/flows/{flow}/versions", {"version": "v1"})
    assert (made["nodes"], made["triggers"], made["globals"]) == ([], [], [])


@pytest.mark.parametrize("spelling", ["true", "True", "1"])
def test_a_version_is_replaced_only_where_that_is_allowed(losant: Losant, spelling: str) -> None:
    flow, device = losant.flow(), losant.device()
    losant.publish(flow, "v1")
    losant.release(flow, "v1", device)
    before, target = losant.record(device, flow), f"/flows/{flow}/versions"
    kept = losant.get(f"{target}/v1")
    for query in ("", "?allowReplacement=false", "?allowReplacement=False", "?allowReplacement="):
        assert "version" in invalid(losant.call("POST", f"{target}{query}", {"version": "v1"}))
    losant.app.pass_time(seconds=1)
    made = losant.post(f"{target}?allowReplacement={spelling}", {"version": "v1", "nodes": [{"type": "new"}]})
    assert (made["id"], made["creationDate"]) == (kept["id"], kept["creationDate"])
    assert made["lastUpdated"] > kept["lastUpdated"]
    assert losant.record(device, flow) == before
    losant.release(flow, "v1", device)
    after = losant.record(device, flow)
    assert after["desiredEtag"] != before["desiredEtag"]
    entry = after["logs"][-1]
    assert (entry["previousValue"], entry["newValue"]) == ("v1", "v1")


@pytest.mark.parametrize("name", ["develop", "default", "", "v" * 256, None])
def test_a_version_has_a_name_that_is_not_reserved(losant: Losant, name: str | None) -> None:
    answer = losant.call("POST", f"/flows/{losant.flow()}/versions", {"version": name})
    assert "version" in invalid(answer)


def test_a_version_is_named_by_its_id_in_any_case_or_by_its_name(losant: Losant) -> None:
    flow = losant.flow()
    losant.publish(flow, "v 2", "a+b", UNKNOWN)
    by_name = losant.get(f"/flows/{flow}/versions/v%202")
    assert losant.get(f"/flows/{flow}/versions/{by_name['id'].upper()}") == by_name
    assert losant.get(f"/flows/{flow}/versions/a+b")["version"] == "a+b"
    assert losant.get(f"/flows/{flow}/versions/{UNKNOWN}")["version"] == UNKNOWN


@pytest.mark.parametrize("name", [UNKNOWN, "v9", "V1", "%00", "x" * 2000, "%F0%9F%92%A9" * 255])
def test_a_version_that_is_not_there_is_404(losant: Losant, name: str) -> None:
    flow = losant.flow()
    losant.publish(flow, "v1")
    answer = losant.call("GET", f"/flows/{flow}/versions/{name}")
    assert refusal(404, "NotFound", answer) == "Flow version was not found"
    answer = losant.call("GET", f"/flows/{UNKNOWN}/versions/v1")
    assert refusal(404, "NotFound", answer) == "Flow was not found"


def test_versions_are_listed_by_name_without_their_contents(losant: Losant) -> None:
    flow = losant.flow()
    losant.publish(flow, "b", "a", "c")
    shown = losant.get(f"/flows/{flow}/versions")
    assert [version["version"] for version in shown["items"]] == ["a", "b", "c"]
    assert (shown["sortField"], shown["flowId"]) == ("version", flow)
    assert not {"triggers", "nodes", "globals"} & set(shown["items"][0])
    shown = losant.get(f"/flows/{flow}/versions?filterField=version&filter=%5Bab%5D&sortDirection=desc")
    assert shown["items"] == []


def test_a_patch_of_a_version_takes_notes_and_whether_it_is_enabled_only(losant: Losant) -> None:
    flow = losant.flow()
    losant.publish(flow, "v1", notes="old")
    shown = losant.patch(f"/flows/{flow}/versions/v1", {"enabled": False})
    assert (shown["notes"], shown["enabled"], shown["nodes"]) == ("old", False, [{"type": "v1"}])
    assert losant.patch(f"/flows/{flow}/versions/v1", {"notes": "new"})["enabled"] is False
    assert "nodes" in invalid(losant.call("PATCH", f"/flows/{flow}/versions/v1", {"nodes": []}))


def test_deleting_a_version_withdraws_it_where_it_is_wanted(losant: Losant) -> None:
    flow, device = losant.flow(), losant.device()
    losant.publish(flow, "v1")
    losant.release(flow, "v1", device)
    losant.delete(f"/flows/{flow}/versions/v1")
    assert losant.record(device, flow)["desiredVersion"] is None
    refusal(404, "NotFound", losant.call("DELETE", f"/flows/{flow}/versions/v1"))


def test_a_body_above_five_mebibytes_is_413(losant: Losant) -> None:
    body = {"version": "v1", "notes": "x" * (5 * 1024 * 1024)}
    refusal(413, "TooLarge", losant.call("POST", f"/flows/{losant.flow()}/versions", body))


def test_the_longest_content_is_shown_with_the_longest_of_everything_else_and_a_longer_one_is_413(
    losant: Losant,
) -> None:
    flow = losant.flow()
    kept = '"' * (MOST_SENT_BYTES // 4 - 1000)
    longest = {"notes": "\x01" * 32767, "customNodeConfig": {"x": "\x01" * 8000}}
    losant.publish(flow, "v1", nodes=[{"type": "x", "config": {"x": kept}}], **longest)
    assert losant.get(f"/flows/{flow}/versions/v1")["nodes"][0]["config"]["x"] == kept
    longer = {"nodes": [{"type": "x", "config": {"x": kept + '"' * 1000}}]}
    with nothing_changes(losant.app):
        refusal(413, "TooLarge", losant.call("POST", f"/flows/{flow}/versions", {"version": "v2", **longer}))
        refusal(413, "TooLarge", losant.call("PATCH", f"/flows/{flow}", longer))
