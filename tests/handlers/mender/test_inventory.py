"""What is known of devices, their tags, and searches (mender contract 7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest

from sluiceway.usecases import fleet_inventory
from tests.handlers.mender.calls import error_of
from tests.support.app import Answer, App
from tests.support.capacity import measured
from tests.support.seeds import Device, Workspace, enrol_device, expect, introduce_device, seed_workspace, where

V1 = "/api/management/v1/inventory"
V2 = "/api/management/v2/inventory"
ATTRIBUTES = "/api/devices/v1/inventory/device/attributes"


@dataclass(frozen=True)
class Inventory:
    """The inventory as one user calls it, with three devices that said something of themselves."""

    app: App
    workspace: Workspace
    devices: tuple[Device, ...]

    def call(self, method: str, target: str, body: object = b"", **headers: str) -> Answer:
        return self.app.call(method, target, body, token=self.workspace.token, headers=headers)

    def listed(self, query: str = "") -> list[int]:
        """The numbers of the devices that a list shows."""
        return self.numbers(expect(200, self.call("GET", f"{V1}/devices?{query}")))

    def found(self, *filters: object, **members: object) -> list[int]:
        return self.numbers(expect(200, self.search(*filters, **members)))

    def search(self, *filters: object, **members: object) -> Answer:
        return self.call("POST", f"{V2}/filters/search", {"filters": list(filters), **members})

    def numbers(self, answer: Answer) -> list[int]:
        numbers = {device.id: device.number for device in self.devices}
        return [numbers[shown["id"]] for shown in answer.json()]

    def show(self, device: Device) -> dict[tuple[str, str], Any]:
        shown = expect(200, self.call("GET", f"{V1}/devices/{device.id}")).json()
        return {(each["scope"], each["name"]): each["value"] for each in shown["attributes"]}

    def report(self, device: Device, **attributes: object) -> None:
        body = [{"name": name, "value": value} for name, value in attributes.items()]
        expect(200, self.app.call("PUT", ATTRIBUTES, body, token=device.token))

    def tag(self, device: Device, method: str = "PUT", if_match: str = "", **tags: object) -> Answer:
        return self.tag_all(device, method, tags, if_match)

    def tag_all(self, device: Device, method: str, tags: Mapping[str, object], if_match: str = "") -> Answer:
        body = [{"name": name, "value": value} for name, value in tags.items()]
        return self.call(method, f"{V1}/devices/{device.id}/tags", body, **{"if-match": if_match})


@pytest.fixture(name="inventory")
def _inventory(app: App, workspace: Workspace) -> Inventory:
    devices = tuple(enrol_device(app, workspace, number) for number in (1, 2, 3))
    inventory = Inventory(app, workspace, devices)
    inventory.report(devices[0], os="linux", load=1.5, disks=["sda", "sdb"], cores=4)
    inventory.report(devices[1], os="zephyr", load=20, disks=[])
    inventory.report(devices[2], os="linux", cores="many")
    return inventory


# One device


def test_a_device_shows_what_is_known_of_it_by_scope(inventory: Inventory) -> None:
    device = inventory.devices[0]
    expect(200, inventory.tag(device, site="north"))
    answer = expect(200, inventory.call("GET", f"{V1}/devices/{device.id}"))
    assert (answer.json()["id"], answer.json()["updated_ts"]) == (device.id, "2026-03-11T13:00:00.000Z")
    assert inventory.show(device) == {
        ("inventory", "os"): "linux",
        ("inventory", "load"): 1.5,
        ("inventory", "disks"): ["sda", "sdb"],
        ("inventory", "cores"): 4,
        ("identity", "mac"): device.mac,
        ("identity", "status"): "accepted",
        ("system", "created_ts"): "2026-03-11T13:00:00.000Z",
        ("system", "updated_ts"): "2026-03-11T13:00:00.000Z",
        ("system", "check_in_time"): "2026-03-11T13:00:00.000Z",
        ("tags", "site"): "north",
    }


def test_a_device_has_an_inventory_from_its_first_appearance_and_its_status_follows(
    app: App, workspace: Workspace
) -> None:
    device = introduce_device(app, workspace, 1)
    inventory = Inventory(app, workspace, (device,))
    assert inventory.listed() == [1]
    assert inventory.show(device)["identity", "status"] == "pending"
    target = f"/api/management/v2/devauth/devices/{device.id}/auth/{device.auth_set}/status"
    expect(204, inventory.call("PUT", target, {"status": "rejected"}))
    assert inventory.show(device)["identity", "status"] == "rejected"
    expect(204, inventory.call("DELETE", f"/api/management/v2/devauth/devices/{device.id}"))
    assert inventory.listed() == []
    error_of(404, inventory.call("GET", f"{V1}/devices/{device.id}"))


def test_deleting_an_inventory_forgets_what_was_reported_and_nothing_else(inventory: Inventory) -> None:
    device = inventory.devices[0]
    expect(200, inventory.tag(device, site="north"))
    for _ in range(2):
        expect(204, inventory.call("DELETE", f"{V1}/devices/{device.id}"))
    left = inventory.show(device)
    assert {scope for scope, _ in left} == {"identity", "system", "tags"}
    inventory.report(device, os="linux")
    assert inventory.show(device)["inventory", "os"] == "linux"


@pytest.mark.parametrize("device_id", ["nobody", "x" * 300])
def test_an_unknown_device_is_404_and_forgetting_it_204(inventory: Inventory, device_id: str) -> None:
    expect(204, inventory.call("DELETE", f"{V1}/devices/{device_id}"))
    for method, path, body in (
        ("GET", "", b""),
        ("PUT", "/tags", []),
        ("PATCH", "/tags", []),
        ("GET", "/group", b""),
        ("PUT", "/group", {"group": "g"}),
        ("DELETE", "/group/g", b""),
    ):
        error_of(404, inventory.call(method, f"{V1}/devices/{device_id}{path}", body))


# Tags


def test_tags_are_replaced_or_merged(inventory: Inventory) -> None:
    device = inventory.devices[0]

    def tags() -> dict[str, object]:
        return {name: value for (scope, name), value in inventory.show(device).items() if scope == "tags"}

    expect(200, inventory.tag(device, a="1", b="2"))
    expect(200, inventory.tag(device, "PATCH", b=3, c=["x"]))
    assert tags() == {"a": "1", "b": 3, "c": ["x"]}
    expect(200, inventory.tag(device, d="4"))
    assert tags() == {"d": "4"}
    expect(200, inventory.tag(device))
    assert tags() == {}
    assert inventory.show(device)["inventory", "os"] == "linux"


def test_tags_that_were_changed_meanwhile_are_not_overwritten(inventory: Inventory) -> None:
    device = inventory.devices[0]

    def version() -> str:
        return inventory.call("GET", f"{V1}/devices/{device.id}").headers["etag"]

    first = version()
    inventory.report(device, os="other")
    assert version() == first
    expect(200, inventory.tag(device, if_match=first, a="1"))
    for method in ("PUT", "PATCH"):
        error_of(412, inventory.tag(device, method, if_match=first, a="2"))
    assert inventory.show(device)["tags", "a"] == "1"
    expect(200, inventory.tag(device, "PATCH", if_match=version(), a="3"))


def test_a_device_has_twenty_tags_at_most(inventory: Inventory) -> None:
    device = inventory.devices[0]
    expect(200, inventory.tag_all(device, "PUT", {f"t{number}": number for number in range(20)}))
    error_of(400, inventory.tag(device, "PATCH", one_more="x"))
    error_of(400, inventory.tag_all(device, "PUT", {f"t{number}": number for number in range(21)}))
    expect(200, inventory.tag(device, "PATCH", t0="again"))


@pytest.mark.parametrize(
    "body", [{}, [{}], [{"name": "a"}], [{"name": "a", "value": None}], [{"name": "a", "value": {}}]]
)
def test_tags_that_cannot_be_are_400(inventory: Inventory, body: object) -> None:
    for method in ("PUT", "PATCH"):
        error_of(400, inventory.call(method, f"{V1}/devices/{inventory.devices[0].id}/tags", body))


# Lists


def test_a_list_has_pages_a_total_and_links(inventory: Inventory) -> None:
    answer = expect(200, inventory.call("GET", f"{V1}/devices?page=2&per_page=1"))
    assert answer.headers["x-total-count"] == "3"
    relations = [part.split("; ")[1] for part in answer.headers["link"].split(", ")]
    assert relations == ['rel="first"', 'rel="prev"', 'rel="next"', 'rel="last"']
    pages = [inventory.listed(f"page={page}&per_page=2") for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert sorted(pages[0] + pages[1]) == [1, 2, 3]
    error_of(400, inventory.call("GET", f"{V1}/devices?per_page=501"))


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("os=linux", [1, 3]),
        ("inventory/os=linux", [1, 3]),
        ("os=linux&cores=4", [1]),
        ("cores=4.0", [1]),
        ("cores=many", [3]),
        ("load=20", [2]),
        ("disks=sdb", [1]),
        ("os=", []),
        ("identity/mac=02:00:00:00:00:02", [2]),
        ("identity/status=accepted", [1, 2, 3]),
        ("identity/status=pending", []),
        ("tags/os=linux", []),
        ("other/os=linux", []),
        ("has_group=true", [2]),
        ("has_group=false", [1, 3]),
        ("group=lab", [2]),
        ("group=lab&os=linux", []),
        ("group=nothing", []),
        ("system/group=lab", [2]),
    ],
)
def test_a_list_is_narrowed_by_attributes_that_equal_a_value(
    inventory: Inventory, query: str, numbers: list[int]
) -> None:
    expect(204, inventory.call("PUT", f"{V1}/devices/{inventory.devices[1].id}/group", {"group": "lab"}))
    answer = expect(200, inventory.call("GET", f"{V1}/devices?{query}"))
    assert sorted(inventory.numbers(answer)) == numbers
    assert answer.headers["x-total-count"] == str(len(numbers))


@pytest.mark.parametrize(
    ("sort", "numbers"),
    [
        ("identity/mac", [1, 2, 3]),
        ("identity/mac:desc", [3, 2, 1]),
        ("load:asc", [1, 2, 3]),
        ("load:desc", [2, 1, 3]),
        ("cores", [1, 3, 2]),
        ("cores:desc", [3, 1, 2]),
    ],
)
def test_a_list_is_sorted_and_who_has_no_value_comes_last(inventory: Inventory, sort: str, numbers: list[int]) -> None:
    assert inventory.listed(f"sort={sort}") == numbers


@pytest.mark.parametrize("query", ["sort=os:up", "has_group=maybe", "inventory/=x", "=x", "page=0"])
def test_a_list_that_makes_no_sense_is_400(inventory: Inventory, query: str) -> None:
    error_of(400, inventory.call("GET", f"{V1}/devices?{query}"))


def test_a_list_without_filters_reads_its_page_only(inventory: Inventory) -> None:
    with measured(inventory.app.table) as meter:
        inventory.listed("per_page=1")
    small = meter.usage.read_units
    with measured(inventory.app.table) as meter:
        inventory.listed("per_page=1&os=linux")
    assert small < meter.usage.read_units


# Searches


@pytest.mark.parametrize(
    ("term", "numbers"),
    [
        (where("os", "$eq", "linux"), [1, 3]),
        (where("os", "$ne", "linux"), [2]),
        (where("load", "$ne", 1.5), [2, 3]),
        (where("load", "$gt", 1.5), [2]),
        (where("load", "$gte", 1.5), [1, 2]),
        (where("load", "$lt", 20), [1]),
        (where("load", "$lte", 20), [1, 2]),
        (where("os", "$gt", "linux"), [2]),
        (where("cores", "$gt", 0), [1]),
        (where("cores", "$gt", ""), [3]),
        (where("os", "$in", ["linux", "qnx"]), [1, 3]),
        (where("os", "$in", []), []),
        (where("os", "$nin", ["linux"]), [2]),
        (where("disks", "$eq", "sda"), [1]),
        (where("disks", "$nin", ["sda"]), [2, 3]),
        (where("disks", "$ne", "sda"), [2, 3]),
        (where("load", "$exists", True), [1, 2]),
        (where("load", "$exists", False), [3]),
        (where("disks", "$exists", True), [1, 2]),
        (where("os", "$regex", "^lin.x$"), [1, 3]),
        (where("os", "$regex", "(?i)ZEPH"), [2]),
        (where("mac", "$regex", ":0[13]$", "identity"), [1, 3]),
        (where("status", "$eq", "accepted", "identity"), [1, 2, 3]),
        (where("created_ts", "$lt", "2026-03-11T13:00:00.001Z", "system"), [1, 2, 3]),
        (where("check_in_time", "$gt", "2026-03-11T13:00:00.000Z", "system"), []),
        (where("anything", "$exists", True, "monitor"), []),
    ],
)
def test_a_search_compares_as_its_operator_says(inventory: Inventory, term: object, numbers: list[int]) -> None:
    answer = inventory.search(term)
    assert sorted(inventory.numbers(expect(200, answer))) == numbers
    assert answer.headers["x-total-count"] == str(len(numbers))


@pytest.mark.parametrize(
    "body",
    [
        {"filters": [{"scope": "inventory", "attribute": "os", "type": "$type", "value": "x"}]},
        {"filters": [{"scope": "inventory", "attribute": "os", "value": "x"}]},
        {"filters": [{"scope": "nowhere", "attribute": "os", "type": "$eq", "value": "x"}]},
        {"filters": [{"attribute": "os", "type": "$eq", "value": "x"}]},
        {"filters": [{"scope": "inventory", "type": "$eq", "value": "x"}]},
        {"filters": [{"scope": "inventory", "attribute": "os", "type": "$eq"}]},
        {"filters": [where("os", "$eq", ["x"])]},
        {"filters": [where("os", "$eq", None)]},
        {"filters": [where("os", "$gt", True)]},
        {"filters": [where("os", "$in", "x")]},
        {"filters": [where("os", "$nin", [["x"]])]},
        {"filters": [where("os", "$exists", "true")]},
        {"filters": [where("os", "$regex", 1)]},
        {"filters": [where("os", "$regex", "(")]},
        {"filters": [where("os", "$regex", "(a+)+$")]},
        {"filters": [where("os", "$regex", "x" * 257)]},
        {"filters": {}},
        {"sort": [{"scope": "nowhere", "attribute": "os", "order": "asc"}]},
        {"sort": [{"scope": "inventory", "attribute": "os", "order": "up"}]},
        {"sort": [{"scope": "inventory", "attribute": "os"}]},
        {"attributes": [{"scope": "nowhere", "attribute": "os"}]},
        {"page": 0},
        {"per_page": 0},
        {"per_page": 501},
        {"device_ids": [1]},
        {"text": 1},
        [],
    ],
)
def test_a_search_that_makes_no_sense_is_400(inventory: Inventory, body: object) -> None:
    error_of(400, inventory.call("POST", f"{V2}/filters/search", body))


def test_a_search_needs_every_filter_to_hold(inventory: Inventory) -> None:
    assert inventory.found(where("os", "$eq", "linux"), where("load", "$exists", True)) == [1]


def test_a_search_is_sorted_by_several_attributes_and_paged(inventory: Inventory) -> None:
    sort = [
        {"scope": "inventory", "attribute": "os", "order": "desc"},
        {"scope": "identity", "attribute": "mac", "order": "desc"},
    ]
    assert inventory.found(sort=sort) == [2, 3, 1]
    assert inventory.found(sort=sort, page=2, per_page=2) == [1]
    assert inventory.search(sort=sort, page=9).headers["x-total-count"] == "3"


def test_a_search_shows_the_attributes_that_are_asked_for(inventory: Inventory) -> None:
    wanted = [{"scope": "inventory", "attribute": "os"}, {"scope": "identity", "attribute": "nothing"}]
    answer = expect(200, inventory.search(where("os", "$eq", "zephyr"), attributes=wanted))
    assert answer.json()[0]["attributes"] == [{"name": "os", "scope": "inventory", "value": "zephyr"}]


def test_a_search_may_be_held_to_some_devices_and_some_words(inventory: Inventory) -> None:
    one, two, three = inventory.devices
    assert sorted(inventory.found(device_ids=[one.id, three.id, "nobody", "x" * 300])) == [1, 3]
    assert inventory.found(where("os", "$eq", "zephyr"), device_ids=[one.id]) == []
    assert inventory.found(text="ZEPH 00:02") == [2]
    assert inventory.found(text=two.id[:30] + two.id[30:]) == [2]
    assert inventory.found(where("id", "$in", [two.id], "identity")) == [2]


def test_a_fleet_that_is_too_large_to_look_through_is_400_unless_it_is_narrowed(inventory: Inventory) -> None:
    device = inventory.devices[0]
    expect(204, inventory.call("PUT", f"{V1}/devices/{device.id}/group", {"group": "lab"}))
    with patch.object(fleet_inventory, "MOST_SEARCHED", 2):
        assert "device_ids" in error_of(400, inventory.search(where("os", "$eq", "linux")))
        error_of(400, inventory.call("GET", f"{V1}/devices?os=linux"))
        assert inventory.found(where("os", "$eq", "linux"), device_ids=[device.id]) == [1]
        assert inventory.listed("group=lab&os=linux") == [1]
        assert len(inventory.listed()) == 3


def test_attributes_are_listed_with_the_number_of_devices_that_have_them(inventory: Inventory) -> None:
    listed = expect(200, inventory.call("GET", f"{V2}/filters/attributes")).json()
    counts = {(each["scope"], each["name"]): each["count"] for each in listed}
    assert counts["inventory", "os"] == counts["identity", "mac"] == counts["identity", "status"] == 3
    assert (counts["inventory", "load"], counts["inventory", "cores"]) == (2, 2)
    assert [each["count"] for each in listed] == sorted((each["count"] for each in listed), reverse=True)


def test_statistics_count_accepted_and_pending_devices(inventory: Inventory) -> None:
    introduce_device(inventory.app, inventory.workspace, 4)
    shown = expect(200, inventory.call("GET", f"{V2}/statistics")).json()
    assert shown == {"standard": {"accepted": 3, "pending": 1}}


def test_nothing_of_another_workspace_is_found_shown_or_changed(inventory: Inventory) -> None:
    device = inventory.devices[0]
    other = Inventory(inventory.app, seed_workspace(inventory.app, "b"), inventory.devices)
    assert other.listed() == other.listed("os=linux") == other.found(device_ids=[device.id]) == []
    error_of(404, other.call("GET", f"{V1}/devices/{device.id}"))
    error_of(404, other.tag(device, a="1"))
    expect(204, other.call("DELETE", f"{V1}/devices/{device.id}"))
    assert other.call("GET", f"{V2}/filters/attributes").json() == []
    assert inventory.show(device)["inventory", "os"] == "linux"


@pytest.mark.parametrize("target", ["/devices", "/devices?os=linux", "/devices/{id}", "/devices/{id}/group", "/groups"])
def test_reading_writes_nothing(inventory: Inventory, target: str) -> None:
    with measured(inventory.app.table) as meter:
        expect(200, inventory.call("GET", f"{V1}{target.replace('{id}', inventory.devices[0].id)}"))
    assert meter.usage.write_units == 0
