"""GET /deployments/{id} (mender contract 2.14, 3.3, 10.3)."""

from __future__ import annotations

import pytest

from tests.handlers.mender.calls import UNKNOWN, ZEROS, Management, ask, error_of, provides, put_status
from tests.support.app import App
from tests.support.seeds import Device, expect, report, seed_workspace

REQUIRED = {"id", "name", "artifact_name", "created", "status"}
ALWAYS = REQUIRED | {"device_count", "max_devices", "artifacts", "statistics", "type"}


def test_a_deployment_is_shown_as_it_was_made(management: Management) -> None:
    (artifact,) = management.app.call(
        "GET", "/api/management/v1/deployments/artifacts", token=management.workspace.token
    ).json()
    deployment_id = management.deploy("d-100", "d-101")
    assert management.deployment(deployment_id) == {
        "id": deployment_id,
        "name": "spring rollout",
        "artifact_name": "app-2",
        "created": "2026-03-11T13:00:00.000Z",
        "status": "pending",
        "device_count": 0,
        "max_devices": 2,
        "artifacts": [artifact["id"]],
        "statistics": {"status": {**ZEROS, "pending": 2}, "total_size": 0},
        "type": "software",
        "filter": {
            "terms": [{"scope": "identity", "attribute": "id", "type": "$in", "value": ["d-100", "d-101"]}],
        },
    }


def test_what_is_optional_is_left_out_and_not_null(management: Management) -> None:
    plain = management.deployment(management.deploy("d-100"))
    assert set(plain) == ALWAYS | {"filter"}
    forced = management.deployment(management.deploy("d-100", force_installation=True, retries=2))
    assert (forced["force_installation"], forced["retries"]) == (True, 2)


def test_ids_are_matched_in_upper_case_too(management: Management) -> None:
    deployment_id = management.deploy("d-100")
    assert management.deployment(deployment_id.upper())["id"] == deployment_id


@pytest.mark.parametrize(("identifier", "status"), [("foo", 400), (UNKNOWN, 404), (f"{UNKNOWN}0", 400)])
def test_an_id_must_be_a_uuid_of_a_deployment(management: Management, identifier: str, status: int) -> None:
    text = error_of(status, management.call("GET", f"/{identifier}"))
    assert text == ("Resource not found" if status == 404 else "ID is not a valid UUID")


def test_09_another_workspaces_deployment_is_404(management: Management) -> None:
    other = Management(management.app, seed_workspace(management.app, "b"))
    assert error_of(404, other.call("GET", f"/{management.deploy('d-100')}")) == "Resource not found"


@pytest.mark.usefixtures("device")
def test_the_filter_of_a_deployment_to_all_devices_says_accepted(management: Management) -> None:
    shown = management.deployment(management.deploy(all_devices=True))
    term = {"scope": "identity", "attribute": "status", "type": "$eq", "value": "accepted"}
    assert (shown["filter"], shown["max_devices"]) == ({"terms": [term]}, 1)


@pytest.mark.parametrize(("count", "is_shown"), [(100, True), (101, False)])
def test_the_filter_is_left_out_above_a_hundred_devices(management: Management, count: int, is_shown: bool) -> None:  # noqa: FBT001 - a column of the table
    ids = [f"d-{number}" for number in range(count)]
    shown = management.deployment(management.deploy(*ids))
    assert ("filter" in shown) is is_shown
    assert shown["max_devices"] == count


def test_an_offer_leaves_the_deployment_pending_and_counts_the_device_once(
    app: App, management: Management, device: Device
) -> None:
    artifact_size = management.artifact(management.upload("app-3"))["size"]
    deployment_id = management.deploy(device, "d-100", artifact_name="app-3")
    for _ in range(3):
        expect(200, ask(app, device))
        shown = management.deployment(deployment_id)
        assert (shown["status"], shown["device_count"]) == ("pending", 1)
        assert shown["statistics"] == {"status": {**ZEROS, "pending": 2}, "total_size": artifact_size}


