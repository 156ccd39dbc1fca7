"""PUT /device/deployments/{id}/status (mender contract 8.3, 9.4, 10.2, 16.24)."""

from __future__ import annotations

import json

import pytest

from tests.handlers.mender.calls import UNKNOWN, ZEROS, Management, ask, error_of, given, put_status
from tests.support.app import App
from tests.support.seeds import DEVICES_V1, Device, expect, poll, report
from tests.support.unchanged import nothing_changes

ACTIVE = (
    "downloading",
    "installing",
    "rebooting",
    "pause_before_installing",
    "pause_before_rebooting",
    "pause_before_committing",
)
FINAL = ("success", "failure", "already-installed")
EMOJI = "\U0001f600"


@pytest.fixture
def deployment(management: Management, device: Device) -> str:
    """A deployment to the one device, which has not asked for it."""
    return management.deploy(device)


def shown(management: Management, deployment: str) -> dict[str, object]:
    (device,) = management.devices(deployment)
    return device


@pytest.mark.parametrize("word", [*ACTIVE, *FINAL])
@pytest.mark.parametrize("asked", [True, False])
def test_24_every_allowed_word_is_stored_and_answered_204(
    management: Management, device: Device, deployment: str, *, asked: bool, word: str
) -> None:
    if asked:
        expect(200, poll(management.app, device))
    answer = report(management.app, device, deployment, word)
    assert (answer.status, answer.body, "content-type" in answer.headers) == (204, b"", False)
    assert management.statistics(deployment) == {**ZEROS, word: 1}
    assert shown(management, deployment)["status"] == word


@pytest.mark.parametrize(
    "word",
    ["pending", "aborted", "noartifact", "decommissioned", "foo", "Success", "superseded", "timed-out", " ", EMOJI],
)
def test_24_a_word_that_is_no_devices_to_say_is_400(app: App, device: Device, deployment: str, word: str) -> None:
    with nothing_changes(app):
        assert error_of(400, report(app, device, deployment, word)) == f"status: a device cannot report {word}."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"status": "\\ud83d"}',
        b'{"status": "success", "status": "failure"}',
        [],
        [{"status": "success"}],
        "success",
        {},
        {"substate": "x"},
        {"status": None},
        {"status": ""},
        {"status": 5},
        {"status": ["success"]},
        {"status": "success", "substate": 5},
        {"status": "success", "substate": ["x"]},
        {"status": "success", "substate": "x" * 201},
        {"status": "x" * 10_000},
    ],
)
def test_24_a_body_that_is_not_a_report_is_400(app: App, device: Device, deployment: str, body: object) -> None:
    with nothing_changes(app):
        assert error_of(400, put_status(app, device, deployment, body))


def test_24_a_device_that_is_not_a_member_is_404(app: App, management: Management, device: Device) -> None:
    for deployment_id in (management.deploy("d-100"), UNKNOWN):
        with nothing_changes(app):
            assert error_of(404, report(app, device, deployment_id, "success")) == "Resource not found"


def test_the_path_is_looked_at_before_the_body(app: App, device: Device) -> None:
    assert error_of(400, put_status(app, device, "foo", b"{")) == "ID is not a valid UUID"


def test_ids_are_matched_in_upper_case_too(app: App, device: Device, deployment: str) -> None:
    expect(204, report(app, device, deployment.upper(), "success"))


@pytest.mark.parametrize("headers", [{}, {"transfer-encoding": "chunked"}])
def test_a_body_needs_neither_a_length_nor_a_type(
    app: App, device: Device, deployment: str, headers: dict[str, str]
) -> None:
    body = json.dumps({"status": "success"}).encode() + b"\n"
    target = f"{DEVICES_V1}/{deployment}/status"
    expect(204, app.call("PUT", target, body, token=device.token, headers=headers))


def test_unknown_members_are_ignored(management: Management, device: Device, deployment: str) -> None:
    body = {"status": "installing", "progress": 50, "devices": []}
    expect(204, put_status(management.app, device, deployment, body))
    assert management.statistics(deployment) == {**ZEROS, "installing": 1}


def test_24_the_substate_is_kept_until_it_is_overwritten(
    management: Management, device: Device, deployment: str
) -> None:
    for body, kept in (
        ({"status": "downloading"}, None),
        ({"status": "installing", "substate": "copying"}, "copying"),
        ({"status": "rebooting"}, "copying"),
        ({"status": "rebooting", "substate": ""}, "copying"),
        ({"status": "rebooting", "substate": None}, "copying"),
        ({"status": "rebooting", "substate": EMOJI * 200}, EMOJI * 200),
        ({"status": "success", "substate": "done"}, "done"),
        ({"status": "success", "substate": "all done"}, "all done"),
        ({"status": "failure"}, "all done"),
    ):
        expect(204, put_status(management.app, device, deployment, body))
        assert shown(management, deployment).get("substate") == kept


