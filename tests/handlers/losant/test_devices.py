"""Devices, as programs manage them (contract 5.3, 4.5)."""

from __future__ import annotations

import pytest

from tests.handlers.losant.calls import UNKNOWN, Json, Losant, invalid, refusal
from tests.support.unchanged import nothing_changes

BRACKETED = "tagFilter%5B0%5D%5Bkey%5D=site&tagFilter%5B0%5D%5Bvalue%5D=lab"


def names(losant: Losant, query: str = "") -> list[str]:
    return [device["name"] for device in losant.get(f"/devices?{query}")["items"]]


def test_a_device_says_what_was_said_of_it(losant: Losant) -> None:
    body = {
        "name": "press-line-gw-1",
        "description": "beside the press",
        "deviceClass": "edgeCompute",
        "tags": [{"key": "site", "value": "lab"}],
        "attributes": [{"name": "pressure", "dataType": "number", "contextAttributes": []}],
        "gatewayId": UNKNOWN.upper(),
        "keepDuplicates": True,
    }
    made = losant.post("/devices?_links=false", body)
    assert made == {
        **body,
        "id": made["id"],
        "deviceId": made["id"],
        "applicationId": losant.application,
        "gatewayId": UNKNOWN,
        "creationDate": "2026-03-11T13:00:00.000Z",
        "lastUpdated": "2026-03-11T13:00:00.000Z",
        "connectionInfo": {"connected": None},
    }
    assert losant.get(f"/devices/{made['id'].upper()}?_links=false") == made


def test_a_device_is_standalone_unless_told_otherwise(losant: Losant) -> None:
    made = losant.post("/devices", {"name": "plain"})
    assert (made["deviceClass"], made["description"], made["tags"], made["attributes"]) == ("standalone", "", [], [])
    assert made["_links"]["devices"] == {"href": f"/applications/{losant.application}/devices"}


def test_a_patch_changes_what_it_names_and_nothing_else(losant: Losant) -> None:
    device = losant.device("a", description="old", tags=[{"key": "site", "value": "lab"}], gatewayId=UNKNOWN)
    losant.app.pass_time(seconds=1)
    losant.patch(f"/devices/{device}", {"description": "new"})
    shown = losant.patch(f"/devices/{device}", {"name": "b", "gatewayId": None})
    assert (shown["name"], shown["description"]) == ("b", "new")
    assert shown["tags"] == [{"key": "site", "value": "lab"}]
    assert "gatewayId" not in shown
    assert shown["lastUpdated"] == "2026-03-11T13:00:01.000Z"


def test_a_device_of_another_class_or_none_at_all_has_no_deployments(losant: Losant) -> None:
    flow = losant.flow()
    losant.publish(flow, "v1")
    changed, deleted = losant.device("a"), losant.device("b")
    losant.release(flow, "v1", changed, deleted)
    losant.patch(f"/devices/{changed}", {"deviceClass": "gateway"})
    assert [record["deviceId"] for record in losant.records()] == [deleted]
    losant.delete(f"/devices/{deleted}")
    assert losant.records() == []
    assert refusal(404, "NotFound", losant.call("GET", f"/devices/{deleted}")) == "Device was not found"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 256}, "name"),
        ({"name": None}, "name"),
        ({"deviceClass": "toaster"}, "deviceClass"),
        ({"tags": [{"key": "site"}]}, "tags.0.value"),
        ({"tags": [{"key": "site", "value": "x"}] * 101}, "tags"),
        ({"tags": [{"key": "site", "value": "x", "other": 1}]}, "tags.0.other"),
        ({"attributes": [{"name": "a b", "dataType": "number"}]}, "attributes.0.name"),
        ({"attributes": [{"name": "a", "dataType": "colour"}]}, "attributes.0.dataType"),
        ({"gatewayId": "foo"}, "gatewayId"),
        ({"device_class": "gateway"}, "device_class"),
        ({"unknown": 1}, "unknown"),
    ],
    ids=str,
)
def test_a_device_that_is_none_is_400_and_named(losant: Losant, change: Json, named: str) -> None:
    device = losant.device()
    with nothing_changes(losant.app):
        assert f"{named}: " in invalid(losant.call("POST", "/devices", {"name": "a", **change}))
        assert f"{named}: " in invalid(losant.call("PATCH", f"/devices/{device}", change))


