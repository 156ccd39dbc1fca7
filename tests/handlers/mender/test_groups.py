"""Groups of devices (mender contract 7)."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from sluiceway.usecases import groups as groups_module
from tests.handlers.mender.calls import Management, error_of
from tests.support.app import Answer, App
from tests.support.seeds import DEVAUTH, Device, Workspace, enrol_device, expect, introduce_device, seed_workspace

V1 = "/api/management/v1/inventory"


def call(app: App, workspace: Workspace, method: str, path: str, body: object = b"") -> Answer:
    return app.call(method, f"{V1}{path}", body, token=workspace.token)


def put(app: App, workspace: Workspace, device: Device, group: str) -> None:
    expect(204, call(app, workspace, "PUT", f"/devices/{device.id}/group", {"group": group}))


def group_of(app: App, workspace: Workspace, device: Device) -> str | None:
    shown: dict[str, str | None] = expect(200, call(app, workspace, "GET", f"/devices/{device.id}/group")).json()
    return shown["group"]


def groups(app: App, workspace: Workspace, query: str = "") -> list[str]:
    listed: list[str] = expect(200, call(app, workspace, "GET", f"/groups{query}")).json()
    return listed


def members(app: App, workspace: Workspace, group: str) -> list[str]:
    listed: list[str] = expect(200, call(app, workspace, "GET", f"/groups/{group}/devices")).json()
    return listed


def test_a_device_is_in_one_group_at_most(app: App, workspace: Workspace) -> None:
    device = enrol_device(app, workspace, 1)
    assert group_of(app, workspace, device) is None
    for group in ("lab", "field", "field"):
        put(app, workspace, device, group)
        assert group_of(app, workspace, device) == group
    assert (groups(app, workspace), members(app, workspace, "field")) == (["field"], [device.id])
    error_of(404, call(app, workspace, "GET", "/groups/lab/devices"))


def test_a_device_put_into_no_group_leaves_the_one_it_was_in(app: App, workspace: Workspace) -> None:
    device = enrol_device(app, workspace, 1)
    put(app, workspace, device, "lab")
    for _ in range(2):
        expect(204, call(app, workspace, "PUT", f"/devices/{device.id}/group", {"group": None}))
        assert (group_of(app, workspace, device), groups(app, workspace)) == (None, [])
    error_of(404, call(app, workspace, "PUT", "/devices/nobody/group", {"group": None}))


def test_a_body_without_a_group_is_400_and_leaves_none(app: App, workspace: Workspace) -> None:
    device = enrol_device(app, workspace, 1)
    put(app, workspace, device, "lab")
    error_of(400, call(app, workspace, "PUT", f"/devices/{device.id}/group", {}))
    assert group_of(app, workspace, device) == "lab"


def test_a_group_exists_while_it_has_devices(app: App, workspace: Workspace) -> None:
    one, other = enrol_device(app, workspace, 1), introduce_device(app, workspace, 2)
    for device in (one, other):
        put(app, workspace, device, "lab")
    expect(204, call(app, workspace, "DELETE", f"/devices/{one.id}/group/lab"))
    assert groups(app, workspace) == ["lab"]
    expect(204, call(app, workspace, "DELETE", f"/devices/{other.id}/group/lab"))
    assert groups(app, workspace) == []
    put(app, workspace, one, "lab")
    assert members(app, workspace, "lab") == [one.id]


def test_a_device_leaves_only_the_group_it_is_in(app: App, workspace: Workspace) -> None:
    device = enrol_device(app, workspace, 1)
    put(app, workspace, device, "lab")
    for group in ("field", "x#0", "x" * 300):
        error_of(404, call(app, workspace, "DELETE", f"/devices/{device.id}/group/{group.replace('#', '%23')}"))
    assert group_of(app, workspace, device) == "lab"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "ä", "a#b", "a\n", "x" * 257, 1])
def test_a_bad_name_is_400(app: App, workspace: Workspace, name: object) -> None:
    device = enrol_device(app, workspace, 1)
    error_of(400, call(app, workspace, "PUT", f"/devices/{device.id}/group", {"group": name}))
    assert groups(app, workspace) == []


@pytest.mark.parametrize("name", ["a%20b", "%C3%A4", "a%23b", "x" * 257])
def test_a_bad_name_in_the_path_is_400_where_it_would_make_a_group(app: App, workspace: Workspace, name: str) -> None:
    device = enrol_device(app, workspace, 1)
    error_of(400, call(app, workspace, "PATCH", f"/groups/{name}/devices", [device.id]))
    assert groups(app, workspace) == []


def test_a_name_of_every_character_that_is_allowed_works(app: App, workspace: Workspace) -> None:
    device, name = enrol_device(app, workspace, 1), "aZ09_-" + "x" * 250
    put(app, workspace, device, name)
    assert (groups(app, workspace), members(app, workspace, name)) == ([name], [device.id])


def test_several_devices_enter_and_leave_at_once(app: App, workspace: Workspace) -> None:
    devices = [introduce_device(app, workspace, number) for number in (1, 2, 3)]
    put(app, workspace, devices[0], "lab")
    ids = [*(device.id for device in devices), devices[0].id, "nobody"]
    entered = expect(200, call(app, workspace, "PATCH", "/groups/lab/devices", ids)).json()
    assert entered == {"matched_count": 3, "updated_count": 2}
    assert members(app, workspace, "lab") == sorted(device.id for device in devices)
    put(app, workspace, devices[2], "field")
    left = expect(200, call(app, workspace, "DELETE", "/groups/lab/devices", ids)).json()
    assert left == {"updated_count": 2}
    assert groups(app, workspace) == ["field"]


@pytest.mark.parametrize("body", [{}, [1], "x", [["a"]]])
def test_what_is_not_an_array_of_ids_is_400(app: App, workspace: Workspace, body: object) -> None:
    for method in ("PATCH", "DELETE"):
        error_of(400, call(app, workspace, method, "/groups/lab/devices", body if body != "x" else '"x"'))


def test_one_call_moves_only_so_many_devices(app: App, workspace: Workspace) -> None:
    for method in ("PATCH", "DELETE"):
        answer = call(app, workspace, method, "/groups/lab/devices", [str(number) for number in range(501)])
        assert "500" in error_of(400, answer)


def test_a_deleted_group_is_left_by_all_its_devices(app: App, workspace: Workspace) -> None:
    devices = [introduce_device(app, workspace, number) for number in (1, 2)]
    for device in devices:
        put(app, workspace, device, "lab")
    with patch.object(groups_module, "MOST_MOVED_AT_ONCE", 1):
        error_of(400, call(app, workspace, "DELETE", "/groups/lab"))
    assert len(members(app, workspace, "lab")) == 2
    assert expect(200, call(app, workspace, "DELETE", "/groups/lab")).json() == {"updated_count": 2}
    assert [group_of(app, workspace, device) for device in devices] == [None, None]
    error_of(404, call(app, workspace, "DELETE", "/groups/lab"))


def test_groups_may_be_those_that_have_devices_of_a_status(app: App, workspace: Workspace) -> None:
    put(app, workspace, enrol_device(app, workspace, 1), "field")
    put(app, workspace, introduce_device(app, workspace, 2), "lab")
    introduce_device(app, workspace, 3)
    assert groups(app, workspace) == ["field", "lab"]
    assert groups(app, workspace, "?status=accepted") == ["field"]
    assert groups(app, workspace, "?status=pending") == ["lab"]
    assert groups(app, workspace, "?status=rejected") == []
    error_of(400, call(app, workspace, "GET", "/groups?status=foo"))


def test_the_devices_of_a_group_have_pages(app: App, workspace: Workspace) -> None:
    devices = [introduce_device(app, workspace, number) for number in (1, 2, 3)]
    for device in devices:
        put(app, workspace, device, "lab")
    pages = [call(app, workspace, "GET", f"/groups/lab/devices?page={page}&per_page=2") for page in (1, 2, 3)]
    assert [id_ for page in pages for id_ in page.json()] == sorted(device.id for device in devices)
    assert [page.headers["x-total-count"] for page in pages] == ["3"] * 3
    assert 'rel="next"' in pages[0].headers["link"]
    assert 'rel="next"' not in pages[1].headers["link"]


def test_a_removed_device_leaves_its_group(app: App, workspace: Workspace) -> None:
    device = enrol_device(app, workspace, 1)
    put(app, workspace, device, "lab")
    expect(204, app.call("DELETE", f"{DEVAUTH}/devices/{device.id}", token=workspace.token))
    assert groups(app, workspace) == []


def test_a_device_still_works_after_it_changed_its_group(app: App, management: Management, device: Device) -> None:
    deployment = management.deploy(all_devices=True)
    put(app, management.workspace, device, "lab")
    assert management.statuses(deployment) == {device.id: "pending"}


def test_a_group_of_another_workspace_does_not_exist(app: App, workspace: Workspace) -> None:
    device = enrol_device(app, workspace, 1)
    put(app, workspace, device, "lab")
    other = seed_workspace(app, "b")
    assert groups(app, other) == []
    error_of(404, call(app, other, "GET", "/groups/lab/devices"))
    error_of(404, call(app, other, "DELETE", "/groups/lab"))
    error_of(404, call(app, other, "PUT", f"/devices/{device.id}/group", {"group": "mine"}))
    moved = expect(200, call(app, other, "PATCH", "/groups/lab/devices", [device.id])).json()
    assert moved == {"matched_count": 0, "updated_count": 0}
    assert group_of(app, workspace, device) == "lab"
