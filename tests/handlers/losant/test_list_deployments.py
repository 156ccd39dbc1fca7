"""Listing deployments and reading one (contract 1.1, 1.2, 2.1, 2.2)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest

from sluiceway.domain.workflow_operation import SlotView
from sluiceway.domain.workflow_slot import (
    MOST_LOG_ENTRIES,
    Actor,
    Content,
    LogEntry,
    Side,
    Source,
    unstored_slot,
)
from sluiceway.storage.workflow_slot_items import store_view
from tests.handlers.losant.calls import DEPLOYMENTS, UNKNOWN, Losant, invalid, refusal
from tests.support.app import NOW

VERSION = "v 2+b/1"


@pytest.fixture(name="flow")
def _flow(losant: Losant) -> str:
    flow = losant.flow("Press monitor")
    losant.publish(flow, "v1", VERSION)
    return flow


def test_an_empty_list_says_how_it_was_read(losant: Losant) -> None:
    assert losant.get(f"{DEPLOYMENTS}?_links=false") == {
        "items": [],
        "count": 0,
        "totalCount": 0,
        "applicationId": losant.application,
        "page": 0,
        "perPage": 100,
        "sortField": "lastUpdated",
        "sortDirection": "asc",
    }


def test_a_record_has_every_member_that_clients_read(losant: Losant, flow: str) -> None:
    device = losant.device("press-line-gw-1")
    losant.release(flow, "v1", device)
    record = losant.record(device, flow)
    root = f"/applications/{losant.application}"
    assert record == {
        "id": record["edgeDeploymentId"],
        "edgeDeploymentId": record["id"],
        "applicationId": losant.application,
        "deviceId": device,
        "deviceName": "press-line-gw-1",
        "deviceConnectionInfo": {"connected": None},
        "flowId": flow,
        "flowName": "Press monitor",
        "flowClass": "edge",
        "creationDate": "2026-03-11T13:00:00.000Z",
        "lastUpdated": "2026-03-11T13:00:00.000Z",
        "currentVersion": None,
        "desiredVersion": "v1",
        "desiredEtag": record["desiredEtag"],
        "logs": [
            {
                "date": "2026-03-11T13:00:00.000Z",
                "changeType": "desired",
                "sourceType": "apiToken",
                "sourceId": losant.token_id,
                "previousValue": None,
                "newValue": "v1",
                "newEtag": record["desiredEtag"],
            }
        ],
        "_type": "edgeDeployment",
        "_links": {
            "self": {"href": f"{root}/edge/deployments/{record['id']}"},
            "edgeDeployments": {"href": f"{root}/edge/deployments"},
            "application": {"href": root},
            "device": {"href": f"{root}/devices/{device}"},
            "flow": {"href": f"{root}/flows/{flow}"},
        },
    }
    assert losant.get(f"{DEPLOYMENTS}/{record['id'].upper()}") == record


def test_a_withdrawn_record_has_null_versions_no_etags_and_its_log(losant: Losant, flow: str) -> None:
    device = losant.device()
    losant.release(flow, "v1", device)
    losant.release(flow, None, device)
    record = losant.record(device, flow)
    assert (record["currentVersion"], record["desiredVersion"]) == (None, None)
    assert not {"currentEtag", "desiredEtag"} & set(record)
    assert len(record["logs"]) == 2


@pytest.mark.parametrize("letter", ["v", '"'])
def test_a_page_whose_logs_are_full_of_the_longest_names_is_answered_with_less_of_them(
    losant: Losant, letter: str
) -> None:
    name = letter * 255
    flow = losant.flow(name)
    _fill_logs(losant, flow, 70, Content(name, "e" * 255))
    page = losant.get(DEPLOYMENTS)

    assert page["count"] == 70
    assert 1 <= len(page["items"][-1]["logs"]) < 100


def _fill_logs(losant: Losant, flow: str, devices: int, content: Content) -> None:
    """Let devices have said so much of a flow that their logs are full."""
    for number in range(devices):
        device = losant.device(f"{number:03}" + content.version[3:])
        source = Source(Actor.DEVICE, device)
        log = [LogEntry(NOW, Side.CURRENT, source, content, content, 1)] * MOST_LOG_ENTRIES
        slot = replace(unstored_slot(losant.workspace, device, flow, NOW), desired=content, current=content, rev=1)
        losant.app.service.table.write(*store_view(SlotView(slot, 0, log), ()))


@pytest.mark.parametrize("value", ["false", "False", "0"])
def test_only_a_denial_of_links_leaves_them_out(losant: Losant, flow: str, value: str) -> None:
    losant.release(flow, "v1", losant.device())
    for query in ("", "_links=true", "_links=", "_links=x&_actions=false&_embedded=false"):
        shown = losant.get(f"{DEPLOYMENTS}?{query}")
        assert (shown["_type"], shown["items"][0]["_type"]) == ("edgeDeployments", "edgeDeployment")
        assert shown["_links"]["self"] == {"href": f"/applications/{losant.application}/edge/deployments"}
    shown = losant.get(f"{DEPLOYMENTS}?_actions=true&_embedded=false&_links={value}")
    assert not {"_links", "_type", "_actions"} & {*shown, *shown["items"][0]}


@pytest.mark.parametrize("encode", [quote_plus, lambda text: quote(text, safe="")])
def test_both_encodings_of_a_version_find_it_on_either_side_and_are_echoed(
    losant: Losant, flow: str, encode: type[str]
) -> None:
    runs, waits, other = (losant.device(name) for name in ("a", "b", "c"))
    losant.release(flow, VERSION, runs, waits)
    losant.log_in(runs).report({"flowId": flow, "version": VERSION})
    losant.release(flow, "v1", runs, other)
    shown = losant.get(f"{DEPLOYMENTS}?version={encode(VERSION)}&deviceId=&flowId=")
    assert {record["deviceId"] for record in shown["items"]} == {runs, waits}
    assert (shown["version"], shown["totalCount"]) == (VERSION, 2)
    assert not {"deviceId", "flowId", "filterEmpty"} & set(shown)


def test_filters_hold_together_and_an_unknown_device_has_no_records(losant: Losant, flow: str) -> None:
    device, other = losant.device("a"), losant.device("b")
    losant.release(flow, "v1", device, other)
    shown = losant.get(f"{DEPLOYMENTS}?deviceId={device.upper()}&flowId={flow}&version=v1&filterEmpty=true&unknown=x")
    assert [record["deviceId"] for record in shown["items"]] == [device]
    assert (shown["deviceId"], shown["flowId"], shown["version"]) == (device, flow, "v1")
    assert losant.records(f"deviceId={UNKNOWN}") == []
    assert losant.records(f"flowId={UNKNOWN}") == []
    assert losant.records("version=V1") == []


@pytest.mark.parametrize(("flag", "count"), [("true", 1), ("True", 1), ("1", 1), ("false", 2), ("0", 2), ("", 2)])
def test_empty_records_are_left_out_when_asked_in_any_spelling(
    losant: Losant, flow: str, flag: str, count: int
) -> None:
    device, other = losant.device("a"), losant.device("b")
    losant.release(flow, "v1", device, other)
    losant.release(flow, None, other)
    assert len(losant.records(f"filterEmpty={flag}")) == count


def test_pages_count_after_filtering_and_one_past_the_end_is_empty(losant: Losant, flow: str) -> None:
    devices = [losant.device(name) for name in "abc"]
    losant.release(flow, "v1", *devices)
    seen = [losant.get(f"{DEPLOYMENTS}?sortField=deviceId&perPage=2&page={page}") for page in range(3)]
    assert [shown["count"] for shown in seen] == [2, 1, 0]
    assert {shown["totalCount"] for shown in seen} == {3}
    assert [record["deviceId"] for shown in seen for record in shown["items"]] == sorted(devices)


@pytest.mark.parametrize(("direction", "versions"), [("asc", [None, "v1"]), ("DESC", ["v1", None])])
def test_nothing_sorts_before_every_version(
    losant: Losant, flow: str, direction: str, versions: list[str | None]
) -> None:
    device, other = losant.device("a"), losant.device("b")
    losant.release(flow, "v1", device, other)
    losant.release(flow, None, other)
    shown = losant.get(f"{DEPLOYMENTS}?sortField=desiredVersion&sortDirection={direction}")
    assert [record["desiredVersion"] for record in shown["items"]] == versions
    assert (shown["sortField"], shown["sortDirection"]) == ("desiredVersion", direction.lower())


@pytest.mark.parametrize(
    "query",
    [
        "sortField=name",
        "sortDirection=up",
        "page=-1",
        "page=x",
        "page=1.5",
        "perPage=0",
        "perPage=1001",
        "deviceId=foo",
        f"flowId={UNKNOWN}0",
        f"version={'v' * 256}",
        "filterEmpty=yes",
    ],
)
def test_a_query_that_is_none_is_400_and_named(losant: Losant, query: str) -> None:
    assert invalid(losant.call("GET", f"{DEPLOYMENTS}?{query}")).startswith(f"{query.partition('=')[0]}: ")


@pytest.mark.parametrize("page", ["9999999999", "0" * 20, "9" * 5000])
def test_any_page_past_the_end_is_empty(losant: Losant, flow: str, page: str) -> None:
    losant.release(flow, "v1", losant.device())
    shown = losant.get(f"{DEPLOYMENTS}?page={page}&perPage=1")
    assert (shown["page"] > 0, shown["totalCount"]) == (page[0] == "9", 1)
    assert shown["items"] == [] or not shown["page"]


def test_a_list_that_has_no_such_filter_ignores_it(losant: Losant) -> None:
    assert not {"filter", "filterField"} & set(losant.get(f"{DEPLOYMENTS}?filterField=name&filter=x"))


def test_a_page_of_a_thousand_is_served(losant: Losant) -> None:
    assert losant.get(f"{DEPLOYMENTS}?perPage=1000")["perPage"] == 1000


@pytest.mark.parametrize("identifier", [UNKNOWN, "foo", "0" * 24])
def test_a_record_that_is_not_there_is_404_by_its_name(losant: Losant, identifier: str) -> None:
    answer = losant.call("GET", f"{DEPLOYMENTS}/{identifier}")
    assert refusal(404, "NotFound", answer) == "Edge deployment was not found"
