"""A workflow under a plan: as phases open, the slots of their devices want its version (design section 7)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import Gate, GateReason
from sluiceway.domain.object_ids import is_object_id
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.slots import AssignedVersion
from sluiceway.domain.workflow_device import WorkflowDevice
from sluiceway.domain.workflow_slot import Actor, Attempt, Side, Source
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.create_pushed_deployment import PushedDefinition, create_pushed_deployment
from sluiceway.usecases.deployment_devices import deployment_devices
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.workflow_channel import source_id
from sluiceway.usecases.workflow_devices import delete_workflow_device
from tests.support.executions import advance
from tests.support.faults import AnswerLostError, Crash, Fault, FaultyTable, at_write
from tests.support.workflow_fleet import OPERATOR, WORKSPACE, WorkflowFleet

MINUTE = timedelta(minutes=1)
ALL_WELL = Gate(least_success_share=1.0)


class PushedWorkflow:
    """A version for some devices under a plan, and its execution, which looks when it is told to."""

    def __init__(
        self, plan: Plan, devices: int = 4, *, runs_before: str | None = None, version: str | None = "v2"
    ) -> None:
        self.fleet = WorkflowFleet(MemoryTable())
        self.devices = self.fleet.devices(devices)
        self.workflow = self.fleet.workflow()
        self.versions = {name: self.fleet.publish(self.workflow, name) for name in ("v1", "v2", "v3")}
        if runs_before:
            self.fleet.release({self.workflow.id: runs_before}, *self.devices)
        self.service = self.fleet.service
        self.now = self.fleet.now()
        content = AssignedVersion(self.workflow.id, version)
        wanted = PushedDefinition("wave", content, [device.id for device in self.devices], plan)
        self.id = create_pushed_deployment(self.service, WORKSPACE, wanted, self.now)

    def look(self, after: timedelta = timedelta(0)) -> datetime | None:
        self.now += after
        return advance(self.service, WORKSPACE, self.id, self.now)

    @property
    def progress(self) -> Progress:
        return load(self.service, WORKSPACE, self.id)

    def statuses(self) -> list[Status]:
        return [row.status for row in deployment_devices(self.service, self.progress)]

    def wanting(self, version: str | None = "v2") -> list[WorkflowDevice]:
        """The devices that are told to run a version."""
        return [each for each in self.devices if self.fleet.wanted(each).get(self.workflow.id) == version]

    def fail(self, device: WorkflowDevice) -> None:
        self.fleet.fails(device, self.workflow, Attempt("v2", "", "needs runtime 2.4.0"), None)


def halves(gate: Gate) -> Plan:
    return Plan((PlannedPhase(percent=50, gate=gate), PlannedPhase()))


def test_phase_by_phase_it_comes_to_its_end() -> None:
    it = PushedWorkflow(halves(ALL_WELL))
    assert it.wanting() == []
    it.look()
    first = it.wanting()
    assert len(first) == 2
    for device in first:
        it.fleet.runs(device, it.workflow, it.versions["v2"])
    it.look(MINUTE)
    assert len(it.wanting()) == 4
    for device in it.wanting():
        it.fleet.runs(device, it.workflow, it.versions["v2"])
    assert it.look(MINUTE) is None
    assert it.statuses() == [Status.SUCCESS] * 4


def test_the_log_of_a_slot_tells_which_deployment_it_was_by_an_object_id() -> None:
    it = PushedWorkflow(Plan(), devices=1)
    it.look()
    (entry,) = it.fleet.slot(it.devices[0], it.workflow).log
    assert entry.source == Source(Actor.TOKEN, source_id(it.progress.deployment))
    assert is_object_id(entry.source.id)


def test_what_a_device_could_not_run_fails_the_phase() -> None:
    it = PushedWorkflow(halves(ALL_WELL))
    it.look()
    it.fail(it.wanting()[0])
    it.look(MINUTE)
    it.look(MINUTE)
    assert len(it.wanting()) == 2
    pause = it.progress.deployment.steering.pause
    assert pause is None
    it.fleet.runs(it.wanting()[1], it.workflow, it.versions["v2"])
    it.look(MINUTE)
    pause = it.progress.deployment.steering.pause
    assert pause is not None
    assert pause.reason == GateReason.SUCCESS_SHARE_TOO_LOW
    failed = deployment_devices(it.service, it.progress)[0]
    assert (failed.status, failed.substate) == (Status.FAILURE, "needs runtime 2.4.0")


def test_an_error_from_before_is_none_of_this_deployment() -> None:
    it = PushedWorkflow(Plan(), devices=1, runs_before="v2")
    it.fail(it.devices[0])
    it.now = it.fleet.now()
    it.look(MINUTE)
    it.look(MINUTE)
    assert it.statuses() == [Status.PENDING]


def test_an_attempt_fails_by_what_the_device_told_since_it_began() -> None:
    it = PushedWorkflow(Plan(retry=RetryPolicy(attempts=2, base=MINUTE, cap=MINUTE, jitter=0)), devices=1)
    it.look()
    it.fail(it.devices[0])
    it.look(MINUTE)
    for _ in range(3):
        it.look(MINUTE)
        assert it.statuses() == [Status.PENDING], "the error of the first attempt is history"
    it.fleet.seconds.following += 600
    it.fail(it.devices[0])
    it.look(10 * MINUTE)
    assert it.statuses() == [Status.FAILURE]


@pytest.mark.parametrize("number", range(16))
def test_another_attempt_says_once_more_what_is_wanted(number: int) -> None:
    """So that the device's next error counts, be it the same; whoever dies over it does not say it twice."""
    it = PushedWorkflow(Plan(retry=RetryPolicy(attempts=2, base=MINUTE, cap=MINUTE, jitter=0)), devices=1)
    it.look()
    it.fail(it.devices[0])
    it.look(MINUTE)
    dying = replace(it.service, table=FaultyTable(it.service.table, at_write(number, Fault.CRASH_AFTER)))
    it.now += MINUTE
    with suppress(Crash):
        advance(dying, WORKSPACE, it.id, it.now)
    it.look(MINUTE)
    it.look(MINUTE)
    log = it.fleet.slot(it.devices[0], it.workflow).log
    assert [entry.side for entry in log] == [Side.DESIRED, Side.CURRENT, Side.DESIRED]
    assert log[-1].previous == log[-1].new == it.fleet.slot(it.devices[0], it.workflow).slot.desired