def test_a_device_has_a_name(losant: Losant) -> None:
    assert "name" in invalid(losant.call("POST", "/devices", {}))


def test_a_list_is_filtered_by_class_by_tag_and_by_a_glob(losant: Losant) -> None:
    losant.device("press 1", tags=[{"key": "site", "value": "lab"}])
    losant.device("press 2", "gateway", tags=[{"key": "site", "value": "field"}])
    losant.device("saw [3]", "system")
    assert names(losant) == ["press 1", "press 2", "saw [3]"]
    assert names(losant, "deviceClass=edgeCompute") == ["press 1"]
    assert names(losant, "deviceClass%5B0%5D=edgeCompute&deviceClass%5B1%5D=system") == ["press 1", "saw [3]"]
    assert names(losant, BRACKETED) == ["press 1"]
    assert names(losant, f"{BRACKETED}&tagFilter[1][value]=field") == ["press 1", "press 2"]
    assert names(losant, "filterField=name&filter=*%5B3%5D") == ["saw [3]"]
    assert names(losant, "filterField=name&filter=press+%3F") == ["press 1", "press 2"]
    assert names(losant, "filter=press*") == ["press 1", "press 2", "saw [3]"]
    shown = losant.get("/devices?filterField=name&filter=press*&perPage=1")
    assert (shown["filter"], shown["filterField"], shown["totalCount"]) == ("press*", "name", 2)


def test_a_filter_without_its_field_and_a_field_without_a_filter_are_echoed_and_filter_nothing(losant: Losant) -> None:
    losant.device("saw")
    alone = losant.get("/devices?filter=press*")
    assert (alone["filter"], alone.get("filterField"), alone["totalCount"]) == ("press*", None, 1)
    field = losant.get("/devices?filterField=name")
    assert (field.get("filter"), field["filterField"], field["totalCount"]) == (None, "name", 1)


def test_a_page_of_devices_that_are_described_at_length_is_served_without_what_is_too_long(losant: Losant) -> None:
    attributes = [{"name": "a", "dataType": "string", "description": "x" * 290_000}]
    devices = [losant.device(f"{number:02}", attributes=attributes, description="short") for number in range(20)]
    page = losant.get("/devices")
    assert page["omitted"] == ["attributes"]
    assert [(each["id"], each["description"]) for each in page["items"]] == [(device, "short") for device in devices]
    assert losant.get(f"/devices/{devices[0]}")["attributes"] == attributes


def test_a_list_is_sorted_by_what_is_asked(losant: Losant) -> None:
    for name in ("b", "a", "c"):
        losant.app.pass_time(seconds=1)
        losant.device(name)
    assert names(losant) == ["a", "b", "c"]
    assert names(losant, "sortField=creationDate&sortDirection=desc") == ["c", "a", "b"]


def test_who_never_called_comes_before_who_did_and_who_is_connected(losant: Losant) -> None:
    silent, gone, connected = (losant.device(name) for name in ("silent", "gone", "connected"))
    losant.log_in(gone).desired()
    losant.app.pass_time(minutes=5)
    losant.log_in(connected).desired()
    assert names(losant, "sortField=connectionStatus") == ["silent", "gone", "connected"]
    shown = {device: losant.get(f"/devices/{device}")["connectionInfo"] for device in (silent, gone, connected)}
    assert shown == {
        silent: {"connected": None},
        gone: {"connected": 0, "time": "2026-03-11T13:00:00.000Z"},
        connected: {"connected": 1, "time": "2026-03-11T13:05:00.000Z"},
    }


@pytest.mark.parametrize(
    "query",
    ["deviceClass=toaster", "deviceClass%5B0%5D=x", "query=%7B%7D", "sortField=tags", "filterField=tags&filter=x"],
)
def test_a_query_that_is_none_is_400(losant: Losant, query: str) -> None:
    invalid(losant.call("GET", f"/devices?{query}"))


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("identifier", [UNKNOWN, "foo"])
def test_a_device_that_is_not_there_is_404(losant: Losant, method: str, identifier: str) -> None:
    answer = losant.call(method, f"/devices/{identifier}", {"name": "x"})
    assert refusal(404, "NotFound", answer) == "Device was not found"
