"""POST /deployments (mender contract 2.7, 8.3, 16.10, 16.11)."""

from __future__ import annotations

import json

import pytest

from sluiceway.http.routes import MEBIBYTE
from tests.handlers.mender.calls import DEPLOYMENTS, UNKNOWN, ZEROS, Management, ask, error_of, given
from tests.support.app import App
from tests.support.seeds import Device, Workspace, enrol_device, expect, introduce_device, poll, report, seed_workspace
from tests.support.unchanged import nothing_changes

BODY = {"name": "spring rollout", "artifact_name": "app-2", "devices": ["d-100"]}
INVALID = "Validating request body: "
NO_TARGET = f"{INVALID}Invalid deployments definition: provide list of devices or set all_devices flag"
TWO_TARGETS = f"{INVALID}Invalid deployments definition: list of devices provided togheter with all_devices flag"
DUPLICATE = "Invalid deployment definition: there is already an active deployment with the same parameters"
EMOJI = "\U0001f600"


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in BODY.items() if key != name}


def refused(management: Management, body: object, status: int = 400) -> str:
    """The text of a refusal that changed nothing."""
    with nothing_changes(management.app):
        return error_of(status, management.call("POST", "", body))


def test_10_decision_20_a_creation_is_answered_with_where_the_deployment_is(management: Management) -> None:
    answer = management.call("POST", "", BODY)
    assert (answer.status, answer.body) == (201, b"")
    (deployment,) = management.find()
    assert answer.headers["location"] == f"{DEPLOYMENTS}/{deployment['id']}"


def test_10_all_devices_are_pending_at_once(management: Management) -> None:
    deployment_id = management.deploy("d-100", "d-101", "d-102")
    assert management.statistics(deployment_id) == {**ZEROS, "pending": 3}


def test_11_decision_22_unknown_ids_are_accepted_whatever_they_look_like(management: Management) -> None:
    ids = ["a#b", "100%", "%41", "with space", "d\u00fcsseldorf", EMOJI, "\u65e5\u672c", "T", "R#x", "x" * 256, "\n"]
    deployment_id = management.deploy(*ids)
    assert set(management.statuses(deployment_id)) == set(ids)
    assert management.deployment(deployment_id)["filter"]["terms"][0]["value"] == ids


def test_10_a_release_that_does_not_exist_is_422(management: Management) -> None:
    assert refused(management, {**BODY, "artifact_name": "app-9"}, 422) == "No artifact for the deployment"


def test_decision_26_a_release_that_was_deleted_is_422(management: Management) -> None:
    artifact_id = management.upload("app-3")
    target = f"/api/management/v1/deployments/artifacts/{artifact_id}"
    expect(204, management.app.call("DELETE", target, token=management.workspace.token))
    assert refused(management, {**BODY, "artifact_name": "app-3"}, 422) == "No artifact for the deployment"


def test_a_release_of_another_workspace_is_422(management: Management) -> None:
    other = Management(management.app, seed_workspace(management.app, "b"))
    assert refused(other, BODY, 422) == "No artifact for the deployment"


@pytest.mark.parametrize("member", ["name", "artifact_name"])
@pytest.mark.parametrize("value", [None, "", 5, True, ["x"], {"x": "y"}])
def test_10_a_name_must_be_a_text_that_is_not_empty(management: Management, member: str, value: object) -> None:
    assert refused(management, {**BODY, member: value}).startswith(f"{INVALID}{member}: ")


@pytest.mark.parametrize("member", ["name", "artifact_name"])
def test_10_a_missing_name_is_named(management: Management, member: str) -> None:
    assert refused(management, without(member)) == f"{INVALID}{member}: Field required"


def test_every_fault_is_told_at_once(management: Management) -> None:
    text = refused(management, {"name": "", "devices": ["d-100", ""]})
    assert text.startswith(f"{INVALID}name: ")
    assert "artifact_name: " in text
    assert "devices.1: " in text


@pytest.mark.parametrize("body", [without("devices"), {**BODY, "devices": []}, {**BODY, "devices": None}])
def test_10_a_deployment_to_nobody_is_refused(management: Management, body: object) -> None:
    assert refused(management, body) == NO_TARGET


@pytest.mark.parametrize("flag", [False, None])
def test_10_the_flag_for_all_devices_must_be_set_to_count(management: Management, flag: object) -> None:
    assert refused(management, {**without("devices"), "all_devices": flag}) == NO_TARGET
    expect(201, management.call("POST", "", {**BODY, "all_devices": flag}))


def test_10_both_kinds_of_target_are_refused(management: Management, device: Device) -> None:
    assert refused(management, {**BODY, "devices": [device.id], "all_devices": True}) == TWO_TARGETS


