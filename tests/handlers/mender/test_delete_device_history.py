"""DELETE /deployments/devices/{id}/history, and what polls make of it (mender contract 4.2, 9.3)."""

from __future__ import annotations

import pytest

from tests.handlers.mender.calls import ZEROS, Management, ask, given, provides
from tests.support.app import Answer, App
from tests.support.seeds import Device, expect, report, seed_workspace
from tests.support.unchanged import nothing_changes

SOMEBODY = "d-100"
"""A device beside the one of the test; as long as it has not ended, their deployments run."""


def call(management: Management, device_id: str) -> Answer:
    return management.call("DELETE", f"/devices/{device_id}/history")


def forget(management: Management, device: Device) -> None:
    answer = expect(204, call(management, device.id))
    assert answer.text == ""


def parts(management: Management, device: Device) -> list[tuple[str, str, bool]]:
    """Name, status and mark of each part of a device, newest first."""
    shown = expect(200, management.call("GET", f"/devices/{device.id}")).json()
    return [
        (each["deployment"]["name"], each["device"]["status"], each["device"].get("deleted", False)) for each in shown
    ]


def end(management: Management, device: Device, deployment_id: str, status: str = "success") -> None:
    expect(204, report(management.app, device, deployment_id, status))


def test_what_has_ended_is_marked_wherever_it_is_shown_and_what_has_not_is_left(
    management: Management, device: Device
) -> None:
    ended = management.deploy(device, SOMEBODY, name="ended")
    end(management, device, ended, "failure")
    management.deploy(device, name="open")
    before = management.deployment(ended)
    forget(management, device)
    assert parts(management, device) == [("open", "pending", False), ("ended", "failure", True)]
    assert {each["id"]: each.get("deleted") for each in management.devices(ended)} == {SOMEBODY: None, device.id: True}
    assert management.deployment(ended) == before


def test_a_device_is_given_again_what_still_runs(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, SOMEBODY)
    end(management, device, deployment_id)
    expect(204, ask(app, device))
    forget(management, device)
    assert given(ask(app, device)) == deployment_id
    assert parts(management, device) == [("spring rollout", "pending", False)]
    assert management.statistics(deployment_id) == {**ZEROS, "pending": 2}
    shown = management.deployment(deployment_id)
    assert (shown["status"], shown["device_count"]) == ("inprogress", 1)


def test_what_is_done_over_again_is_counted_once(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, SOMEBODY)
    for word in ("success", "failure"):
        forget(management, device)
        assert given(ask(app, device)) == deployment_id
        end(management, device, deployment_id, "installing")
        end(management, device, deployment_id, word)
        expect(204, ask(app, device))
    assert management.statistics(deployment_id) == {**ZEROS, "failure": 1, "pending": 1}


def test_what_has_finished_stays_so(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device)
    end(management, device, deployment_id)
    forget(management, device)
    app.pass_time(seconds=1)
    expect(204, ask(app, device))
    shown = management.deployment(deployment_id)
    assert (shown["status"], shown["finished"]) == ("finished", "2026-03-11T13:00:00.000Z")
    assert parts(management, device) == [("spring rollout", "success", True)]


def test_what_finishes_before_the_device_asks_is_not_begun_anew(app: App, management: Management) -> None:
    first, last = management.enrol(2)
    deployment_id = management.deploy(first, last)
    end(management, first, deployment_id)
    forget(management, first)
    end(management, last, deployment_id)
    expect(204, ask(app, first))
    assert management.statistics(deployment_id) == {**ZEROS, "success": 2}


def test_the_oldest_that_runs_comes_first_then_the_newer_ones(app: App, management: Management, device: Device) -> None:
    """What the device never asked for, since it had ended something newer, is among them."""
    skipped = management.deploy(device, name="skipped")
    newer = [management.deploy(device, SOMEBODY, name=name) for name in ("second", "third")]
    for deployment_id in newer:
        end(management, device, deployment_id)
    expect(204, ask(app, device))
    forget(management, device)
    for deployment_id in (skipped, *newer):
        assert given(ask(app, device)) == deployment_id
        end(management, device, deployment_id)
    expect(204, ask(app, device))


def test_what_was_offered_once_comes_no_earlier_for_it(app: App, management: Management, device: Device) -> None:
    never_offered = management.deploy(device, SOMEBODY, name="never offered")
    end(management, device, never_offered)
    offered = management.deploy(device, SOMEBODY, name="offered")
    assert given(ask(app, device)) == offered
    end(management, device, offered)
    forget(management, device)
    assert given(ask(app, device)) == never_offered


def test_what_still_runs_is_found_however_old_it_is(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, SOMEBODY)
    end(management, device, deployment_id)
    forget(management, device)
    app.pass_time(hours=2)
    assert given(ask(app, device)) == deployment_id
    assert given(ask(app, device)) == deployment_id


def test_what_had_ended_before_an_abort_is_not_begun_anew(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, SOMEBODY)
    end(management, device, deployment_id)
    management.abort(deployment_id)
    forget(management, device)
    with nothing_changes(app):
        expect(204, ask(app, device))
    assert parts(management, device) == [("spring rollout", "success", True)]