@pytest.mark.parametrize("said", [provides("app-2"), provides(device_type="board-z")])
def test_no_size_is_counted_where_nothing_is_offered(
    app: App, management: Management, device: Device, said: dict[str, str]
) -> None:
    deployment_id = management.deploy(device, "d-100")
    expect(204, ask(app, device, said))
    shown = management.deployment(deployment_id)
    assert (shown["status"], shown["device_count"], shown["statistics"]["total_size"]) == ("inprogress", 1, 0)


@pytest.mark.parametrize(
    "word",
    [
        "downloading",
        "installing",
        "rebooting",
        "pause_before_installing",
        "pause_before_rebooting",
        "pause_before_committing",
    ],
)
def test_any_device_at_work_makes_the_deployment_inprogress(
    app: App, management: Management, device: Device, word: str
) -> None:
    deployment_id = management.deploy(device)
    expect(204, report(app, device, deployment_id, word))
    shown = management.deployment(deployment_id)
    assert shown["status"] == "inprogress"
    assert shown["statistics"]["status"] == {**ZEROS, word: 1}
    assert "finished" not in shown


@pytest.mark.parametrize("word", ["success", "failure", "already-installed"])
def test_it_is_finished_when_all_devices_have_ended_and_since_the_last_one_did(
    app: App, management: Management, word: str
) -> None:
    first, second = management.enrol(2)
    deployment_id = management.deploy(first, second)
    expect(204, report(app, first, deployment_id, word))
    assert management.deployment(deployment_id)["status"] == "inprogress"
    app.pass_time(seconds=10.5)
    expect(204, report(app, second, deployment_id, "success"))
    app.pass_time(hours=1)
    shown = management.deployment(deployment_id)
    assert (shown["status"], shown["finished"]) == ("finished", "2026-03-11T13:00:10.500Z")


def test_a_finished_deployment_stays_finished_while_its_devices_change_their_minds(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device)
    expect(204, report(app, device, deployment_id, "success"))
    before = management.deployment(deployment_id)
    app.pass_time(seconds=5)
    for word in ("failure", "downloading"):
        expect(204, report(app, device, deployment_id, word))
    after = management.deployment(deployment_id)
    assert (after["status"], after["finished"]) == ("finished", before["finished"])
    assert after["statistics"]["status"] == {**ZEROS, "failure": 1}


def test_decision_16_uploads_join_a_running_deployment(management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    (first,) = management.deployment(deployment_id)["artifacts"]
    second = management.upload("app-2", ["board-b"])
    assert management.deployment(deployment_id)["artifacts"] == [first, second]
    assert expect(200, ask(management.app, device, provides(device_type="board-b"))).json()["artifact"]["id"] == second


def test_decision_16_uploads_do_not_join_a_finished_deployment(management: Management, device: Device) -> None:
    ended, aborted = management.deploy(device), management.deploy("d-100")
    before = management.deployment(ended)["artifacts"]
    expect(204, report(management.app, device, ended, "success"))
    assert management.deployment(ended)["status"] == "finished"
    management.abort(aborted)
    management.upload("app-2", ["board-b"])
    assert management.deployment(ended)["artifacts"] == management.deployment(aborted)["artifacts"] == before


def test_decision_28_times_are_utc_with_a_z(app: App, management: Management) -> None:
    app.pass_time(minutes=3, seconds=17, milliseconds=63)
    assert management.deployment(management.deploy("d-100"))["created"] == "2026-03-11T13:03:17.063Z"


def test_retries_keep_it_inprogress_while_the_device_counts_as_pending(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device, retries=1)
    ask(app, device)
    expect(204, put_status(app, device, deployment_id, {"status": "failure"}))
    shown = management.deployment(deployment_id)
    assert (shown["status"], shown["statistics"]["status"]) == ("inprogress", {**ZEROS, "pending": 1})


def test_a_retry_that_is_offered_the_same_artifact_is_not_counted_again(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device, retries=2)
    artifact_size = management.artifact(management.deployment(deployment_id)["artifacts"][0])["size"]
    for _ in range(3):
        expect(200, ask(app, device))
        expect(204, report(app, device, deployment_id, "failure"))
        shown = management.deployment(deployment_id)
        assert (shown["device_count"], shown["statistics"]["total_size"]) == (1, artifact_size)
