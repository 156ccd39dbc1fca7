"""A device is taken out of its deployments or of the service, whatever happens meanwhile (mender contract 2.9, 6.2)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest

from sluiceway.domain.counters import statistics
from sluiceway.domain.deployment import Definition
from sluiceway.domain.device import AuthStatus
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import (
    DeploymentFinished,
    DeviceDecommissioned,
    Invalid,
    NotFound,
    SluicewayError,
    Unauthenticated,
)
from sluiceway.domain.inventory import Attribute
from sluiceway.domain.inventory_search import STATUS, Operator, Term
from sluiceway.storage import keys
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Backoff, Query
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.decommission import remove_device, withdraw_device
from sluiceway.usecases.deployment_devices import deployment_devices
from sluiceway.usecases.deployments import load
from sluiceway.usecases.devices import count_devices, get_device
from sluiceway.usecases.fleet import accepted_now
from sluiceway.usecases.known_devices import load_device
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.report_inventory import merge_attributes, replace_attributes
from sluiceway.usecases.sessions import open_device_session
from sluiceway.usecases.set_auth_status import AuthDecision, set_auth_status
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.faults import Crash, Fault, at_write
from tests.support.fleet import WORKSPACE, Fleet
from tests.support.ticks import repair_due
from tests.unit.usecases.stores import before_call, over

LATER = NOW + timedelta(minutes=5)


@pytest.fixture(name="fleet")
def _fleet() -> Fleet:
    return Fleet(MemoryTable(Backoff(sleep=lambda _: None)))


@dataclass(frozen=True)
class Shown:
    """A deployment as its readers see it."""

    counts: dict[str, int]
    devices: dict[str, str]


def show(fleet: Fleet, deployment: str) -> Shown:
    """What statistics and device list say; they agree, and the sum is the number of targets."""
    progress = load(fleet.service, WORKSPACE, deployment)
    counts = {str(name): number for name, number in statistics(progress.deployment, progress.tally).items() if number}
    rows = deployment_devices(fleet.service, progress)
    devices = {row.device_id: str(row.status) for row in rows}
    assert len(rows) == progress.deployment.size
    assert {status: list(devices.values()).count(status) for status in devices.values()} == counts
    return Shown(counts, devices)


def withdraw(fleet: Fleet, device: Claims) -> None:
    withdraw_device(fleet.service, WORKSPACE, str(device["sub"]), LATER)


def remove(fleet: Fleet, device: Claims) -> None:
    remove_device(fleet.service, WORKSPACE, str(device["sub"]), LATER)


def test_16_decision_14_every_open_part_ends_as_decommissioned_and_ended_ones_stay(fleet: Fleet) -> None:
    device, other = fleet.accept(), fleet.accept()
    ended, active, waiting, everybody = (
        fleet.deploy(device),
        fleet.deploy(device),
        fleet.deploy(device, other),
        fleet.deploy(),
    )
    fleet.poll(device)
    fleet.report(device, ended, Status.SUCCESS)
    fleet.poll(device)
    fleet.report(device, active, Status.INSTALLING)
    withdraw(fleet, device)
    assert show(fleet, ended).counts == {"success": 1}
    assert show(fleet, active).counts == {"decommissioned": 1}
    for deployment in (waiting, everybody):
        assert show(fleet, deployment).devices == {str(device["sub"]): "decommissioned", str(other["sub"]): "pending"}


def test_a_deployment_that_has_no_open_part_left_has_finished(fleet: Fleet) -> None:
    device = fleet.accept()
    deployments = [fleet.deploy(device), fleet.deploy()]
    withdraw(fleet, device)
    for deployment in deployments:
        progress = load(fleet.service, WORKSPACE, deployment)
        assert (progress.has_finished, progress.finished_at) == (True, LATER)
    assert fleet.table.query(Query(keys.board(WORKSPACE))).records == ()


def test_a_device_in_the_middle_is_told_and_gets_nothing_of_it_again(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment = fleet.deploy(device)
    fleet.poll(device)
    withdraw(fleet, device)
    with pytest.raises(DeviceDecommissioned):
        fleet.report(device, deployment, Status.INSTALLING)
    assert fleet.poll(device) is None


def test_later_deployments_may_target_the_device_again(fleet: Fleet) -> None:
    device = fleet.accept()
    fleet.deploy(device)
    fleet.poll(device)
    withdraw(fleet, device)
    for deployment in (fleet.deploy(device), fleet.deploy()):
        offer = fleet.poll(device)
        assert offer
        assert offer.deployment_id == deployment
        fleet.report(device, deployment, Status.SUCCESS)


def test_a_device_that_nobody_knows_leaves_the_lists_that_name_it(fleet: Fleet) -> None:
    unknown: Claims = {"sub": "never seen"}
    deployment = fleet.deploy(unknown, fleet.accept())
    for _ in range(2):
        withdraw(fleet, unknown)
    assert show(fleet, deployment).counts == {"decommissioned": 1, "pending": 1}


@pytest.mark.parametrize("device_id", ["nobody", "x" * 300, ""])
def test_what_is_in_no_deployment_is_taken_out_without_a_write(fleet: Fleet, device_id: str) -> None:
    fleet.accept()
    fleet.deploy()
    with measured(fleet.table) as meter:
        withdraw_device(fleet.service, WORKSPACE, device_id, LATER)
    assert meter.usage.write_units == 0


def test_an_aborted_deployment_keeps_what_it_says(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment = fleet.deploy(device)
    abort_deployment(fleet.service, WORKSPACE, deployment, NOW)
    withdraw(fleet, device)
    assert show(fleet, deployment).counts == {"aborted": 1}


@pytest.mark.parametrize("number", range(12))
def test_an_abort_and_a_withdrawal_at_once_count_the_device_once(fleet: Fleet, number: int) -> None:
    device = fleet.accept()
    deployment = fleet.deploy(device)

    def abort() -> None:
        with suppress(DeploymentFinished):
            abort_deployment(fleet.service, WORKSPACE, deployment, NOW)

    rival = before_call(number, abort)
    withdraw_device(over(fleet.service, rival), WORKSPACE, str(device["sub"]), LATER)
    assert show(fleet, deployment).counts in ({"aborted": 1}, {"decommissioned": 1})


@pytest.mark.parametrize("number", range(12))
def test_a_poll_and_a_withdrawal_at_once_leave_exact_counters(fleet: Fleet, number: int) -> None:
    device = fleet.accept()
    deployment = fleet.deploy()
    rival = before_call(number, lambda: fleet.poll(device))
    withdraw_device(over(fleet.service, rival), WORKSPACE, str(device["sub"]), LATER)
    assert show(fleet, deployment).counts == {"decommissioned": 1}


def test_a_removed_device_is_gone_for_everybody_at_once(fleet: Fleet) -> None:
    device, other = fleet.accept(), fleet.accept()
    device_id = str(device["sub"])
    replace_attributes(
        fleet.service, get_device(fleet.service, WORKSPACE, device_id).device, [Attribute("a", "1")], NOW
    )
    remove(fleet, device)
    with pytest.raises(Unauthenticated):
        fleet.poll(device)
    with pytest.raises(NotFound):
        get_device(fleet.service, WORKSPACE, device_id)
    with pytest.raises(NotFound):
        remove(fleet, device)
    assert fleet.table.get(keys.inventory(WORKSPACE, device_id)) is None
    assert read_all(fleet.table, Query(keys.device_partition(WORKSPACE, device_id))) == []
    assert fleet.table.get(keys.auth_set_pointer(WORKSPACE, str(device["jti"]))) is None
    assert fleet.table.get(keys.identity(WORKSPACE, f'{{"mac":"{device_id}"}}')) is None
    assert (accepted_now(fleet.service, WORKSPACE)[0], count_devices(fleet.service, WORKSPACE)) == (1, 1)
    assert fleet.poll(other) is None


def test_a_removed_device_stays_a_target_of_what_was_deployed_to_it(fleet: Fleet) -> None:
    device, other = fleet.accept(), fleet.accept()
    finished, aborted, running = fleet.deploy(), fleet.deploy(), fleet.deploy()
    for each in (device, other):
        fleet.poll(each)
        fleet.report(each, finished, Status.SUCCESS)
    abort_deployment(fleet.service, WORKSPACE, aborted, NOW)
    remove(fleet, device)
    assert show(fleet, finished).counts == {"success": 2}
    assert show(fleet, aborted).counts == {"aborted": 2}
    assert show(fleet, running).devices == {str(device["sub"]): "decommissioned", str(other["sub"]): "pending"}
    later = fleet.deploy()
    assert show(fleet, later).devices == {str(other["sub"]): "pending"}


def test_a_device_that_was_not_accepted_is_removed_too(fleet: Fleet) -> None:
    device = fleet.accept()
    known = get_device(fleet.service, WORKSPACE, str(device["sub"]))
    decision = AuthDecision(known.device.id, known.auth_sets[0].id, AuthStatus.REJECTED)
    set_auth_status(fleet.service, WORKSPACE, decision, NOW)
    numbers = accepted_now(fleet.service, WORKSPACE)
    remove(fleet, device)
    assert count_devices(fleet.service, WORKSPACE) == 0
    assert accepted_now(fleet.service, WORKSPACE) == numbers


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
@pytest.mark.parametrize("number", range(8))
def test_a_removal_that_dies_is_finished_by_the_tick(fleet: Fleet, number: int, fault: Fault) -> None:
    device, other = fleet.accept(), fleet.accept()
    deployments = [fleet.deploy(device, other), fleet.deploy()]
    fleet.poll(device)
    crashing = over(fleet.service, at_write(number, fault))
    with suppress(Crash):
        remove_device(crashing, WORKSPACE, str(device["sub"]), LATER)
    if load_device(fleet.service, WORKSPACE, str(device["sub"])):
        assert (number, fault) == (0, Fault.CRASH_BEFORE)
        remove(fleet, device)
    with pytest.raises(Unauthenticated):
        open_device_session(fleet.service, device)
    repair_due(fleet.service, LATER + timedelta(minutes=1))
    assert repair_due(fleet.service, LATER + timedelta(hours=1)) == 0
    for deployment in deployments:
        assert show(fleet, deployment).counts == {"decommissioned": 1, "pending": 1}
    left = read_all(fleet.table, Query(keys.device_partition(WORKSPACE, str(device["sub"]))))
    assert {record.key.sk[0] for record in left} == {"R"}


@pytest.mark.parametrize("number", range(1, 6))
def test_a_removal_in_the_middle_of_a_poll_leaves_no_open_part_in_an_open_target(fleet: Fleet, number: int) -> None:
    """The poll may make a row after the removal has looked for rows; the tick looks again."""
    device = fleet.accept()
    deployment = fleet.deploy_to_filter(Term(STATUS, Operator.EQUAL, "accepted"))
    calling = Fleet.__new__(Fleet)
    calling.service = over(fleet.service, before_call(number, lambda: remove(fleet, device)))
    with suppress(Unauthenticated):
        calling.poll(device)
    repair_due(fleet.service, LATER + timedelta(minutes=1))
    assert repair_due(fleet.service, LATER + timedelta(hours=1)) == 0
    progress = load(fleet.service, WORKSPACE, deployment)
    assert {row.status for row in deployment_devices(fleet.service, progress)} <= {Status.DECOMMISSIONED}
    assert statistics(progress.deployment, progress.tally)[Status.PENDING] == 0


def test_a_device_that_never_asked_has_no_part_in_an_open_target_to_end(fleet: Fleet) -> None:
    device = fleet.accept()
    deployment = fleet.deploy_to_filter(Term(STATUS, Operator.EQUAL, "accepted"))
    withdraw(fleet, device)
    progress = load(fleet.service, WORKSPACE, deployment)
    assert deployment_devices(fleet.service, progress) == []
    assert not any(statistics(progress.deployment, progress.tally).values())


@pytest.mark.parametrize("number", range(10))
def test_a_cut_and_a_removal_at_once_agree_on_who_is_a_target(fleet: Fleet, number: int) -> None:
    """Whichever comes first: the device is no target, or it is one that was decommissioned."""
    device, other = fleet.accept(), fleet.accept()
    rival = before_call(number, lambda: remove(fleet, device))
    deployment = create_deployment(over(fleet.service, rival), WORKSPACE, fleet.definition(), NOW)
    if load_device(fleet.service, WORKSPACE, str(device["sub"])):
        remove(fleet, device)
    shown = show(fleet, deployment).devices
    assert shown.pop(str(device["sub"]), "decommissioned") == "decommissioned"
    assert shown == {str(other["sub"]): "pending"}


@pytest.mark.parametrize("number", range(10))
def test_a_cut_of_a_group_and_a_removal_at_once_agree_on_who_is_a_target(fleet: Fleet, number: int) -> None:
    device, other = fleet.accept(), fleet.accept()
    fleet.put_in_group("lab", device, other)
    definition = Definition("to the lab", "app-1", group="lab")
    rival = before_call(number, lambda: remove(fleet, device))
    deployment = create_deployment(over(fleet.service, rival), WORKSPACE, definition, NOW)
    if load_device(fleet.service, WORKSPACE, str(device["sub"])):
        remove(fleet, device)
    shown = show(fleet, deployment).devices
    assert shown.pop(str(device["sub"]), "decommissioned") == "decommissioned"
    assert shown == {str(other["sub"]): "pending"}


def test_a_removed_device_leaves_the_deployments_to_its_former_group_as_decommissioned(fleet: Fleet) -> None:
    device, other = fleet.accept(), fleet.accept()
    fleet.put_in_group("lab", device, other)
    deployment = fleet.deploy_to_group("lab")
    fleet.put_in_group("field", device)
    elsewhere = fleet.deploy_to_group("field")
    fleet.put_in_group("lab", device)
    remove(fleet, device)
    assert show(fleet, deployment).counts == {"decommissioned": 1, "pending": 1}
    assert show(fleet, elsewhere).counts == {"decommissioned": 1}


@pytest.mark.parametrize("number", range(10))
def test_a_removal_and_a_cut_at_once_agree_on_who_is_a_target(fleet: Fleet, number: int) -> None:
    device, other = fleet.accept(), fleet.accept()
    made: list[str] = []
    rival = before_call(number, lambda: made.append(fleet.deploy()))
    remove_device(over(fleet.service, rival), WORKSPACE, str(device["sub"]), LATER)
    for deployment in made:
        shown = show(fleet, deployment).devices
        assert shown.pop(str(device["sub"]), "decommissioned") == "decommissioned"
        assert shown == {str(other["sub"]): "pending"}


@pytest.mark.parametrize("call", ["poll", "report"])
@pytest.mark.parametrize("number", range(1, 6))
def test_a_device_that_is_removed_while_it_calls_does_not_come_back(fleet: Fleet, number: int, call: str) -> None:
    device = fleet.accept()
    deployment = fleet.deploy()
    if call == "report":
        fleet.poll(device)
    rival = before_call(number, lambda: remove(fleet, device))
    calling = Fleet.__new__(Fleet)
    calling.service = over(fleet.service, rival)
    with suppress(SluicewayError):
        if call == "poll":
            calling.poll(device)
        else:
            calling.report(device, deployment, Status.SUCCESS)
    if count_devices(fleet.service, WORKSPACE):
        remove(fleet, device)
    assert load_device(fleet.service, WORKSPACE, str(device["sub"])) is None
    left = read_all(fleet.table, Query(keys.device_partition(WORKSPACE, str(device["sub"]))))
    assert {record.key.sk[0] for record in left} == {"R"}
    assert set(show(fleet, deployment).counts) <= {"decommissioned", "success"}


def test_a_report_between_a_removal_and_its_rows_brings_nothing_of_the_device_back(fleet: Fleet) -> None:
    """The report is about a row that the removal has not reached yet, so only the head can stop it."""
    device = fleet.accept()
    deployment = fleet.deploy()
    fleet.poll(device)

    def remove_head() -> None:
        with suppress(Crash):
            remove_device(over(fleet.service, at_write(1, Fault.CRASH_BEFORE)), WORKSPACE, str(device["sub"]), LATER)

    calling = Fleet.__new__(Fleet)
    calling.service = over(fleet.service, before_call(1, remove_head))
    with pytest.raises(Unauthenticated):
        calling.report(device, deployment, Status.SUCCESS)
    assert fleet.table.get(keys.device(WORKSPACE, str(device["sub"]))) is None
    repair_due(fleet.service, LATER + timedelta(minutes=1))
    assert show(fleet, deployment).counts == {"decommissioned": 1}


@pytest.mark.parametrize("has_inventory", [True, False])
@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("report", [replace_attributes, merge_attributes])
def test_a_report_that_meets_a_removal_leaves_no_inventory(
    fleet: Fleet, report: object, number: int, *, has_inventory: bool
) -> None:
    device = fleet.accept()
    head = get_device(fleet.service, WORKSPACE, str(device["sub"])).device
    if has_inventory:
        replace_attributes(fleet.service, head, [Attribute("a", "1")], NOW)
    rival = before_call(number, lambda: remove(fleet, device))
    with suppress(Unauthenticated):
        report(over(fleet.service, rival), head, [Attribute("device_type", "b")], NOW)  # type: ignore[operator]
    if count_devices(fleet.service, WORKSPACE):
        remove(fleet, device)
    assert fleet.table.get(keys.inventory(WORKSPACE, head.id)) is None
    assert load_device(fleet.service, WORKSPACE, head.id) is None


def test_a_cut_of_nobody_is_refused_after_the_last_device_went(fleet: Fleet) -> None:
    remove(fleet, fleet.accept())
    with pytest.raises(Invalid):
        fleet.deploy()


def test_a_removal_begins_with_one_transaction_of_ten_items_at_most(fleet: Fleet) -> None:
    device = fleet.accept()
    with measured(fleet.table) as meter, pytest.raises(Crash):
        remove_device(over(fleet.service, at_write(1, Fault.CRASH_BEFORE)), WORKSPACE, str(device["sub"]), LATER)
    assert meter.usage.write_units <= 20