def test_what_the_device_is_in_the_middle_of_comes_first(app: App, management: Management, device: Device) -> None:
    ended = management.deploy(device, SOMEBODY, name="ended")
    end(management, device, ended)
    begun = management.deploy(device, name="begun")
    assert given(ask(app, device)) == begun
    forget(management, device)
    assert given(ask(app, device)) == begun
    assert management.statuses(ended)[device.id] == "success"


def test_a_deployment_to_all_devices_is_given_again_too(app: App, management: Management) -> None:
    first, _ = management.enrol(2)
    deployment_id = management.deploy(all_devices=True)
    assert given(ask(app, first)) == deployment_id
    end(management, first, deployment_id)
    forget(management, first)
    assert given(ask(app, first)) == deployment_id


def test_who_was_let_in_needs_no_place_to_begin_anew(app: App, management: Management) -> None:
    first, second = management.enrol(2)
    phases = [{"batch_size": 50}, {"start_ts": "2026-03-12T13:00:00Z"}]
    deployment_id = management.deploy(first, second, phases=phases)
    assert given(ask(app, first)) == deployment_id
    end(management, first, deployment_id)
    forget(management, first)
    assert given(ask(app, first)) == deployment_id
    expect(204, ask(app, second))


def test_a_device_that_has_it_by_now_ends_it_as_already_installed(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device, SOMEBODY)
    end(management, device, deployment_id)
    forget(management, device)
    expect(204, ask(app, device, provides("app-2")))
    assert management.statistics(deployment_id) == {**ZEROS, "already-installed": 1, "pending": 1}
    assert parts(management, device) == [("spring rollout", "already-installed", False)]


def test_a_late_report_of_what_was_forgotten_is_stored_and_leaves_the_way_open(
    app: App, management: Management, device: Device
) -> None:
    deployment_id = management.deploy(device, SOMEBODY)
    end(management, device, deployment_id)
    forget(management, device)
    end(management, device, deployment_id, "success")
    end(management, device, deployment_id, "failure")
    assert parts(management, device) == [("spring rollout", "failure", True)]
    assert given(ask(app, device)) == deployment_id


def test_an_abort_is_final(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, SOMEBODY)
    assert given(ask(app, device)) == deployment_id
    management.abort(deployment_id)
    forget(management, device)
    assert parts(management, device) == [("spring rollout", "aborted", True)]
    expect(204, ask(app, device))
    expect(409, report(app, device, deployment_id, "success"))
    assert management.statistics(deployment_id) == {**ZEROS, "aborted": 2}


def test_what_a_device_was_taken_out_of_stays_so(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, SOMEBODY)
    assert given(ask(app, device)) == deployment_id
    expect(204, management.call("DELETE", f"/devices/{device.id}"))
    forget(management, device)
    assert parts(management, device) == [("spring rollout", "decommissioned", True)]
    expect(204, ask(app, device))
    expect(409, report(app, device, deployment_id, "success"))


def test_a_history_of_any_length_goes_as_a_whole(
    app: App, management: Management, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sluiceway.usecases.delete_history._ROWS_AT_ONCE", 2)
    ids = [management.deploy(device, SOMEBODY, name=f"rollout {number}") for number in range(5)]
    for deployment_id in ids:
        end(management, device, deployment_id)
    forget(management, device)
    assert {deleted for _, _, deleted in parts(management, device)} == {True}
    assert given(ask(app, device)) == ids[0]


def test_a_device_with_many_old_deployments_is_still_given_a_new_one(
    app: App, management: Management, device: Device
) -> None:
    for number in range(7):
        end(management, device, management.deploy(device, name=f"rollout {number}"))
    forget(management, device)
    app.pass_time(hours=2)
    for _ in range(2):
        expect(204, ask(app, device))
    new = management.deploy(device, name="new")
    assert given(ask(app, device)) == new


def test_deleting_again_changes_nothing(management: Management, device: Device) -> None:
    end(management, device, management.deploy(device, SOMEBODY))
    forget(management, device)
    with nothing_changes(management.app):
        forget(management, device)


def test_the_parts_of_a_device_that_nobody_knows_are_marked(management: Management) -> None:
    deployment_id = management.deploy(SOMEBODY, "d-101")
    expect(204, management.call("DELETE", f"/devices/{SOMEBODY}"))
    expect(204, call(management, SOMEBODY))
    assert {each["id"]: each.get("deleted") for each in management.devices(deployment_id)} == {
        "d-101": None,
        SOMEBODY: True,
    }


@pytest.mark.parametrize("identifier", ["nobody", "%00", "a" * 300, "4f1e1b9e-2f3e-4b8e-9d5a-9f3c0f0c8a01"])
def test_a_device_without_a_history_is_204_too(management: Management, device: Device, identifier: str) -> None:
    end(management, device, management.deploy(device, SOMEBODY))
    with nothing_changes(management.app):
        expect(204, call(management, identifier))


def test_a_device_of_another_workspace_keeps_its_history(management: Management, device: Device) -> None:
    end(management, device, management.deploy(device, SOMEBODY))
    other = Management(management.app, seed_workspace(management.app, "b"))
    assert other.find() == []
    with nothing_changes(management.app):
        expect(204, call(other, device.id))
