"""An abort of what is pushed gives each device what it had before, unless it says that it has it (design section 7)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import Gate, Reaction
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.deployment_devices import stored_rows
from sluiceway.usecases.deployments import load
from sluiceway.usecases.roll_back import roll_back
from tests.support.faults import AnswerLostError, Crash, Fault, FaultyTable, at_write
from tests.support.pushed import ConfigSlots, PushedSlot, WorkflowSlots
from tests.unit.usecases.stores import before_call

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEY = "api_key_of_an_operator"
WRITES_OF_A_LOOK, CALLS_OF_A_LOOK = 3, 10
"""At least."""
ONE_FIRST = Plan(
    (PlannedPhase(devices=1, gate=Gate(needs_approval=True)), PlannedPhase()), deadlines=Deadlines(offered=HOUR)
)
ONE_AT_ONCE = Plan(most_in_flight=1, deadlines=Deadlines(offered=HOUR))
TWO_ATTEMPTS = Plan(retry=RetryPolicy(attempts=2, base=MINUTE, cap=MINUTE, jitter=0))
BOTH = pytest.mark.parametrize("kind", [ConfigSlots, WorkflowSlots])
BEFORE = pytest.mark.parametrize("before", ["v1", ""])
FAULTS = pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOSE_ANSWER])


def having(kind: type[PushedSlot], before: str, devices: int = 1) -> PushedSlot:
    """Devices that have a version, or nothing."""
    it = kind(devices)
    for device in it.devices:
        if before:
            it.give(device, before)
    return it


def abort(it: PushedSlot, deployment: str) -> None:
    abort_deployment(it.service, it.workspace, deployment, it.tick(), by=KEY)


def undo(it: PushedSlot, deployment: str) -> str:
    return roll_back(it.service, it.workspace, deployment, it.tick(), by=KEY)


def look_to_the_end(it: PushedSlot, deployment: str) -> None:
    while it.look(deployment):
        pass


def what_they_have(it: PushedSlot) -> list[str]:
    return [it.has(device) for device in it.devices]


def dies(it: PushedSlot, deployment: str, number: int, fault: Fault) -> bool:
    """Let an execution look and die over one of its writes; False when it does not make so many."""
    service = replace(it.service, table=FaultyTable(it.service.table, at_write(number, fault)))
    with suppress(Crash, AnswerLostError):
        it.look(deployment, service)
        return False
    return True


@BOTH
@BEFORE
def test_what_no_device_has_applied_is_taken_back(kind: type[PushedSlot], before: str) -> None:
    it = having(kind, before, 3)
    planned = it.plan("v2")
    it.look(planned)
    applied, failed, _ = it.devices
    it.works(applied)
    it.fails(failed)
    abort(it, planned)
    assert it.look(planned) is None
    assert what_they_have(it) == ["v2", before, before]
    assert [it.status(planned, each) for each in it.devices] == [Status.ABORTED] * 3


@BOTH
@BEFORE
def test_what_waits_for_another_attempt_is_taken_back(kind: type[PushedSlot], before: str) -> None:
    it = having(kind, before, 2)
    planned = it.plan("v2", plan=TWO_ATTEMPTS)
    it.look(planned)
    seen, unseen = it.devices
    it.fails(seen)
    it.look(planned)
    it.fails(unseen)
    abort(it, planned)
    look_to_the_end(it, planned)
    assert what_they_have(it) == [before, before]


def begun(it: PushedSlot, plan: Plan = ONE_FIRST) -> tuple[str, str]:
    """A deployment that one device works on, and that device."""
    planned = it.plan("v2", plan=plan)
    it.look(planned)
    (device,) = [each for each, row in it.rows(planned).items() if row.is_in_flight]
    return planned, device


def ended_in_vain(it: PushedSlot, ended: Status, plan: Plan = ONE_FIRST) -> tuple[str, str]:
    """A deployment in which one device ended without having got it, and that device."""
    planned, device = begun(it, plan)
    if ended is Status.FAILURE:
        it.fails(device)
    else:
        it.now += HOUR
    it.look(planned)
    assert it.status(planned, device) is ended
    return planned, device


IN_VAIN = pytest.mark.parametrize("ended", [Status.FAILURE, Status.TIMED_OUT])


@BOTH
@BEFORE
@IN_VAIN
def test_what_failed_or_kept_silent_is_taken_back_too_and_stays_what_it_was(
    kind: type[PushedSlot], before: str, ended: Status
) -> None:
    it = having(kind, before, 2)
    planned, device = ended_in_vain(it, ended)
    abort(it, planned)
    assert it.look(planned) is None
    assert what_they_have(it) == [before, before]
    assert it.status(planned, device) is ended
    assert load(it.service, it.workspace, planned).tally[ended] == 1


@BOTH
@IN_VAIN
def test_who_got_it_after_all_keeps_it(kind: type[PushedSlot], ended: Status) -> None:
    """Where it can: what failed on a device that takes configuration is gone from it."""
    it = having(kind, "v1", 2)
    planned, device = ended_in_vain(it, ended)
    if it.has(device) == "v2":
        it.works(device)
    kept = it.has(device) or "v1"
    abort(it, planned)
    assert it.look(planned) is None
    assert it.has(device) == kept


@BOTH
@IN_VAIN
def test_what_is_dealt_with_is_not_taken_back_again(kind: type[PushedSlot], ended: Status) -> None:
    it = having(kind, "v1", 2)
    planned, device = ended_in_vain(it, ended)
    abort(it, planned)
    it.look(planned)
    given = it.times_given(device)
    it.look(planned)
    assert it.times_given(device) == given
    rows = stored_rows(it.service, load(it.service, it.workspace, planned))
    assert not any(row.is_unapplied for row in rows)


@BOTH
def test_what_somebody_gave_a_device_meanwhile_stays(kind: type[PushedSlot]) -> None:
    it = having(kind, "v1")
    planned = it.plan("v2")
    it.look(planned)
    it.give(it.devices[0], "v3")
    abort(it, planned)
    assert it.look(planned) is None
    assert what_they_have(it) == ["v3"]


@BOTH
def test_who_was_deleted_is_passed_over(kind: type[PushedSlot]) -> None:
    it = having(kind, "", 2)
    planned = it.plan("v2")
    it.look(planned)
    left, deleted = it.devices
    it.delete(deleted)
    abort(it, planned)
    assert it.look(planned) is None
    assert it.has(left) == ""


@BOTH
def test_a_breach_that_aborts_takes_back_too(kind: type[PushedSlot]) -> None:
    it = having(kind, "v1", 2)
    planned = it.plan("v2", plan=Plan((PlannedPhase(gate=Gate(most_failures=0, on_breach=Reaction.ABORT)),)))
    it.look(planned)
    it.fails(it.devices[0])
    look_to_the_end(it, planned)
    assert load(it.service, it.workspace, planned).deployment.is_withdrawn
    assert what_they_have(it) == ["v1", "v1"]
    assert [it.status(planned, each) for each in it.devices] == [Status.FAILURE, Status.ABORTED]


@BOTH
@BEFORE
@FAULTS
def test_an_execution_that_dies_over_it_at_any_write_gives_back_once(
    kind: type[PushedSlot], before: str, fault: Fault
) -> None:
    it = having(kind, before, 2)
    planned, _ = ended_in_vain(it, Status.TIMED_OUT, ONE_AT_ONCE)
    abort(it, planned)
    it.look(planned)
    undisturbed = [it.times_given(device) for device in it.devices]
    for number in count():
        it = having(kind, before, 2)
        planned, _ = ended_in_vain(it, Status.TIMED_OUT, ONE_AT_ONCE)
        abort(it, planned)
        has_died = dies(it, planned, number, fault)
        look_to_the_end(it, planned)
        assert what_they_have(it) == [before, before]
        assert [it.times_given(device) for device in it.devices] == undisturbed
        rows = stored_rows(it.service, load(it.service, it.workspace, planned))
        assert [row.status for row in rows if row.is_unapplied] == []
        if not has_died:
            break
    assert number >= WRITES_OF_A_LOOK


# A roll back is aborted as anything else is: what the devices had before it is what it rolls back.


@BOTH
@BEFORE
@FAULTS
def test_an_aborted_roll_back_puts_back_what_it_rolled_back_where_that_was_not_applied(
    kind: type[PushedSlot], before: str, fault: Fault
) -> None:
    for number in count():
        it = having(kind, before, 2)
        planned = it.plan("v2")
        it.look(planned)
        for device in it.devices:
            it.works(device)
        it.look(planned)
        undoing = undo(it, planned)
        it.look(undoing)
        assert what_they_have(it) == [before, before]
        abort(it, undoing)
        has_died = dies(it, undoing, number, fault)
        look_to_the_end(it, undoing)
        assert what_they_have(it) == ["v2", "v2"]
        if not has_died:
            break
    assert number >= WRITES_OF_A_LOOK


@BOTH
def test_an_aborted_roll_back_leaves_alone_who_applied_it(kind: type[PushedSlot]) -> None:
    it = having(kind, "v1", 2)
    planned = it.plan("v2")
    it.look(planned)
    for device in it.devices:
        it.works(device)
    it.look(planned)
    undoing = undo(it, planned)
    it.look(undoing)
    it.works(it.devices[0])
    abort(it, undoing)
    look_to_the_end(it, undoing)
    assert what_they_have(it) == ["v1", "v2"]


@BOTH
@BEFORE
def test_an_aborted_roll_back_does_not_bring_back_what_no_device_had_applied(
    kind: type[PushedSlot], before: str
) -> None:
    """The roll back itself has aborted the first deployment."""
    it = having(kind, before)
    planned = it.plan("v2")
    it.look(planned)
    it.fetches(it.devices[0])
    undoing = undo(it, planned)
    it.look(undoing)
    abort(it, undoing)
    look_to_the_end(it, undoing)
    look_to_the_end(it, planned)
    assert what_they_have(it) == [before]


# What another deployment finds on a device


def replaced_after_abort(it: PushedSlot, aborted: str, newer: str) -> str:
    """Let the newer deployment come first, then the abort, and roll the newer one back."""
    it.look(newer)
    assert it.has(it.devices[0]) == "v3"
    look_to_the_end(it, aborted)
    assert it.has(it.devices[0]) == "v3"
    undoing = undo(it, newer)
    for each in (newer, undoing, aborted, undoing):
        it.look(each)
    return it.has(it.devices[0])


@BOTH
@BEFORE
def test_what_is_still_to_be_taken_back_does_not_come_back_by_a_roll_back_of_what_replaced_it(
    kind: type[PushedSlot], before: str
) -> None:
    it = having(kind, before)
    planned, newer = it.plan("v2"), it.plan("v3")
    it.look(planned)
    it.look(newer)
    abort(it, planned)
    assert replaced_after_abort(it, planned, newer) == before


@BOTH
@IN_VAIN
def test_nor_does_what_a_device_had_ended_in_vain(kind: type[PushedSlot], ended: Status) -> None:
    it = having(kind, "v1", 2)
    planned, device = ended_in_vain(it, ended)
    newer = it.plan("v3", device)
    abort(it, planned)
    it.look(newer)
    look_to_the_end(it, planned)
    assert it.has(device) == "v3"
    undoing = undo(it, newer)
    it.look(undoing)
    assert it.has(device) == "v1"


@BOTH
def test_nor_what_two_aborts_are_to_take_back(kind: type[PushedSlot]) -> None:
    it = having(kind, "v1")
    first, second = it.plan("v2"), it.plan("v3")
    it.look(first)
    abort(it, first)
    it.look(second)
    abort(it, second)
    newer = it.plan("v2")
    it.look(newer)
    assert it.has(it.devices[0]) == "v2"
    for each in (first, second):
        look_to_the_end(it, each)
    undoing = undo(it, newer)
    it.look(undoing)
    assert it.has(it.devices[0]) == "v1"


@BOTH
def test_nor_what_the_abort_of_a_roll_back_is_to_take_back(kind: type[PushedSlot]) -> None:
    it = having(kind, "v1")
    planned = it.plan("v2")
    it.look(planned)
    it.works(it.devices[0])
    it.look(planned)
    undoing = undo(it, planned)
    it.look(undoing)
    newer = it.plan("v3")
    abort(it, undoing)
    assert replaced_after_abort(it, undoing, newer) == "v2"


@BOTH
def test_what_the_device_said_that_it_has_is_what_it_had(kind: type[PushedSlot]) -> None:
    """Though no look has seen it before the abort."""
    it = having(kind, "v1")
    planned, newer = it.plan("v2"), it.plan("v3")
    it.look(planned)
    it.works(it.devices[0])
    abort(it, planned)
    assert replaced_after_abort(it, planned, newer) == "v2"


def take_back_meanwhile(it: PushedSlot, aborted: str, looked: list[str]) -> None:
    it.look(aborted)
    looked.append(aborted)


@BOTH
@pytest.mark.parametrize("ended", [None, Status.SUCCESS, Status.TIMED_OUT])
def test_of_a_taking_back_and_an_offer_at_once_the_offer_finds_what_is_left(
    kind: type[PushedSlot], ended: Status | None
) -> None:
    """At each call of the table that the look of the newer deployment makes."""
    for number in count():
        it = having(kind, "v1", 2)
        planned, device = begun(it)
        if ended is Status.SUCCESS:
            it.works(device)
        if ended is Status.TIMED_OUT:
            it.now += HOUR
            it.look(planned)
        newer = it.plan("v3", device)
        abort(it, planned)
        looked: list[str] = []
        schedule = before_call(number, partial(take_back_meanwhile, it, planned, looked))
        it.look(newer, replace(it.service, table=FaultyTable(it.service.table, schedule)))
        it.look(newer)
        undoing = undo(it, newer)
        it.look(undoing)
        assert it.has(device) == ("v2" if ended is Status.SUCCESS else "v1")
        if not looked:
            break
    assert number > CALLS_OF_A_LOOK
