"""Why a device is not updating, where its history was deleted, the device is gone, or other deployments go first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.artifacts import Provides
from sluiceway.domain.control_map import Action, ControlMap, Point, instruct
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import NotFound
from sluiceway.domain.holds import Hold, Reason
from sluiceway.domain.plan import AtEnd, Plan
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.decommission import remove_device
from sluiceway.usecases.delete_history import delete_history
from sluiceway.usecases.explain import explain
from sluiceway.usecases.ports import Claims
from tests.engine.planned import ask_why, deploy, reasons
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.executions import advance
from tests.support.fleet import BOARD, WORKSPACE, Fleet

HOUR = timedelta(hours=1)
HALTING = ControlMap(0, {Point.COMMIT: instruct(Action.PAUSE)})


@pytest.fixture(name="fleet")
def _fleet() -> Fleet:
    return Fleet(MemoryTable())


def end(fleet: Fleet, deployment: str, device: Claims, status: Status = Status.SUCCESS) -> None:
    offer = fleet.poll(device)
    assert offer
    assert offer.deployment_id == deployment
    fleet.report(device, deployment, status)


def test_what_a_device_ended_is_begun_anew_after_its_history_was_deleted(fleet: Fleet) -> None:
    device, other = fleet.accept(), fleet.accept()
    deployment = deploy(fleet, Plan(), device, other)
    end(fleet, deployment, device, Status.FAILURE)
    assert reasons(fleet, deployment, device) == [Reason.PART_ENDED]
    delete_history(fleet.service, WORKSPACE, str(device["sub"]), NOW)
    assert reasons(fleet, deployment, device) == []
    assert ask_why(fleet, deployment, device).status is Status.PENDING
    assert fleet.poll(device)


def test_what_has_finished_is_not_begun_anew(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment = deploy(fleet, Plan(), device)
    end(fleet, deployment, device)
    delete_history(fleet.service, WORKSPACE, str(device["sub"]), NOW)
    assert reasons(fleet, deployment, device)[0] is Reason.FINISHED
    newer = deploy(fleet, Plan(), device)
    assert reasons(fleet, newer, device) == []
    assert fleet.poll(device)


def test_a_device_that_was_removed_has_ended_its_part_and_one_that_never_was_is_unknown(fleet: Fleet) -> None:
    device, other = fleet.accept(), fleet.accept()
    deployment = deploy(fleet, Plan(), device, other)
    remove_device(fleet.service, WORKSPACE, str(device["sub"]), NOW)
    assert reasons(fleet, deployment, device) == [Reason.NOT_ACCEPTED, Reason.PART_ENDED]
    assert ask_why(fleet, deployment, device).status is Status.DECOMMISSIONED
    with pytest.raises(NotFound):
        explain(fleet.service, WORKSPACE, deployment, "nobody", NOW)


def test_a_device_that_nobody_knows_and_that_a_list_names_is_not_accepted(fleet: Fleet) -> None:
    definition = replace(fleet.definition(fleet.accept()), devices=("stranger",))
    deployment = create_deployment(fleet.service, WORKSPACE, definition, NOW)
    assert [hold.reason for hold in explain(fleet.service, WORKSPACE, deployment, "stranger", NOW).holds] == [
        Reason.NOT_ACCEPTED
    ]


def test_an_older_deployment_is_not_gone_back_to_after_an_abort_of_a_newer_one(fleet: Fleet) -> None:
    device, other = fleet.accept(), fleet.accept()
    older = deploy(fleet, Plan(most_devices=1), device, other)
    assert fleet.poll(other)
    newer = deploy(fleet, Plan(), device)
    assert fleet.poll(device)
    abort_deployment(fleet.service, WORKSPACE, newer, NOW)
    assert reasons(fleet, older, device)[0] is Reason.NEWER_ENDED
    assert fleet.poll(device) is None


def test_who_was_not_let_in_before_the_plan_closed_has_ended(fleet: Fleet) -> None:
    working, device = fleet.accept(), fleet.accept()
    deployment = deploy(fleet, Plan(end=NOW + HOUR, at_end=AtEnd.STOP_OFFERING), working, device)
    assert fleet.poll(working)
    closed = NOW + HOUR + timedelta(minutes=1)
    advance(fleet.service, WORKSPACE, deployment, closed)
    told = explain(fleet.service, WORKSPACE, deployment, str(device["sub"]), closed)
    assert ([hold.reason for hold in told.holds], told.status) == ([Reason.PART_ENDED], Status.ABORTED)


def test_a_device_is_known_to_read_maps_once_it_has_asked_where_it_is_to_halt(fleet: Fleet) -> None:
    device = fleet.accept()
    definition = replace(fleet.definition(device), control_map=HALTING)
    deployment = create_deployment(fleet.service, WORKSPACE, definition, NOW)
    reads_none, reads = (Provides("app-0", BOARD, {}, reads_control_maps=each) for each in (False, True))
    assert reasons(fleet, deployment, device) == []
    assert fleet.ask(device, reads_none, NOW).hold == Hold(Reason.READS_NO_MAPS)
    assert reasons(fleet, deployment, device) == [Reason.READS_NO_MAPS]
    assert fleet.ask(device, reads, NOW).offer
    later = create_deployment(
        fleet.service, WORKSPACE, replace(fleet.definition(device), control_map=HALTING), NOW + HOUR
    )
    fleet.report(device, deployment, Status.SUCCESS)
    assert reasons(fleet, later, device) == []


def test_asking_again_writes_nothing_once_it_is_known_that_a_device_reads_no_maps(fleet: Fleet) -> None:
    device = fleet.accept()
    create_deployment(fleet.service, WORKSPACE, replace(fleet.definition(device), control_map=HALTING), NOW)
    fleet.poll(device)
    with measured(fleet.table) as meter:
        fleet.poll(device)
    assert meter.usage.write_units == 0
