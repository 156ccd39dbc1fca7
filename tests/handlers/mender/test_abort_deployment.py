"""PUT /deployments/{id}/status (mender contract 2.13, 16.15)."""

from __future__ import annotations

import pytest

from sluiceway.usecases.deployments import load
from tests.handlers.mender.calls import ABORTED, UNKNOWN, ZEROS, Management, ask, error_of, given, provides
from tests.support.app import App
from tests.support.seeds import MANAGEMENT, Device, expect, poll, report, seed_workspace, send_log
from tests.support.unchanged import nothing_changes

TOMORROW = "2026-03-12T08:00:00Z"
REPORTABLE = ("downloading", "installing", "rebooting", "success", "failure", "already-installed")


def test_15_an_abort_is_204_without_a_body(management: Management) -> None:
    answer = management.try_abort(management.deploy("d-100"))
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("target", [{"devices": ["d-100"]}, {"all_devices": True}])
def test_15_a_second_abort_is_422(management: Management, target: dict[str, object]) -> None:
    deployment_id = management.deploy(**target)
    management.abort(deployment_id)
    with nothing_changes(management.app):
        assert error_of(422, management.try_abort(deployment_id)) == "Deployment already finished"


def test_15_an_abort_of_what_has_finished_by_itself_is_422(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    expect(204, report(app, device, deployment_id, "success"))
    with nothing_changes(app):
        assert error_of(422, management.try_abort(deployment_id)) == "Deployment already finished"


def test_15_decision_4_an_unknown_deployment_is_404(management: Management) -> None:
    with nothing_changes(management.app):
        assert error_of(404, management.try_abort(UNKNOWN)) == "Resource not found"


def test_09_another_workspaces_deployment_is_404_and_goes_on(management: Management) -> None:
    deployment_id = management.deploy("d-100")
    other = Management(management.app, seed_workspace(management.app, "b"))
    with nothing_changes(management.app):
        assert error_of(404, other.try_abort(deployment_id)) == "Resource not found"


@pytest.mark.parametrize("word", ["finished", "pending", "inprogress", "Aborted", "aborted ", "", "foo"])
def test_15_decision_5_any_other_word_is_400_and_nothing_is_aborted(management: Management, word: str) -> None:
    deployment_id = management.deploy("d-100")
    with nothing_changes(management.app):
        assert error_of(400, management.try_abort(deployment_id, {"status": word})) == "Unexpected deployment status"
    assert management.deployment(deployment_id)["status"] == "pending"


@pytest.mark.parametrize(
    "body", [b"", b"{", {}, [], [ABORTED], "aborted", {"status": None}, {"status": 5}, {"status": ["aborted"]}]
)
def test_15_a_body_without_a_status_is_400_and_nothing_is_aborted(management: Management, body: object) -> None:
    deployment_id = management.deploy("d-100")
    with nothing_changes(management.app):
        assert error_of(400, management.try_abort(deployment_id, body))


def test_the_path_is_looked_at_before_the_body_and_the_body_before_what_is_stored(management: Management) -> None:
    assert error_of(400, management.try_abort("foo", {"status": "foo"})) == "ID is not a valid UUID"
    assert error_of(400, management.try_abort(UNKNOWN, {"status": "foo"})) == "Unexpected deployment status"


def test_15_it_is_finished_now_and_nothing_is_pending_or_at_work(app: App, management: Management) -> None:
    working, _, ended = management.enrol(3)
    deployment_id = management.deploy(working, "d-100", ended)
    expect(204, report(app, working, deployment_id, "installing"))
    expect(204, report(app, ended, deployment_id, "failure"))
    app.pass_time(minutes=5)
    management.abort(deployment_id)
    shown = management.deployment(deployment_id)
    assert (shown["status"], shown["finished"]) == ("finished", "2026-03-11T13:05:00.000Z")
    assert shown["statistics"]["status"] == {**ZEROS, "aborted": 2, "failure": 1}


@pytest.mark.parametrize("target", ["list", "long list", "all devices"])
def test_15_decision_6_never_asked_devices_become_aborted(management: Management, target: str) -> None:
    devices = management.enrol(3)
    others = [f"d-{number}" for number in range(120)] if target == "long list" else []
    chosen = {"all_devices": True} if target == "all devices" else {"devices": [each.id for each in devices] + others}
    deployment_id = management.deploy(**chosen)
    count = len(devices) + len(others)
    management.abort(deployment_id)
    assert management.statistics(deployment_id) == {**ZEROS, "aborted": count}
    shown = management.devices(deployment_id)
    assert {(each["status"], each["finished"]) for each in shown} == {("aborted", "2026-03-11T13:00:00.000Z")}
    assert len(shown) == count
    for device in devices:
        expect(204, ask(management.app, device))
    assert management.statistics(deployment_id) == {**ZEROS, "aborted": count}


@pytest.mark.parametrize("word", ["success", "failure", "already-installed"])
def test_15_what_has_ended_keeps_its_status(app: App, management: Management, device: Device, word: str) -> None:
    deployment_id = management.deploy(device, "d-100")
    expect(204, report(app, device, deployment_id, word))
    management.abort(deployment_id)
    assert management.statuses(deployment_id) == {device.id: word, "d-100": "aborted"}


def test_15_noartifact_is_kept(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, "d-100")
    expect(204, ask(app, device, provides(device_type="board-z")))
    management.abort(deployment_id)
    assert management.statuses(deployment_id) == {device.id: "noartifact", "d-100": "aborted"}


@pytest.mark.parametrize("word", REPORTABLE)
@pytest.mark.parametrize("before", ["never asked", "asked", "installing"])
@pytest.mark.parametrize("target", ["list", "all devices"])
def test_15_no_report_is_accepted_any_more(
    management: Management, device: Device, target: str, before: str, word: str
) -> None:
    app = management.app
    deployment_id = management.deploy(device) if target == "list" else management.deploy(all_devices=True)
    if before != "never asked":
        ask(app, device)
    if before == "installing":
        expect(204, report(app, device, deployment_id, "installing"))
    management.abort(deployment_id)
    for _ in range(2):
        assert error_of(409, report(app, device, deployment_id, word)) == "Deployment aborted"
    assert management.statistics(deployment_id) == {**ZEROS, "aborted": 1}


@pytest.mark.parametrize("word", REPORTABLE)
@pytest.mark.parametrize("limit", [{"max_devices": 1}, {"phases": [{"batch_size": 50}, {"start_ts": TOMORROW}]}])
@pytest.mark.parametrize("target", ["list", "all devices"])
def test_15_no_report_is_accepted_of_a_device_that_was_not_let_in(
    app: App, management: Management, target: str, limit: dict[str, object], word: str
) -> None:
    inside, outside = management.enrol(2)
    named = [inside, outside] if target == "list" else []
    deployment_id = management.deploy(*named, **limit, **({} if named else {"all_devices": True}))
    expect(200, poll(app, inside))
    expect(204, poll(app, outside))
    assert error_of(404, report(app, outside, deployment_id, word)) == "Resource not found"
    management.abort(deployment_id)
    for _ in range(2):
        assert error_of(409, report(app, outside, deployment_id, word)) == "Deployment aborted"
    assert management.statistics(deployment_id) == {**ZEROS, "aborted": 2}


def test_15_a_device_that_asks_again_has_nothing_to_do_and_still_no_report_is_accepted(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device)
    assert given(poll(app, device)) == deployment_id
    management.abort(deployment_id)
    expect(204, poll(app, device))
    assert error_of(409, report(app, device, deployment_id, "success")) == "Deployment aborted"
    assert management.statistics(deployment_id) == {**ZEROS, "aborted": 1}


def test_15_a_log_is_still_taken(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    poll(app, device)
    management.abort(deployment_id)
    expect(204, send_log(app, device, deployment_id))
    expect(200, management.log(deployment_id, device.id))
    assert management.statuses(deployment_id) == {device.id: "aborted"}


def test_15_what_has_ended_may_still_change_its_mind(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, "d-100")
    expect(204, report(app, device, deployment_id, "success"))
    management.abort(deployment_id)
    expect(204, report(app, device, deployment_id, "failure"))
    assert management.statistics(deployment_id) == {**ZEROS, "failure": 1, "aborted": 1}


def test_an_abort_is_noted_with_the_user_that_asked_for_it(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    management.abort(deployment_id)
    head = load(app.service, management.workspace.id, deployment_id).deployment
    assert head.aborted_by == management.workspace.user_id != ""


def test_15_the_artifact_can_be_deleted_afterwards(management: Management) -> None:
    deployment_id = management.deploy("d-100")
    (artifact_id,) = management.deployment(deployment_id)["artifacts"]
    target, token = f"{MANAGEMENT}/artifacts/{artifact_id}", management.workspace.token
    assert error_of(409, management.app.call("DELETE", target, token=token)) == "Artifact is used in active deployment"
    management.abort(deployment_id)
    expect(204, management.app.call("DELETE", target, token=token))
    assert management.deployment(deployment_id)["artifacts"] == [artifact_id]


def test_15_the_device_goes_on_with_the_next_deployment(app: App, management: Management, device: Device) -> None:
    first, second = management.deploy(device), management.deploy(device, name="second")
    assert given(poll(app, device)) == first
    management.abort(first)
    assert given(poll(app, device)) == second


def test_15_an_abort_in_the_middle_of_retries_is_final(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, retries=3)
    poll(app, device)
    expect(204, report(app, device, deployment_id, "failure"))
    management.abort(deployment_id)
    expect(204, poll(app, device))
    assert error_of(409, report(app, device, deployment_id, "success")) == "Deployment aborted"
    assert management.statistics(deployment_id) == {**ZEROS, "aborted": 1}