def test_24_devices_may_go_backwards(management: Management, device: Device, deployment: str) -> None:
    for word in ("rebooting", "installing", "downloading", "pause_before_installing", "rebooting"):
        expect(204, report(management.app, device, deployment, word))
        assert management.statistics(deployment) == {**ZEROS, word: 1}


@pytest.mark.parametrize("later", FINAL)
@pytest.mark.parametrize("first", FINAL)
def test_24_decision_19_what_has_ended_may_end_otherwise(
    management: Management, device: Device, deployment: str, first: str, later: str
) -> None:
    for word in (first, later):
        expect(204, report(management.app, device, deployment, word))
    assert management.statistics(deployment) == {**ZEROS, later: 1}


@pytest.mark.parametrize("active", ACTIVE)
@pytest.mark.parametrize("final", FINAL)
def test_decision_18_what_has_ended_is_never_reopened(
    management: Management, device: Device, deployment: str, final: str, active: str
) -> None:
    expect(204, report(management.app, device, deployment, final))
    with nothing_changes(management.app):
        expect(204, report(management.app, device, deployment, active))
    expect(204, poll(management.app, device))


@pytest.mark.parametrize("word", [*ACTIVE, *FINAL])
def test_the_same_report_again_is_204_and_changes_nothing(app: App, device: Device, deployment: str, word: str) -> None:
    expect(204, put_status(app, device, deployment, {"status": word, "substate": "x"}))
    app.pass_time(seconds=5)
    with nothing_changes(app):
        expect(204, report(app, device, deployment, word))
        expect(204, put_status(app, device, deployment, {"status": word, "substate": "x"}))


def test_started_is_when_it_left_pending_and_finished_when_it_ended(
    app: App, management: Management, device: Device, deployment: str
) -> None:
    app.pass_time(seconds=1)
    expect(200, poll(app, device))
    assert "started" not in shown(management, deployment)
    for word in ("downloading", "installing", "success"):
        app.pass_time(seconds=1)
        expect(204, report(app, device, deployment, word))
    device_shown = shown(management, deployment)
    assert device_shown["started"] == "2026-03-11T13:00:02.000Z"
    assert device_shown["finished"] == "2026-03-11T13:00:04.000Z"


def test_a_device_that_fails_twice_and_has_three_retries_succeeds_the_third_time(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device, retries=3)
    for _ in range(2):
        assert given(poll(app, device)) == deployment_id
        for word in ("downloading", "failure", "failure"):
            expect(204, report(app, device, deployment_id, word))
        assert management.statistics(deployment_id) == {**ZEROS, "pending": 1}
        assert management.deployment(deployment_id)["status"] == "inprogress"
    assert given(poll(app, device)) == deployment_id
    expect(204, report(app, device, deployment_id, "success"))
    assert management.statistics(deployment_id) == {**ZEROS, "success": 1}
    assert management.deployment(deployment_id)["status"] == "finished"
    expect(204, poll(app, device))


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_device_without_attempts_left_has_failed(
    app: App, management: Management, device: Device, retries: int
) -> None:
    deployment_id = management.deploy(device, retries=retries)
    for _ in range(retries + 1):
        assert management.statistics(deployment_id) == {**ZEROS, "pending": 1}
        assert given(poll(app, device)) == deployment_id
        expect(204, report(app, device, deployment_id, "failure"))
    assert management.statistics(deployment_id) == {**ZEROS, "failure": 1}
    assert management.deployment(deployment_id)["status"] == "finished"
    expect(204, poll(app, device))


def test_the_next_attempt_may_describe_the_device_anew(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, retries=1)
    expect(200, poll(app, device, "app-1"))
    expect(204, report(app, device, deployment_id, "failure"))
    assert given(poll(app, device, "app-0")) == deployment_id


def test_a_retry_that_finds_the_artifact_installed_ends(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, retries=1)
    expect(200, poll(app, device))
    expect(204, report(app, device, deployment_id, "failure"))
    expect(204, poll(app, device, "app-2"))
    assert management.statistics(deployment_id) == {**ZEROS, "already-installed": 1}


def test_a_report_about_an_older_deployment_is_still_taken(app: App, management: Management, device: Device) -> None:
    ids = [management.deploy(device, name=f"rollout {number}") for number in range(9)]
    expect(204, report(app, device, ids[8], "success"))
    expect(204, report(app, device, ids[0], "failure"))
    assert management.statistics(ids[0]) == {**ZEROS, "failure": 1}
    expect(204, ask(app, device))
