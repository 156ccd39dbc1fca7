"""POST /deployments/group/{name}: deployments to the devices of a group (mender contract 4.2, 2.7, 3.3)."""

from __future__ import annotations

import pytest

from tests.handlers.mender.calls import DEPLOYMENTS, ZEROS, Management, ask, error_of, given
from tests.support.app import App
from tests.support.seeds import DEVAUTH, Device, Workspace, expect, introduce_device, report, seed_workspace
from tests.support.unchanged import nothing_changes

INVENTORY = "/api/management/v1/inventory"
BODY = {"name": "spring rollout", "artifact_name": "app-2"}
BESIDE = "The deployment for group constructor should have neither list of devices nor all_devices flag set"
NOBODY = "No devices for the deployment"


def put(management: Management, group: str, *devices: Device) -> None:
    for device in devices:
        target = f"{INVENTORY}/devices/{device.id}/group"
        expect(204, management.app.call("PUT", target, {"group": group}, token=management.workspace.token))


def deploy(management: Management, group: str, **members: object) -> str:
    answer = expect(201, management.call("POST", f"/group/{group}", {**BODY, **members}))
    return answer.headers["location"].rpartition("/")[2]


def refused(management: Management, group: str, body: object, status: int = 400) -> str:
    """The text of a refusal that changed nothing."""
    with nothing_changes(management.app):
        return error_of(status, management.call("POST", f"/group/{group}", body))


@pytest.fixture(name="lab")
def _lab(management: Management) -> list[Device]:
    """Two devices in the group `lab`."""
    devices = management.enrol(2)
    put(management, "lab", *devices)
    return devices


@pytest.mark.usefixtures("lab")
def test_a_creation_is_answered_with_where_the_deployment_is(management: Management) -> None:
    answer = management.call("POST", "/group/lab", BODY)
    assert (answer.status, answer.body) == (201, b"")
    (deployment,) = management.find()
    assert answer.headers["location"] == f"{DEPLOYMENTS}/{deployment['id']}"


def test_the_accepted_devices_of_the_group_are_pending_at_once(management: Management, lab: list[Device]) -> None:
    stranger, outsider = introduce_device(management.app, management.workspace, 3), *management.enrol(1, after=3)
    put(management, "lab", stranger)
    put(management, "field", outsider)
    deployment_id = deploy(management, "lab")
    assert management.statistics(deployment_id) == {**ZEROS, "pending": 2}
    assert management.statuses(deployment_id) == {device.id: "pending" for device in lab}
    assert management.deployment(deployment_id)["max_devices"] == 2
    assert [ask(management.app, device).status for device in (*lab, outsider)] == [200, 200, 204]
    expect(404, report(management.app, outsider, deployment_id, "success"))


@pytest.mark.usefixtures("lab")
def test_the_group_is_what_the_target_is_shown_as(management: Management) -> None:
    shown = management.deployment(deploy(management, "lab"))
    assert shown["groups"] == ["lab"]
    terms = [{"scope": "system", "attribute": "group", "type": "$eq", "value": "lab"}]
    assert shown["filter"] == {"terms": terms}
    assert management.find()[0]["groups"] == ["lab"]


def test_a_deployment_to_one_device_shows_the_group_that_it_was_in(management: Management, lab: list[Device]) -> None:
    to_one = management.deploy(lab[0])
    put(management, "field", lab[0])
    assert management.deployment(to_one)["groups"] == ["lab"]
    for several in (management.deploy(*lab), management.deploy(all_devices=True), management.deploy("nobody")):
        assert "groups" not in management.deployment(several)


def test_a_device_that_joins_the_group_later_is_no_target(management: Management, lab: list[Device]) -> None:
    deployment_id = deploy(management, "lab")
    (later,) = management.enrol(1, after=2)
    put(management, "lab", later)
    expect(204, ask(management.app, later))
    expect(404, report(management.app, later, deployment_id, "success"))
    assert set(management.statuses(deployment_id)) == {device.id for device in lab}


def test_a_device_that_is_accepted_later_is_no_target(management: Management, lab: list[Device]) -> None:
    stranger = introduce_device(management.app, management.workspace, 3)
    put(management, "lab", stranger)
    deployment_id = deploy(management, "lab")
    target = f"{DEVAUTH}/devices/{stranger.id}/auth/{stranger.auth_set}/status"
    expect(204, management.app.call("PUT", target, {"status": "accepted"}, token=management.workspace.token))
    assert set(management.statuses(deployment_id)) == {device.id for device in lab}


