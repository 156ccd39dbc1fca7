"""Update control maps, from their creation to the device that halts (mender contract 4.2, 8.1, 9.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.handlers.mender.calls import UNKNOWN, ZEROS, Management, error_of, given, provides, put_status
from tests.support.app import Answer, App
from tests.support.seeds import DEVICES_V1, DEVICES_V2, Device, Workspace, enrol_device, expect, report, seed_workspace
from tests.support.unchanged import nothing_changes

INVALID = "Validating request body: update_control_map"
PAUSE = {"states": {"ArtifactInstall_Enter": {"action": "pause"}}}
SHOWN_PAUSE = {"action": "pause", "on_map_expire": "fail", "on_action_executed": "pause"}
GO_ON = {"states": {"ArtifactInstall_Enter": {"action": "force_continue"}}}
SHOWN_GO_ON = dict.fromkeys(SHOWN_PAUSE, "force_continue")
BODY = {"name": "with pauses", "artifact_name": "app-2", "devices": ["d-100"]}


def shown_map(deployment_id: str, priority: int = 0, **states: Mapping[str, str]) -> dict[str, Any]:
    return {"id": deployment_id, "priority": priority, "states": states}


def change(management: Management, deployment_id: str, control_map: object) -> Answer:
    return management.call("PATCH", f"/{deployment_id}", {"update_control_map": control_map})


def look(app: App, device: Device, deployment_id: str) -> Answer:
    """Ask for the map, as a device does that is paused."""
    return app.call("GET", f"{DEVICES_V2}/{deployment_id}/update_control_map", token=device.token)


def ask(app: App, device: Device, *, reads_maps: object = True, said: Mapping[str, str] | None = None) -> Answer:
    body = {"device_provides": said or provides(), "update_control_map": reads_maps}
    return app.call("POST", f"{DEVICES_V2}/next", body, token=device.token)


def ask_in_v2(app: App, device: Device) -> Answer:
    return app.call("POST", f"{DEVICES_V2}/next", {"device_provides": provides()}, token=device.token)


def ask_in_v1(app: App, device: Device) -> Answer:
    return app.call("POST", f"{DEVICES_V1}/next", {**provides(), "update_control_map": True}, token=device.token)


def ask_in_the_query(app: App, device: Device) -> Answer:
    return app.call("GET", f"{DEVICES_V1}/next?{urlencode(provides())}", token=device.token)


def ask_and_decline(app: App, device: Device) -> Answer:
    return ask(app, device, reads_maps=False)


WITHOUT_MAPS = pytest.mark.parametrize("form", [ask_in_v2, ask_and_decline, ask_in_v1, ask_in_the_query])
Form = Callable[[App, Device], Answer]


# Creation


def test_a_map_is_shown_with_its_id_and_all_that_was_left_out(management: Management) -> None:
    deployment_id = management.deploy("d-100", update_control_map={"priority": -3, **PAUSE})
    expected = shown_map(deployment_id, -3, ArtifactInstall_Enter=SHOWN_PAUSE)
    assert management.deployment(deployment_id)["update_control_map"] == expected
    assert management.find()[0]["update_control_map"] == expected


def test_a_group_deployment_has_its_map(management: Management, device: Device) -> None:
    target = f"/api/management/v1/inventory/devices/{device.id}/group"
    expect(204, management.app.call("PUT", target, {"group": "lab"}, token=management.workspace.token))
    body = {"name": "lab", "artifact_name": "app-2", "update_control_map": PAUSE}
    deployment_id = expect(201, management.call("POST", "/group/lab", body)).headers["location"].rpartition("/")[2]
    expected = shown_map(deployment_id, ArtifactInstall_Enter=SHOWN_PAUSE)
    assert expect(200, ask(management.app, device)).json()["update_control_map"] == expected


@pytest.mark.parametrize("members", [{}, {"update_control_map": None}])
def test_a_deployment_without_a_map_shows_none(management: Management, members: dict[str, object]) -> None:
    assert "update_control_map" not in management.deployment(management.deploy("d-100", **members))


@pytest.mark.parametrize(
    ("control_map", "text"),
    [
        ({"id": UNKNOWN}, ": id: will be that of the deployment, leave it out"),
        ({"id": "mine"}, ".id: must be a UUID"),
        ({"priority": 11}, ".priority: "),
        ({"priority": -11}, ".priority: "),
        ({"priority": "1"}, ".priority: "),
        ({"states": {"Download_Enter": {}}}, ".states.Download_Enter.[key]: "),
        ({"states": {"ArtifactInstall_Enter": {"action": "stop"}}}, ".states.ArtifactInstall_Enter.action: "),
        ({"states": {"ArtifactInstall_Enter": {"on_map_expire": "pause"}}}, ".states.ArtifactInstall_Enter.on_map_"),
        ({"states": {"ArtifactInstall_Enter": {"on_expire": "fail"}}}, ".states.ArtifactInstall_Enter.on_expire: "),
        ({"Priority": 1}, ".Priority: "),
        ([], ": "),
        ("pause", ": "),
    ],
)
def test_a_map_that_breaks_a_rule_is_400_when_it_is_made_and_when_it_is_changed(
    management: Management, control_map: object, text: str
) -> None:
    deployment_id = management.deploy("d-100", update_control_map=PAUSE)
    with nothing_changes(management.app):
        created = management.call("POST", "", {**BODY, "update_control_map": control_map})
        assert error_of(400, created).startswith(f"{INVALID}{text}")
        changed = error_of(400, change(management, deployment_id, control_map))
        assert changed.startswith(INVALID)


def test_the_map_is_no_part_of_the_definition(management: Management) -> None:
    expect(201, management.call("POST", "", BODY))
    error_of(409, management.call("POST", "", {**BODY, "update_control_map": PAUSE}))


# What a device is given


def test_a_device_that_reads_maps_is_given_it_with_the_offer(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, update_control_map=PAUSE)
    for _ in range(2):
        offer = expect(200, ask(app, device)).json()
        assert offer["update_control_map"] == shown_map(deployment_id, ArtifactInstall_Enter=SHOWN_PAUSE)


def test_a_deployment_without_a_map_is_offered_without_one(app: App, management: Management, device: Device) -> None:
    management.deploy(device)
    assert set(expect(200, ask(app, device)).json()) == {"id", "artifact"}


def test_an_offer_has_the_map_as_it_is_now(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, update_control_map=PAUSE)
    expect(200, ask(app, device))
    expect(204, change(management, deployment_id, GO_ON))
    offer = expect(200, ask(app, device)).json()
    assert offer["update_control_map"] == shown_map(deployment_id, ArtifactInstall_Enter=SHOWN_GO_ON)


@WITHOUT_MAPS
@pytest.mark.parametrize("action", ["pause", "fail"])
def test_a_device_that_reads_no_maps_is_held_while_the_map_halts(
    app: App, management: Management, device: Device, form: Form, action: str
) -> None:
    states = {"ArtifactInstall_Enter": {}, "ArtifactCommit_Enter": {"action": action}}
    deployment_id = management.deploy(device, update_control_map={"states": states})
    expect(204, form(app, device))  # it is remembered that it reads none
    with nothing_changes(app):
        assert expect(204, form(app, device)).body == b""
    expect(204, change(management, deployment_id, {}))
    assert set(expect(200, form(app, device)).json()) == {"id", "artifact"}


@WITHOUT_MAPS
@pytest.mark.parametrize("control_map", [{}, GO_ON, {"states": {"ArtifactReboot_Enter": {"on_map_expire": "fail"}}}])
def test_a_device_that_reads_no_maps_starts_when_the_map_halts_nowhere(
    app: App, management: Management, device: Device, form: Form, control_map: object
) -> None:
    management.deploy(device, update_control_map=control_map)
    assert set(expect(200, form(app, device)).json()) == {"id", "artifact"}


def test_a_device_that_is_held_keeps_its_turn(app: App, management: Management, device: Device) -> None:
    first = management.deploy(device, update_control_map=PAUSE)
    management.deploy(device, name="newer")
    expect(204, ask_in_v1(app, device))
    expect(204, change(management, first, {}))
    assert given(ask_in_v1(app, device)) == first


@pytest.mark.parametrize(
    ("said", "status"), [(provides("app-2"), "already-installed"), (provides(device_type="board-z"), "noartifact")]
)
def test_who_has_nothing_to_install_is_not_held(
    app: App, management: Management, device: Device, said: dict[str, str], status: str
) -> None:
    deployment_id = management.deploy(device, update_control_map=PAUSE)
    expect(204, ask(app, device, reads_maps=False, said=said))
    assert management.statistics(deployment_id) == {**ZEROS, status: 1}


def test_a_device_that_was_offered_it_is_given_the_same_in_every_form(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device, update_control_map=PAUSE)
    answers = [form(app, device) for form in (ask, ask_in_v2, ask_in_v1, ask_in_the_query)]
    assert [given(answer) for answer in answers] == [deployment_id] * 4
    assert ["update_control_map" in answer.json() for answer in answers] == [True, False, False, False]


@pytest.mark.parametrize("word", ["true", 1, [], {}])
def test_22_whether_it_reads_maps_is_true_or_false(
    app: App, management: Management, device: Device, word: object
) -> None:
    management.deploy(device)
    with nothing_changes(app):
        text = error_of(400, ask(app, device, reads_maps=word))
    assert text == "update_control_map: must be true or false."


def test_a_further_attempt_is_offered_with_the_map(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, retries=1, update_control_map=PAUSE)
    expect(200, ask(app, device))
    expect(204, report(app, device, deployment_id, "failure"))
    expect(204, ask_in_v1(app, device))
    assert "update_control_map" in expect(200, ask(app, device)).json()


# What a paused device is told


@pytest.mark.parametrize("word", ["pause_before_installing", "pause_before_rebooting", "pause_before_committing"])
def test_a_paused_device_is_counted_and_sees_the_map_change(
    app: App, management: Management, device: Device, word: str
) -> None:
    deployment_id = management.deploy(device, update_control_map=PAUSE)
    expect(200, ask(app, device))
    expect(204, put_status(app, device, deployment_id, {"status": word}))
    assert management.statistics(deployment_id) == {**ZEROS, word: 1}
    assert management.deployment(deployment_id)["status"] == "inprogress"
    paused = shown_map(deployment_id, ArtifactInstall_Enter=SHOWN_PAUSE)
    assert expect(200, look(app, device, deployment_id)).json() == {"update_control_map": paused}
    expect(204, change(management, deployment_id, {"priority": 2, **GO_ON}))
    going_on = shown_map(deployment_id, 2, ArtifactInstall_Enter=SHOWN_GO_ON)
    assert expect(200, look(app, device, deployment_id)).json() == {"update_control_map": going_on}


def test_a_deployment_without_a_map_passes_every_point(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    assert expect(200, look(app, device, deployment_id)).json() == {"update_control_map": shown_map(deployment_id)}


@pytest.mark.parametrize("word", ["success", "failure", "already-installed"])
def test_a_device_that_has_ended_finds_no_map(app: App, management: Management, device: Device, word: str) -> None:
    deployment_id = management.deploy(device, "d-100", update_control_map=PAUSE)
    expect(204, report(app, device, deployment_id, word))
    assert error_of(404, look(app, device, deployment_id)) == "Resource not found"


def test_a_paused_device_finds_no_map_after_an_abort(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, update_control_map=PAUSE)
    expect(204, report(app, device, deployment_id, "pause_before_installing"))
    management.abort(deployment_id)
    assert error_of(404, look(app, device, deployment_id)) == "Resource not found"


def test_a_device_that_was_taken_out_finds_no_map(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, "d-100", update_control_map=PAUSE)
    expect(204, report(app, device, deployment_id, "pause_before_installing"))
    expect(204, management.call("DELETE", f"/devices/{device.id}"))
    assert error_of(404, look(app, device, deployment_id)) == "Resource not found"


def test_who_has_no_part_in_a_deployment_finds_no_map(
    app: App, management: Management, device: Device, workspace: Workspace
) -> None:
    deployment_id = management.deploy(device, update_control_map=PAUSE)
    assert error_of(404, look(app, enrol_device(app, workspace, 2), deployment_id)) == "Resource not found"
    assert error_of(404, look(app, device, UNKNOWN)) == "Resource not found"
    assert error_of(400, look(app, device, "mine")) == "ID is not a valid UUID"


def test_09_a_device_of_another_workspace_finds_no_map(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, update_control_map=PAUSE)
    stranger = enrol_device(app, seed_workspace(app, "b"), 9)
    assert error_of(404, look(app, stranger, deployment_id)) == "Resource not found"


def test_a_device_of_all_devices_finds_the_map_before_it_has_asked(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(all_devices=True, update_control_map=PAUSE)
    found = expect(200, look(app, device, deployment_id)).json()["update_control_map"]
    assert found == shown_map(deployment_id, ArtifactInstall_Enter=SHOWN_PAUSE)


# Changing the map


def test_a_change_replaces_the_whole_map_and_nothing_else(management: Management) -> None:
    first = {"priority": 5, "states": {"ArtifactInstall_Enter": {"action": "pause"}, "ArtifactReboot_Enter": {}}}
    deployment_id = management.deploy("d-100", update_control_map=first, retries=2)
    before = management.deployment(deployment_id)
    answer = change(management, deployment_id, {"states": {"ArtifactCommit_Enter": {"action": "fail"}}})
    assert (answer.status, answer.body) == (204, b"")
    expected = shown_map(deployment_id, ArtifactCommit_Enter=dict.fromkeys(SHOWN_PAUSE, "fail"))
    assert management.deployment(deployment_id) == {**before, "update_control_map": expected}


@pytest.mark.parametrize("spelt", [str, str.upper])
def test_a_change_may_name_the_deployment_and_no_other(management: Management, spelt: Callable[[str], str]) -> None:
    deployment_id = management.deploy("d-100", update_control_map=PAUSE)
    expect(204, change(management, spelt(deployment_id), {"id": spelt(deployment_id), **GO_ON}))
    with nothing_changes(management.app):
        text = error_of(400, change(management, deployment_id, {"id": UNKNOWN, **PAUSE}))
    assert text == f"{INVALID}.id: must be the id of the deployment, or left out"


@pytest.mark.parametrize("body", [b"", b"{", [], {}, {"update_control_map": None}, {"states": {}}])
def test_a_change_needs_a_map(management: Management, body: object) -> None:
    deployment_id = management.deploy("d-100", update_control_map=PAUSE)
    with nothing_changes(management.app):
        error_of(400, management.call("PATCH", f"/{deployment_id}", body))


@pytest.mark.parametrize("members", [{}, {"update_control_map": None}])
def test_a_deployment_without_a_map_never_gets_one(management: Management, members: dict[str, object]) -> None:
    deployment_id = management.deploy("d-100", **members)
    with nothing_changes(management.app):
        text = error_of(409, change(management, deployment_id, PAUSE))
    assert text == "The deployment was created without an update control map and cannot be given one"


def test_an_empty_map_can_be_changed_later(management: Management) -> None:
    deployment_id = management.deploy("d-100", update_control_map={})
    assert management.deployment(deployment_id)["update_control_map"] == shown_map(deployment_id)
    expect(204, change(management, deployment_id, PAUSE))


def test_the_map_of_an_aborted_deployment_stays_as_it_was(management: Management) -> None:
    deployment_id = management.deploy("d-100", update_control_map=PAUSE)
    management.abort(deployment_id)
    with nothing_changes(management.app):
        text = error_of(409, change(management, deployment_id, GO_ON))
    assert text == "Deployment already finished: no device reads its update control map any more"
    expected = shown_map(deployment_id, ArtifactInstall_Enter=SHOWN_PAUSE)
    assert management.deployment(deployment_id)["update_control_map"] == expected


def test_the_map_of_a_finished_deployment_stays_as_it_was(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, update_control_map=PAUSE)
    expect(204, report(app, device, deployment_id, "success"))
    with nothing_changes(app):
        error_of(409, change(management, deployment_id, GO_ON))


def test_an_unknown_deployment_has_no_map(management: Management) -> None:
    with nothing_changes(management.app):
        assert error_of(404, change(management, UNKNOWN, PAUSE)) == "Resource not found"
        assert error_of(400, change(management, "mine", PAUSE)) == "ID is not a valid UUID"


def test_09_another_workspaces_map_is_404_and_stays(management: Management) -> None:
    deployment_id = management.deploy("d-100", update_control_map=PAUSE)
    other = Management(management.app, seed_workspace(management.app, "b"))
    with nothing_changes(management.app):
        assert error_of(404, change(other, deployment_id, GO_ON)) == "Resource not found"