@pytest.mark.usefixtures("device")
def test_an_empty_list_beside_the_flag_for_all_devices_means_nothing(management: Management) -> None:
    expect(201, management.call("POST", "", {**BODY, "devices": [], "all_devices": True}))


def test_10_all_devices_without_any_accepted_one_are_refused(management: Management) -> None:
    introduce_device(management.app, management.workspace, 1)
    assert refused(management, {**without("devices"), "all_devices": True}) == "No devices for the deployment"


@pytest.mark.parametrize(
    "body", [[BODY], [], "text", '"text"', "5", "null", "true", b"", b"{", b"\xff", b'{"name": "a", "name": "b"}']
)
def test_decision_30_a_body_that_is_not_one_object_is_refused(management: Management, body: object) -> None:
    assert refused(management, body)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("devices", "d-100"),
        ("devices", {"0": "d-100"}),
        ("devices", [5]),
        ("devices", [None]),
        ("devices", [["d-100"]]),
        ("devices", ["d-100", ""]),
        ("devices", [""]),
        ("all_devices", "true"),
        ("all_devices", 1),
        ("force_installation", "yes"),
        ("force_installation", 1),
        ("retries", -1),
        ("retries", 101),
        ("retries", "3"),
        ("retries", 1.5),
        ("retries", True),
    ],
)
def test_a_member_of_another_type_is_named(management: Management, member: str, value: object) -> None:
    assert refused(management, {**BODY, member: value}).startswith(f"{INVALID}{member}")


@pytest.mark.parametrize(("member", "longest"), [("name", 256), ("artifact_name", 4096)])
def test_names_have_their_limits(management: Management, member: str, longest: int) -> None:
    assert refused(management, {**BODY, member: "x" * (longest + 1)}).startswith(f"{INVALID}{member}: ")


def test_limits_count_characters_and_not_bytes(management: Management) -> None:
    assert management.deployment(management.deploy("d-100", name=EMOJI * 256))["name"] == EMOJI * 256
    assert refused(management, {**BODY, "artifact_name": EMOJI * 4096}, 422) == "No artifact for the deployment"


@pytest.mark.parametrize("ids", [["x" * 257], ["\u00e9" * 129], ["#" * 86], [*map(str, range(2_100)), "x" * 257]])
def test_a_device_id_has_at_most_256_bytes(management: Management, ids: list[str]) -> None:
    assert "256 bytes" in refused(management, {**BODY, "devices": ids})


def test_surrogate_pairs_are_text_and_halves_of_them_are_not(management: Management) -> None:
    body = b'{"name": "\\ud83d\\ude00", "artifact_name": "app-2", "devices": ["\\ud83d\\ude00"]}'
    expect(201, management.call("POST", "", body))
    assert management.find()[0]["name"] == EMOJI
    assert refused(management, body.replace(b"\\ude00", b""))


@pytest.mark.parametrize("headers", [{}, {"transfer-encoding": "chunked"}, {"content-type": "Application/JSON; a=b"}])
def test_a_body_needs_neither_a_length_nor_a_type(management: Management, headers: dict[str, str]) -> None:
    body = json.dumps(BODY).encode()
    expect(201, management.app.call("POST", DEPLOYMENTS, body, token=management.workspace.token, headers=headers))


def test_unknown_members_are_ignored(management: Management) -> None:
    shown = management.deployment(management.deploy("d-100", group="", colour={"a": [1]}, statistics=None))
    assert {"group", "colour"}.isdisjoint(shown)


@pytest.mark.parametrize("member", ["autogenerate_delta"])
def test_a_plan_that_would_be_ignored_is_refused(management: Management, member: str) -> None:
    text = refused(management, {**BODY, member: [{"batch_size": 10}]})
    assert text == f"{INVALID}{member}: this service does not support it yet"


@pytest.mark.parametrize("target", ["", "/group/lab"])
def test_a_filter_is_refused_with_the_operation_that_takes_it(management: Management, target: str) -> None:
    body = {"name": "n", "artifact_name": "app-2", "filter_id": UNKNOWN}
    text = error_of(400, management.call("POST", target, body))
    assert (
        text
        == f"{INVALID}filter_id: only POST /api/management/v2/deployments/deployments deploys to what a filter finds"
    )
    assert management.find() == []


def test_a_device_that_is_named_twice_counts_once(management: Management) -> None:
    deployment_id = management.deploy("d-101", "d-100", "d-101")
    shown = management.deployment(deployment_id)
    assert (shown["max_devices"], shown["statistics"]["status"]["pending"]) == (2, 2)
    assert [each["id"] for each in management.devices(deployment_id)] == ["d-100", "d-101"]