def test_what_runs_already_is_not_said_again() -> None:
    it = PushedWorkflow(Plan(), devices=1, runs_before="v2")
    it.fleet.runs(it.devices[0], it.workflow, it.versions["v2"])
    before = it.fleet.slot(it.devices[0], it.workflow)
    it.look()
    it.look(MINUTE)
    assert it.statuses() == [Status.SUCCESS]
    after = it.fleet.slot(it.devices[0], it.workflow)
    assert (after.log, after.slot.updated, after.slot.desired) == (before.log, before.slot.updated, before.slot.desired)


def test_a_device_that_recovers_by_itself_within_its_attempts_succeeds() -> None:
    it = PushedWorkflow(Plan(retry=RetryPolicy(attempts=2, base=MINUTE, cap=MINUTE, jitter=0)), devices=1)
    it.look()
    it.fail(it.devices[0])
    it.look(MINUTE)
    it.fleet.runs(it.devices[0], it.workflow, it.versions["v2"])
    it.look(MINUTE)
    it.look(MINUTE)
    (row,) = deployment_devices(it.service, it.progress)
    assert (row.status, row.attempt) == (Status.SUCCESS, 2)


def test_nothing_of_a_workflow_can_be_what_is_deployed() -> None:
    it = PushedWorkflow(Plan(), devices=1, runs_before="v1", version=None)
    it.fleet.runs(it.devices[0], it.workflow, it.versions["v1"])
    it.look()
    it.look(MINUTE)
    assert it.statuses() == [Status.PENDING]
    it.fleet.runs(it.devices[0], it.workflow, None)
    it.look(MINUTE)
    assert it.statuses() == [Status.SUCCESS]


def test_what_an_operator_put_in_its_place_is_superseded() -> None:
    it = PushedWorkflow(Plan(), devices=1)
    it.look()
    it.fleet.release({it.workflow.id: "v3"}, *it.devices)
    it.look(MINUTE)
    assert it.statuses() == [Status.SUPERSEDED]


@pytest.mark.parametrize("looks", [0, 1])
def test_a_device_that_was_deleted_has_ended_and_the_others_go_on(looks: int) -> None:
    it = PushedWorkflow(Plan(), devices=2)
    for _ in range(looks):
        it.look()
    delete_workflow_device(it.service, WORKSPACE, it.devices.pop().id, OPERATOR, it.now)
    it.look(MINUTE)
    it.look(MINUTE)
    assert sorted(it.statuses()) == [Status.DECOMMISSIONED, Status.PENDING]
    assert it.wanting() == it.devices


def test_no_more_devices_than_the_cap_work_on_it_at_once() -> None:
    it = PushedWorkflow(Plan(most_in_flight=1))
    for number in range(4):
        it.look(MINUTE)
        it.look()
        assert len(it.wanting()) == number + 1
        for device in it.wanting():
            it.fleet.runs(device, it.workflow, it.versions["v2"])
    assert it.look(MINUTE) is None


@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOSE_ANSWER])
def test_an_execution_that_dies_at_any_write_changes_no_slot_twice_and_forgets_nobody(
    fault: Fault, number: int
) -> None:
    it = PushedWorkflow(Plan(), devices=2)
    dying = replace(it.service, table=FaultyTable(it.service.table, at_write(number, fault)))
    with suppress(Crash, AnswerLostError):
        advance(dying, WORKSPACE, it.id, it.now)
    it.look()
    it.look()
    assert it.wanting() == it.devices
    assert [len(it.fleet.slot(device, it.workflow).log) for device in it.devices] == [1, 1]
    for device in it.devices:
        it.fleet.runs(device, it.workflow, it.versions["v2"])
    assert it.look(MINUTE) is None
    assert it.progress.tally[Status.SUCCESS] == 2


@pytest.mark.parametrize("before", ["v1", None])
def test_a_roll_back_gives_each_device_the_version_it_was_to_run_before_or_nothing(before: str | None) -> None:
    it = PushedWorkflow(Plan(), devices=2, runs_before=before)
    it.look()
    assert it.wanting() == it.devices
    undoing = roll_back(it.service, WORKSPACE, it.id, it.now)
    advance(it.service, WORKSPACE, undoing, it.now)
    assert it.wanting() == []
    assert it.wanting(before) == it.devices
    advance(it.service, WORKSPACE, undoing, it.now + MINUTE)
    ended = load(it.service, WORKSPACE, undoing).tally[Status.SUCCESS]
    assert ended == (0 if before else 2), "who ran nothing and is to run nothing has nothing to do"
