"""What calls about workflow slots cost, by ConsumedCapacity: the table in `sluiceway/storage`'s docstring.

Read units are asserted on the table in memory only: the local engine reports one for every read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from sluiceway.domain.workflow import Workflow, WorkflowClass, WorkflowVersion
from sluiceway.domain.workflow_device import WorkflowDevice
from sluiceway.domain.workflow_slot import Content, Report
from sluiceway.storage.capacity import Usage
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Table
from sluiceway.usecases.access_keys import list_access_keys
from sluiceway.usecases.application_tokens import (
    NewApplicationToken,
    issue_application_token,
    list_application_tokens,
    open_application_session,
)
from sluiceway.usecases.applications import Counted, load_application
from sluiceway.usecases.device_workflows import (
    DeviceReport,
    describe_wanted,
    report_workflows,
    wanted_bundle,
    wanted_state,
)
from sluiceway.usecases.object_lists import ObjectListing
from sluiceway.usecases.workflow_device_sessions import (
    DeviceProof,
    log_in_workflow_device,
    open_workflow_device_session,
    record_workflow_contact,
)
from sluiceway.usecases.workflow_devices import DeviceFilter, list_workflow_devices
from sluiceway.usecases.workflow_slots import SlotListing, get_workflow_slot
from sluiceway.usecases.workflow_versions import list_workflow_versions
from sluiceway.usecases.workflows import list_workflows
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.workflow_fleet import WORKSPACE, WorkflowFleet

NO_WRITES = 0
A_SLOT = 4
"""Writes of a slot that is made or changed: itself and its log, twice the units in a transaction."""
A_NUMBER = 2
"""Writes of the number that an operation takes."""
SLOTS_OF_A_PART = 45
TWO_MINUTES = timedelta(minutes=2)


@pytest.fixture
def fleet(faithful_table: Table) -> WorkflowFleet:
    return WorkflowFleet(faithful_table)


@pytest.fixture
def pump(fleet: WorkflowFleet) -> Workflow:
    return fleet.workflow()


@pytest.fixture
def v1(fleet: WorkflowFleet, pump: Workflow) -> WorkflowVersion:
    return fleet.publish(pump, "v1")


@pytest.fixture
def gateway(fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion) -> WorkflowDevice:
    """A device that is to run a workflow."""
    device = fleet.device()
    fleet.release({pump.id: v1.name}, device)
    return device


@contextmanager
def budget(fleet: WorkflowFleet, *, calls: int, read: float, write: float) -> Iterator[None]:
    """Hold the block to exactly so many calls, and to at most so many units."""
    with measured(fleet.table) as meter:
        yield
    used = meter.usage
    shown_read = used.read_units if isinstance(fleet.table, MemoryTable) else 0
    assert Usage(used.calls, max(shown_read, read), max(used.write_units, write)) == Usage(calls, read, write), used


def _token(fleet: WorkflowFleet, device: WorkflowDevice) -> str:
    key = fleet.common_key
    return log_in_workflow_device(fleet.service, DeviceProof(device.id, key.access_key.key, key.secret), NOW).token


def _application_token(fleet: WorkflowFleet) -> str:
    return issue_application_token(fleet.service, WORKSPACE, NewApplicationToken("probe"), NOW).text


def test_a_device_that_asks_what_it_is_to_run(fleet: WorkflowFleet, gateway: WorkflowDevice) -> None:
    token = _token(fleet, gateway)
    with budget(fleet, calls=2, read=4, write=NO_WRITES):
        session = open_workflow_device_session(fleet.service, token, NOW)
        assert wanted_state(fleet.service, session).slots


def test_a_device_that_is_told_more_than_304_costs_one_batch_more(
    fleet: WorkflowFleet, gateway: WorkflowDevice
) -> None:
    session = fleet.session(gateway)
    with budget(fleet, calls=2, read=3, write=NO_WRITES):
        assert describe_wanted(fleet.service, wanted_state(fleet.service, session))


def test_a_device_that_asks_for_a_link(fleet: WorkflowFleet, pump: Workflow, gateway: WorkflowDevice) -> None:
    token = _token(fleet, gateway)
    with budget(fleet, calls=2, read=4, write=NO_WRITES):
        session = open_workflow_device_session(fleet.service, token, NOW)
        assert wanted_bundle(fleet.service, session, pump.id, NOW).content.version == "v1"


def test_a_device_that_logs_in(fleet: WorkflowFleet, gateway: WorkflowDevice) -> None:
    fleet.session(gateway)
    with budget(fleet, calls=2, read=4, write=NO_WRITES):
        _token(fleet, gateway)


def test_a_device_is_noted_as_there_once_in_two_minutes(fleet: WorkflowFleet, gateway: WorkflowDevice) -> None:
    with budget(fleet, calls=1, read=0, write=1):
        record_workflow_contact(fleet.service, gateway, NOW)
    seen = fleet.session(gateway).device
    with budget(fleet, calls=0, read=0, write=NO_WRITES):
        record_workflow_contact(fleet.service, seen, NOW + TWO_MINUTES - timedelta(milliseconds=1))
    with budget(fleet, calls=1, read=0, write=1):
        record_workflow_contact(fleet.service, seen, NOW + TWO_MINUTES)


def test_a_report_that_changes_something_and_the_same_again(
    fleet: WorkflowFleet, pump: Workflow, v1: WorkflowVersion, gateway: WorkflowDevice
) -> None:
    report = DeviceReport({pump.id: Report(Content("v1", v1.etag))})
    session = fleet.session(gateway)
    with budget(fleet, calls=3, read=2, write=A_SLOT):
        report_workflows(fleet.service, session, report, fleet.now())
    with budget(fleet, calls=1, read=1, write=NO_WRITES):
        report_workflows(fleet.service, session, report, fleet.now())


@pytest.mark.usefixtures("v1")
def test_a_release_to_one_device_is_one_transaction(fleet: WorkflowFleet, pump: Workflow) -> None:
    device = fleet.device()
    with budget(fleet, calls=5, read=5, write=A_NUMBER + A_SLOT):
        fleet.release({pump.id: "v1"}, device)
    with budget(fleet, calls=4, read=5, write=NO_WRITES):
        fleet.release({pump.id: "v1"}, device)


@pytest.mark.usefixtures("v1")
def test_as_many_slots_as_a_transaction_holds_are_one(fleet: WorkflowFleet, pump: Workflow) -> None:
    devices = fleet.devices(SLOTS_OF_A_PART)
    with budget(fleet, calls=5, read=93, write=A_NUMBER + SLOTS_OF_A_PART * A_SLOT):
        fleet.release({pump.id: "v1"}, *devices)


@pytest.mark.usefixtures("v1")
def test_a_release_to_a_thousand_devices_writes_each_slot_once(fleet: WorkflowFleet, pump: Workflow) -> None:
    """23 transactions of 45 slots between the one that decides and the one that ends, each with a look at it."""
    devices = fleet.devices(1_000)
    reads, parts, size = 1 + 1 + 10 + 10 + 1, 23, 14
    deciding = ending = A_NUMBER + 2 * size + 2
    with budget(fleet, calls=reads + 2 + parts, read=2_005, write=deciding + ending + 1_000 * A_SLOT + 2 * parts):
        fleet.release({pump.id: "v1"}, *devices)
    with budget(fleet, calls=1 + 1 + 10 + 10, read=2_005, write=NO_WRITES):
        fleet.release({pump.id: "v1"}, *devices)


@pytest.mark.usefixtures("v1")
def test_a_removal_and_a_replacement_look_at_every_slot_and_write_those_that_change(
    fleet: WorkflowFleet, pump: Workflow
) -> None:
    fleet.publish(pump, "v2")
    fan = fleet.workflow("fan")
    fleet.publish(fan, "7")
    devices = fleet.devices(6)
    fleet.release({pump.id: "v1"}, *devices[:3])
    fleet.release({fan.id: "7"}, *devices)
    shards, a_batch_of_logs = 16, 1
    with budget(fleet, calls=2 + shards + a_batch_of_logs + 1, read=22, write=A_NUMBER + 3 * A_SLOT):
        fleet.replace(pump, "v1", "v2")
    with budget(fleet, calls=2 + shards + a_batch_of_logs + 1, read=22, write=A_NUMBER + 3 * A_SLOT):
        fleet.remove(pump, None)
    with budget(fleet, calls=2 + 1 + a_batch_of_logs + 1, read=4, write=A_NUMBER + A_SLOT):
        fleet.remove(None, devices[0])
    with budget(fleet, calls=2 + shards, read=18, write=NO_WRITES):
        fleet.remove(pump, None)


def test_a_program_that_tries_its_token(fleet: WorkflowFleet) -> None:
    fleet.devices(30)
    token = _application_token(fleet)
    with budget(fleet, calls=2, read=2, write=NO_WRITES):
        session = open_application_session(fleet.service, token, NOW)
        load_application(fleet.service, session.workspace)
    for counted in Counted:
        with budget(fleet, calls=2, read=3, write=NO_WRITES):
            load_application(fleet.service, WORKSPACE, {counted})


@pytest.mark.usefixtures("v1")
def test_a_list_of_what_has_a_name_is_one_query(fleet: WorkflowFleet, pump: Workflow) -> None:
    """The whole list, from one partition: pages are cut from it, as `totalCount` counts what passes the filter."""
    service, page = fleet.service, ObjectListing(limit=1)
    fleet.devices(30)
    fleet.access_key()
    _application_token(fleet)
    lists: list[tuple[Callable[[], object], int]] = [
        (lambda: list_workflow_devices(service, WORKSPACE, DeviceFilter(), page), 1),
        (lambda: list_workflows(service, WORKSPACE, WorkflowClass.EDGE, page), 1),
        (lambda: list_workflow_versions(service, WORKSPACE, pump.id, page), 2),
        (lambda: list_access_keys(service, WORKSPACE), 1),
        (lambda: list_application_tokens(service, WORKSPACE), 1),
    ]
    for read, calls in lists:
        with budget(fleet, calls=calls, read=2, write=NO_WRITES):
            assert read()


def test_a_list_reads_every_slot_once_and_the_rest_of_its_page_only(fleet: WorkflowFleet, pump: Workflow) -> None:
    fleet.publish(pump, "v1")
    fleet.release({pump.id: "v1"}, *fleet.devices(60))
    slots, page = 16, 10
    with budget(fleet, calls=2 + slots + 1, read=2 + slots + 2 * page + 1, write=NO_WRITES):
        assert len(fleet.slots(SlotListing(limit=page))) == page


def test_a_list_of_one_device_or_pair_is_one_query(
    fleet: WorkflowFleet, pump: Workflow, gateway: WorkflowDevice
) -> None:
    for listing in (SlotListing(device_id=gateway.id), SlotListing(device_id=gateway.id, workflow_id=pump.id)):
        with budget(fleet, calls=4, read=6, write=NO_WRITES):
            assert len(fleet.slots(listing)) == 1


def test_one_slot_by_its_id(fleet: WorkflowFleet, pump: Workflow, gateway: WorkflowDevice) -> None:
    slot_id = fleet.slot(gateway, pump).slot.id
    with budget(fleet, calls=4, read=6, write=NO_WRITES):
        get_workflow_slot(fleet.service, WORKSPACE, slot_id)