def test_the_largest_body_names_some_27_000_devices(management: Management) -> None:
    ids = [f"{number:035d}" for number in range(27_000)]
    body = json.dumps({**BODY, "devices": ids}, separators=(",", ":")).encode()
    assert MEBIBYTE - 30_000 < len(body) <= MEBIBYTE
    expect(201, management.call("POST", "", body))
    (shown,) = management.find()
    assert shown["statistics"]["status"] == {**ZEROS, "pending": 27_000}
    assert "filter" not in shown
    assert [each["id"] for each in management.devices(shown["id"])] == ids


def test_a_body_above_one_mebibyte_is_413(management: Management) -> None:
    assert refused(management, {**BODY, "devices": ["x" * 250] * 4_200}, 413)


def test_10_decision_24_the_same_definition_twice_is_409(management: Management) -> None:
    management.deploy("d-100")
    assert refused(management, BODY, 409) == DUPLICATE


@pytest.mark.parametrize("irrelevant", [{"retries": 3}, {"all_devices": False}, {"devices": ["d-100"], "group": "x"}])
def test_decision_24_what_is_not_part_of_the_definition_does_not_tell_two_apart(
    management: Management, irrelevant: dict[str, object]
) -> None:
    management.deploy("d-100")
    assert refused(management, {**BODY, **irrelevant}, 409) == DUPLICATE


@pytest.mark.parametrize(
    "other",
    [{"name": "autumn rollout"}, {"artifact_name": "app-3"}, {"devices": ["d-101"]}, {"force_installation": True}],
)
def test_decision_24_any_difference_in_the_definition_tells_two_apart(
    management: Management, other: dict[str, object]
) -> None:
    management.upload("app-3")
    management.deploy("d-100")
    expect(201, management.call("POST", "", {**BODY, **other}))


def test_the_order_of_devices_is_a_part_of_the_definition(management: Management) -> None:
    management.deploy("d-100", "d-101")
    expect(201, management.call("POST", "", {**BODY, "devices": ["d-101", "d-100"]}))


def test_10_the_same_definition_again_after_an_abort_is_created(management: Management) -> None:
    first = management.deploy("d-100")
    management.abort(first)
    assert management.deploy("d-100") != first


def test_the_same_definition_again_after_the_end_is_created(management: Management, device: Device) -> None:
    first = management.deploy(device)
    expect(204, report(management.app, device, first, "success"))
    second = management.deploy(device)
    assert refused(management, {**BODY, "devices": [device.id]}, 409) == DUPLICATE
    assert second != first


def test_two_workspaces_may_have_the_same_definition(management: Management) -> None:
    management.deploy("d-100")
    other = Management(management.app, seed_workspace(management.app, "b"))
    other.upload("app-2")
    expect(201, other.call("POST", "", BODY))


def test_device_types_are_not_looked_at(management: Management, device: Device) -> None:
    management.upload("app-3", ["board-z"])
    deployment_id = management.deploy(device, artifact_name="app-3")
    expect(204, poll(management.app, device))
    assert management.statistics(deployment_id) == {**ZEROS, "noartifact": 1}


def test_all_devices_are_those_accepted_at_this_moment(app: App, management: Management, workspace: Workspace) -> None:
    first, second = management.enrol(2)
    introduce_device(app, workspace, 3)
    deployment_id = management.deploy(all_devices=True)
    later = enrol_device(app, workspace, 4)
    assert management.statuses(deployment_id) == {first.id: "pending", second.id: "pending"}
    assert management.statistics(deployment_id) == {**ZEROS, "pending": 2}
    assert given(ask(app, first)) == deployment_id
    expect(204, ask(app, later))
    expect(404, report(app, later, deployment_id, "success"))


def test_a_target_of_all_devices_keeps_those_that_leave(app: App, management: Management, workspace: Workspace) -> None:
    leaving, staying = management.enrol(2)
    deployment_id = management.deploy(all_devices=True)
    target = f"/api/management/v2/devauth/devices/{leaving.id}/auth/{leaving.auth_set}/status"
    expect(204, app.call("PUT", target, {"status": "rejected"}, token=workspace.token))
    expect(401, ask(app, leaving))
    assert set(management.statuses(deployment_id)) == {leaving.id, staying.id}
    expect(204, report(app, staying, deployment_id, "success"))
    assert management.deployment(deployment_id)["status"] == "inprogress"
    expect(204, app.call("PUT", target, {"status": "accepted"}, token=workspace.token))
    renewed = Device(leaving.number, leaving.id, leaving.auth_set, expect(200, leaving.ask_for_token(app)).text)
    assert given(ask(app, renewed)) == deployment_id


@pytest.mark.usefixtures("device")
def test_at_most_fifty_deployments_to_all_devices_are_active(management: Management) -> None:
    ids = [management.deploy(all_devices=True, name=f"rollout {number}") for number in range(50)]
    text = refused(management, {**without("devices"), "all_devices": True}, 409)
    assert text == "50 deployments to all devices, a group or a filter are active; abort one or wait for one to finish"
    management.abort(ids[7])
    management.deploy(all_devices=True)