def test_a_device_that_leaves_the_group_stays_a_target(management: Management, lab: list[Device]) -> None:
    deployment_id = deploy(management, "lab")
    put(management, "field", lab[0])
    out = f"{INVENTORY}/devices/{lab[1].id}/group/lab"
    expect(204, management.app.call("DELETE", out, token=management.workspace.token))
    assert management.statuses(deployment_id) == {device.id: "pending" for device in lab}
    assert [given(ask(management.app, device)) for device in lab] == [deployment_id] * 2
    for device in lab:
        expect(204, report(management.app, device, deployment_id, "success"))
    shown = management.deployment(deployment_id)
    assert (shown["status"], shown["statistics"]["status"]) == ("finished", {**ZEROS, "success": 2})


def test_a_removed_device_counts_as_decommissioned(management: Management, lab: list[Device]) -> None:
    deployment_id = deploy(management, "lab")
    target = f"{DEVAUTH}/devices/{lab[0].id}"
    expect(204, management.app.call("DELETE", target, token=management.workspace.token))
    assert management.statistics(deployment_id) == {**ZEROS, "decommissioned": 1, "pending": 1}
    assert management.statuses(deployment_id) == {lab[0].id: "decommissioned", lab[1].id: "pending"}


def test_an_abort_ends_it_for_every_device(management: Management, lab: list[Device]) -> None:
    deployment_id = deploy(management, "lab")
    assert given(ask(management.app, lab[0])) == deployment_id
    management.abort(deployment_id)
    assert management.statistics(deployment_id) == {**ZEROS, "aborted": 2}
    expect(409, report(management.app, lab[0], deployment_id, "installing"))
    expect(204, ask(management.app, lab[1]))


def test_a_plan_works_as_for_any_deployment(management: Management, lab: list[Device]) -> None:
    deployment_id = deploy(management, "lab", phases=[{"batch_size": 50}, {"start_ts": "2026-03-12T08:00:00Z"}])
    assert [ask(management.app, device).status for device in lab] == [200, 204]
    assert management.app.rollouts.started == [(management.workspace.id, deployment_id, 0)]


@pytest.mark.parametrize("target", [{"devices": ["d-100"]}, {"all_devices": True}])
@pytest.mark.usefixtures("lab")
def test_any_other_target_beside_the_group_is_400(management: Management, target: dict[str, object]) -> None:
    assert refused(management, "lab", {**BODY, **target}) == f"Validating request body: {BESIDE}"


@pytest.mark.parametrize(
    "members", [{"devices": []}, {"devices": None, "all_devices": None}, {"all_devices": False}, {"colour": "blue"}]
)
@pytest.mark.usefixtures("lab")
def test_what_names_no_other_target_is_fine(management: Management, members: dict[str, object]) -> None:
    deploy(management, "lab", **members)


@pytest.mark.parametrize("member", ["name", "artifact_name"])
@pytest.mark.usefixtures("lab")
def test_names_are_as_required_as_without_a_group(management: Management, member: str) -> None:
    body = {name: value for name, value in BODY.items() if name != member}
    assert refused(management, "lab", body) == f"Validating request body: {member}: Field required"


def test_a_group_without_accepted_devices_is_400(management: Management, workspace: Workspace) -> None:
    put(management, "lab", introduce_device(management.app, workspace, 1))
    (left,) = management.enrol(1, after=1)
    put(management, "field", left)
    put(management, "lab", left)
    expect(204, management.app.call("DELETE", f"{DEVAUTH}/devices/{left.id}", token=workspace.token))
    for group in ("lab", "field", "unknown"):
        assert refused(management, group, BODY) == NOBODY


@pytest.mark.parametrize("group", ["a%20b", "%C3%A4", "lab%23", "x" * 257, "x" * 300])
@pytest.mark.usefixtures("lab")
def test_a_name_that_no_group_can_have_is_400(management: Management, group: str) -> None:
    assert refused(management, group, BODY).startswith("group name: ")


def test_a_group_of_another_workspace_is_unknown(app: App, management: Management) -> None:
    other = Management(app, seed_workspace(app, "b"))
    other.upload("app-2")
    put(other, "lab", *other.enrol(1))
    assert refused(management, "lab", BODY) == NOBODY


@pytest.mark.usefixtures("lab")
def test_a_release_that_does_not_exist_is_422(management: Management) -> None:
    assert refused(management, "lab", {**BODY, "artifact_name": "app-9"}, 422) == "No artifact for the deployment"


def test_the_group_is_a_part_of_the_definition(management: Management, lab: list[Device]) -> None:
    deploy(management, "lab")
    text = "Invalid deployment definition: there is already an active deployment with the same parameters"
    assert refused(management, "lab", BODY, 409) == text
    management.deploy(*lab)
    management.deploy(all_devices=True)
    put(management, "field", lab[0])
    deploy(management, "field")


def test_groups_and_all_devices_share_the_limit_of_fifty(management: Management, lab: list[Device]) -> None:
    for number in range(50):
        deploy(management, "lab", name=f"rollout {number}")
    assert refused(management, "lab", BODY, 409).startswith(
        "50 deployments to all devices, a group or a filter are active"
    )
    assert given(ask(management.app, lab[0]))
