"""Devices through the Miru API (miru contract 5.4)."""

from __future__ import annotations

import pytest

from miru._versions import Version
from tests.handlers.miru.calls import Bench, Miru, refusal
from tests.support.seeds import expect
from tests.support.unchanged import nothing_changes

P, Z, T = Version.APPROVALS, Version.ZION, Version.TETONS
MEMBERS = {
    "object",
    "id",
    "name",
    "status",
    "last_connected_at",
    "last_disconnected_at",
    "created_at",
    "updated_at",
}


@pytest.mark.parametrize("version", Version)
def test_a_new_device_is_inactive(miru: Miru, version: Version) -> None:
    program = miru.in_version(version)
    made = program.post("/devices", {"name": "cart-7"})
    assert set(made) == (MEMBERS | {"agent_version"} if version is T else MEMBERS)
    assert made["id"].startswith("dvc_")
    assert (made["name"], made["status"], made["last_connected_at"]) == ("cart-7", "inactive", None)
    assert program.get(f"/devices/{made['id']}") == made
    assert program.get("/devices")["data"] == [made]


def test_a_name_is_taken_once(miru: Miru) -> None:
    first, second = (miru.post("/devices", {"name": name})["id"] for name in ("cart-1", "cart-2"))
    with nothing_changes(miru.app):
        assert refusal(409, "device_name_taken", miru.call("POST", "/devices", {"name": "cart-1"})) == {
            "name": "cart-1"
        }
        refusal(409, "device_name_taken", miru.call("PATCH", f"/devices/{second}", {"name": "cart-1"}))
    miru.app.pass_time(seconds=1)
    renamed = miru.patch(f"/devices/{first}", {"name": "cart-3"})
    assert renamed["name"] == "cart-3"
    assert renamed["updated_at"] > renamed["created_at"]
    assert miru.patch(f"/devices/{second}", {"name": "cart-1"})["name"] == "cart-1"


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "x" * 49}, {"name": 7}])
def test_what_is_no_name_is_refused_and_named(miru: Miru, body: object) -> None:
    device = miru.post("/devices", {"name": "cart-1"})["id"]
    with nothing_changes(miru.app):
        for method, target in (("POST", "/devices"), ("PATCH", f"/devices/{device}")):
            (fault,) = refusal(400, "invalid_request", miru.call(method, target, body))["fields"]
            assert fault["field"] == "name"
        refusal(400, "invalid_request", miru.call("POST", "/devices", {}))


@pytest.mark.parametrize("body", [{}, {"name": None}, {"stranger": 1}, {"name": "cart-1"}])
def test_a_change_of_nothing_changes_nothing(miru: Miru, body: object) -> None:
    made = miru.post("/devices", {"name": "cart-1"})
    with nothing_changes(miru.app):
        assert miru.patch(f"/devices/{made['id']}", body) == made


def test_devices_are_found_by_name_and_release(bench: Bench) -> None:
    miru = bench.miru
    other = miru.post("/devices", {"name": "cart, 8"})["id"]
    bench.deployed()
    for version in Version:
        program = miru.in_version(version)
        assert program.ids("/devices?name=cart,+8") == [other]
        assert program.ids("/devices?name=cart-7%7Cnobody") == [bench.device]
        assert program.ids(f"/devices?id={other}&name=cart-7") == []
        assert program.ids("/devices?agent_version=v0.8.0") == []
        assert set(program.ids("/devices?expand=total_count")) == {bench.device, other}
    for older in (P, Z):
        program = miru.in_version(older)
        assert program.ids(f"/devices?current_release_id={bench.releases[0]}") == [bench.device]
        assert program.get(f"/devices?current_release_id={bench.releases[1]}&expand[]=total_count")["total_count"] == 0
    assert len(miru.ids(f"/devices?current_release_id={bench.releases[1]}")) == 2, "no filter of the newest version"


def test_devices_are_listed_in_parts_newest_first(miru: Miru) -> None:
    made = []
    for number in range(5):
        miru.app.pass_time(seconds=1)
        made.append(miru.post("/devices", {"name": f"cart-{number}"})["id"])
    assert miru.ids("/devices?limit=2&offset=1") == [made[3], made[2]]
    assert miru.ids("/devices?order_by=created_at:asc&limit=2&offset=3") == made[3:]
    assert miru.get("/devices?limit=2&offset=3&expand=total_count")["total_count"] == 5


@pytest.mark.parametrize("scope", ["devices:provision", "devices:write", "devices:manage"])
def test_either_of_two_scopes_makes_a_device(miru: Miru, scope: str) -> None:
    expect(200, miru.with_scopes(scope).call("POST", "/devices", {"name": "cart-1"}))


def test_who_provisions_finds_a_device_by_its_name_and_no_more(miru: Miru) -> None:
    script = miru.with_scopes("devices:provision")
    made = script.post("/devices", {"name": "cart-7"})["id"]
    refusal(409, "device_name_taken", script.call("POST", "/devices", {"name": "cart-7"}))
    assert script.ids("/devices?name=cart-7") == [made]
    params = refusal(403, "forbidden", script.call("GET", f"/devices/{made}"))
    assert params == {"required": ["devices:read"]}
    refusal(403, "forbidden", script.call("DELETE", f"/devices/{made}"))


@pytest.mark.parametrize("version", [P, Z])
def test_a_deleted_device_is_gone_and_its_name_free(miru: Miru, version: Version) -> None:
    program = miru.in_version(version)
    made = program.post("/devices", {"name": "cart-7"})["id"]
    assert program.delete(f"/devices/{made}") == {"object": "device", "id": made, "deleted": True}
    for method, body in (("GET", b""), ("PATCH", {"name": "x"}), ("DELETE", b"")):
        params = refusal(404, "record_not_found", program.call(method, f"/devices/{made}", body))
        assert params == {"record_type": "device", "record_id": made}
    assert program.ids("/devices") == []
    program.post("/devices", {"name": "cart-7"})
