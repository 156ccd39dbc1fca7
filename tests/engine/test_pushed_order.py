"""What a device has newest stays: planned deployments and immediate calls that meet in one slot (design section 4)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from sluiceway.domain.config_deployment import Judge
from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import Gate
from sluiceway.domain.holds import Reason
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.config_deployments import judge_config_deployment
from sluiceway.usecases.config_releases import set_custom_validation
from sluiceway.usecases.config_state import load_config_state
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.steer_deployment import open_next_phase, pause_deployment, resume_deployment
from tests.support.faults import AnswerLostError, Crash, Fault, FaultyTable, at_write
from tests.support.pushed import ConfigSlots, PushedSlot, WorkflowSlots
from tests.unit.usecases.stores import before_call

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
KEY = "api_key_of_an_operator"
ONE_BY_ONE = Plan((PlannedPhase(devices=1, gate=Gate(needs_approval=True)), PlannedPhase()))
TWO_ATTEMPTS = Plan(retry=RetryPolicy(attempts=2, base=MINUTE, cap=MINUTE, jitter=0))
CALLS_OF_A_LOOK, WRITES_OF_A_LOOK = 10, 3
"""At least."""
BOTH = pytest.mark.parametrize("kind", [ConfigSlots, WorkflowSlots])


def late_device(it: PushedSlot, deployment: str) -> str:
    """The device of the second phase."""
    return next(device for device, row in it.rows(deployment).items() if row.phase == 1)


def open_next(it: PushedSlot, deployment: str) -> None:
    open_next_phase(it.service, it.workspace, deployment, KEY, it.tick())
    it.look(deployment)


@BOTH
def test_a_phase_that_opens_late_leaves_alone_what_an_operator_gave_meanwhile(kind: type[PushedSlot]) -> None:
    it = kind(2)
    planned = it.plan("v2", plan=ONE_BY_ONE)
    it.look(planned)
    late = late_device(it, planned)
    it.give(late, "v3")
    assert [hold.reason for hold in it.explain(planned, late).holds] == [Reason.HAS_NEWER, Reason.PHASE_NOT_OPEN]
    open_next(it, planned)
    assert it.has(late) == "v3"
    assert it.status(planned, late) is Status.SUPERSEDED
    assert [hold.reason for hold in it.explain(planned, late).holds] == [Reason.SUPERSEDED, Reason.PART_ENDED]


@BOTH
def test_what_is_explained_first_is_what_a_look_goes_by_first(kind: type[PushedSlot]) -> None:
    it = kind()
    (device,) = it.devices
    it.look(it.plan("v1"))
    waiting = it.plan("v2")
    pause_deployment(it.service, it.workspace, waiting, KEY, it.now)
    held = [Reason.PAUSED, Reason.WAITS_FOR_ANOTHER]
    assert [hold.reason for hold in it.explain(waiting, device).holds] == held
    it.give(device, "v3")
    assert [hold.reason for hold in it.explain(waiting, device).holds] == [Reason.HAS_NEWER, *held]
    resume_deployment(it.service, it.workspace, waiting, KEY, it.now)
    it.look(waiting)
    assert it.status(waiting, device) is Status.SUPERSEDED


@BOTH
def test_what_an_operator_gave_before_a_plan_was_made_is_replaced(kind: type[PushedSlot]) -> None:
    it = kind()
    (device,) = it.devices
    it.give(device, "v1")
    planned = it.plan("v2")
    it.look(planned)
    assert it.has(device) == "v2"
    assert it.status(planned, device) is Status.PENDING


@BOTH
def test_another_attempt_leaves_alone_what_an_operator_gave_meanwhile(kind: type[PushedSlot]) -> None:
    it = kind()
    (device,) = it.devices
    planned = it.plan("v2", plan=TWO_ATTEMPTS)
    it.look(planned)
    it.fails(device)
    it.look(planned)
    it.give(device, "v3")
    it.look(planned)
    it.look(planned)
    assert it.has(device) == "v3"
    assert it.status(planned, device) is Status.SUPERSEDED


def test_what_an_operator_gave_stays_newer_when_it_has_failed_on_the_device() -> None:
    it = ConfigSlots(2)
    planned = it.plan("v2", plan=ONE_BY_ONE)
    it.look(planned)
    late = late_device(it, planned)
    it.give(late, "v3")
    it.fails(late)
    open_next(it, planned)
    assert (it.has(late), it.status(planned, late)) == ("", Status.SUPERSEDED)


@BOTH
def test_an_operator_who_is_faster_by_a_hair_wins(kind: type[PushedSlot]) -> None:
    """At each call of the table that a look makes."""
    for number in count():
        it = kind()
        (device,) = it.devices
        it.give(device, "v1")
        planned = it.plan("v2")
        given: list[str] = []

        def give(it: PushedSlot = it, device: str = device, given: list[str] = given) -> None:
            it.give(device, "v3")
            given.append("v3")

        it.look(planned, replace(it.service, table=FaultyTable(it.service.table, before_call(number, give))))
        if not given:
            break
        it.look(planned)
        it.look(planned)
        assert (it.has(device), it.status(planned, device)) == ("v3", Status.SUPERSEDED)
    assert number > CALLS_OF_A_LOOK


@BOTH
def test_what_is_said_of_one_attempt_ends_no_other(kind: type[PushedSlot]) -> None:
    """However much another execution does between any two calls of the table that a look makes."""
    for number in count():
        it = kind()
        planned = it.plan("v2", plan=TWO_ATTEMPTS)
        it.look(planned)
        it.fails(it.devices[0])
        looked: list[str] = []

        def try_again(it: PushedSlot = it, planned: str = planned, looked: list[str] = looked) -> None:
            for _ in range(3):
                looked.append(planned)
                it.look(planned)

        it.look(planned, replace(it.service, table=FaultyTable(it.service.table, before_call(number, try_again))))
        row = it.rows(planned)[it.devices[0]]
        assert (row.status, row.attempt) == (Status.PENDING, 2)
        if not looked:
            break
    assert number > CALLS_OF_A_LOOK


@BOTH
def test_a_newer_plan_waits_until_the_older_one_has_ended_at_the_device(kind: type[PushedSlot]) -> None:
    it = kind()
    (device,) = it.devices
    older, newer = it.plan("v2"), it.plan("v3")
    it.look(newer)
    assert it.has(device) == ""
    assert (it.explain(newer, device).ahead, it.explain(older, device).ahead) == (older, "")
    it.look(older)
    it.look(newer)
    assert it.has(device) == "v2"
    it.works(device)
    it.look(older)
    it.look(newer)
    assert it.has(device) == "v3"
    assert it.status(newer, device) is Status.PENDING


@BOTH
def test_a_plan_whose_phase_opens_after_a_newer_one_was_made_does_not_end_that(kind: type[PushedSlot]) -> None:
    """The older one pushes later than the newer one was created: still its choice is the older."""
    it = kind()
    (device,) = it.devices
    older = it.plan("v2")
    newer = it.plan("v3")
    it.look(older)
    it.works(device)
    it.look(older)
    it.look(newer)
    assert (it.has(device), it.status(newer, device)) == ("v3", Status.PENDING)


@BOTH
def test_a_more_urgent_plan_goes_first_and_ends_the_older_one_that_waits(kind: type[PushedSlot]) -> None:
    it = kind(2)
    older = it.plan("v2", plan=ONE_BY_ONE)
    it.look(older)
    late = late_device(it, older)
    urgent = it.plan("v3", late, plan=Plan(priority=1))
    assert it.explain(older, late).ahead == urgent
    it.look(urgent)
    assert (it.has(late), it.status(older, late)) == ("v3", Status.SUPERSEDED)
    open_next(it, older)
    assert it.has(late) == "v3"


@BOTH
def test_a_more_urgent_plan_waits_for_what_the_device_works_on(kind: type[PushedSlot]) -> None:
    it = kind()
    (device,) = it.devices
    older = it.plan("v2")
    it.look(older)
    urgent = it.plan("v3", plan=Plan(priority=1))
    it.look(urgent)
    assert (it.has(device), it.explain(urgent, device).ahead) == ("v2", older)
    abort_deployment(it.service, it.workspace, older, it.tick())
    it.look(urgent)
    assert it.has(device) == "v3"


@BOTH
def test_the_less_urgent_newer_one_follows_the_older_one_that_went_first(kind: type[PushedSlot]) -> None:
    it = kind()
    (device,) = it.devices
    urgent, newer = it.plan("v2", plan=Plan(priority=1)), it.plan("v3")
    it.look(newer)
    it.look(urgent)
    it.works(device)
    it.look(urgent)
    it.look(newer)
    assert (it.has(device), it.status(newer, device)) == ("v3", Status.PENDING)


@BOTH
@pytest.mark.parametrize("number", range(24))
def test_of_two_executions_that_look_at_once_one_pushes(kind: type[PushedSlot], number: int) -> None:
    it = kind()
    (device,) = it.devices
    older, urgent = it.plan("v2"), it.plan("v3", plan=Plan(priority=1))
    racing = replace(it.service, table=FaultyTable(it.service.table, before_call(number, lambda: it.look(urgent))))
    it.look(older, racing)
    parts = [it.rows(each)[device] for each in (older, urgent)]
    assert sum(row.is_in_flight for row in parts) == 1
    (works_on,) = [row for row in parts if row.is_in_flight]
    assert works_on.artifact_id
    assert it.has(device) == {older: "v2", urgent: "v3"}[works_on.deployment_id]


@BOTH
def test_a_roll_back_takes_back_only_what_it_undoes(kind: type[PushedSlot]) -> None:
    it = kind(2)
    for device in it.devices:
        it.give(device, "v1")
    planned = it.plan("v2")
    it.look(planned)
    left, changed = it.devices
    it.give(changed, "v3")
    undoing = roll_back(it.service, it.workspace, planned, it.tick())
    it.look(undoing)
    assert [it.has(each) for each in it.devices] == ["v1", "v3"]
    assert it.status(undoing, changed) is Status.SUPERSEDED
    assert it.status(undoing, left) is Status.PENDING


@BOTH
def test_a_roll_back_leaves_alone_what_a_newer_plan_gave(kind: type[PushedSlot]) -> None:
    it = kind()
    (device,) = it.devices
    it.give(device, "v1")
    planned, newer = it.plan("v2"), it.plan("v3")
    it.look(planned)
    it.works(device)
    it.look(planned)
    it.look(newer)
    it.works(device)
    it.look(newer)
    undoing = roll_back(it.service, it.workspace, planned, it.tick())
    it.look(undoing)
    assert (it.has(device), it.status(undoing, device)) == ("v3", Status.SUPERSEDED)


@BOTH
@pytest.mark.parametrize("before", ["v1", ""])
def test_of_two_deployments_the_older_one_is_rolled_back_after_the_newer_one(
    kind: type[PushedSlot], before: str
) -> None:
    it = kind()
    (device,) = it.devices
    if before:
        it.give(device, before)
    planned = [it.plan(version) for version in ("v2", "v3")]
    for each in planned:
        it.look(each)
        it.works(device)
        it.look(each)
    for each, left in zip(reversed(planned), ["v2", before], strict=True):
        undoing = roll_back(it.service, it.workspace, each, it.tick())
        it.look(undoing)
        it.works(device)
        it.look(undoing)
        assert (it.has(device), it.status(undoing, device)) == (left, Status.SUCCESS)


@BOTH
def test_the_roll_back_of_an_older_deployment_waits_for_that_of_a_newer_one(kind: type[PushedSlot]) -> None:
    it = kind()
    (device,) = it.devices
    it.give(device, "v1")
    planned = [it.plan(version) for version in ("v2", "v3")]
    for each in planned:
        it.look(each)
        it.works(device)
        it.look(each)
    newer, older = (roll_back(it.service, it.workspace, each, it.tick()) for each in reversed(planned))
    it.look(older)
    assert [hold.reason for hold in it.explain(older, device).holds] == [Reason.WAITS_FOR_ANOTHER]
    assert it.explain(older, device).ahead == newer
    for each in (newer, older):
        it.look(each)
        it.works(device)
        it.look(each)
    assert (it.has(device), it.status(older, device)) == ("v1", Status.SUCCESS)


def older_and_newer(kind: type[PushedSlot], plan: Plan | None = None) -> tuple[PushedSlot, str, str]:
    """Two deployments that follow an operator's v1: the device runs v2 of the older one, and works on v3."""
    it = kind()
    (device,) = it.devices
    it.give(device, "v1")
    it.works(device)
    older = it.plan("v2")
    it.look(older)
    it.works(device)
    it.look(older)
    newer = it.plan("v3", plan=plan)
    it.look(newer)
    assert it.has(device) == "v3"
    return it, older, newer


def works(it: PushedSlot, newer: str) -> None:
    it.works(it.devices[0])
    it.look(newer)


def fails(it: PushedSlot, newer: str) -> None:
    it.fails(it.devices[0])
    it.look(newer)


def keeps_silent(it: PushedSlot, newer: str) -> None:
    it.now += HOUR
    it.look(newer)


def is_aborted(it: PushedSlot, newer: str) -> None:
    abort_deployment(it.service, it.workspace, newer, it.tick())


def is_taken_back(it: PushedSlot, newer: str) -> None:
    is_aborted(it, newer)
    it.look(newer)


def another_one_fails_too(it: PushedSlot, newer: str) -> None:
    fails(it, newer)
    another = it.plan("v3")
    it.look(another)
    fails(it, another)


def fails_after_one_was_taken_back(it: PushedSlot, newer: str) -> None:
    is_taken_back(it, newer)
    another = it.plan("v3")
    it.look(another)
    fails(it, another)


def fails_at_what_is_given_back(it: PushedSlot, newer: str) -> None:
    is_taken_back(it, newer)
    it.fails(it.devices[0])


COURSES = pytest.mark.parametrize(
    ("course", "left"),
    [
        (works, "v3"),
        (fails, "v1"),
        (keeps_silent, "v1"),
        (is_aborted, "v1"),
        (is_taken_back, "v1"),
        (another_one_fails_too, "v1"),
        (fails_after_one_was_taken_back, "v1"),
        (fails_at_what_is_given_back, "v1"),
    ],
)
SOON_SILENT = Plan(deadlines=Deadlines(offered=30 * MINUTE))


@BOTH
@COURSES
@pytest.mark.parametrize("is_asked_before", [True, False])
def test_only_what_the_device_keeps_is_newer_than_what_is_rolled_back(
    kind: type[PushedSlot], course: Callable[[PushedSlot, str], None], left: str, *, is_asked_before: bool
) -> None:
    """Whether the roll back of the older one is asked for while the device works on the newer one, or after that."""
    it, older, newer = older_and_newer(kind, SOON_SILENT)
    (device,) = it.devices
    undoing = ""
    if is_asked_before:
        undoing = roll_back(it.service, it.workspace, older, it.tick())
        it.look(undoing)
        assert it.has(device) == "v3"
        assert [hold.reason for hold in it.explain(undoing, device).holds] == [Reason.WAITS_FOR_ANOTHER]
        assert it.explain(undoing, device).ahead == newer
    course(it, newer)
    undoing = undoing or roll_back(it.service, it.workspace, older, it.tick())
    for each in (undoing, newer, undoing):
        it.look(each)
    it.works(device)
    it.look(undoing)
    status = Status.SUPERSEDED if left == "v3" else Status.SUCCESS
    assert (it.has(device), it.status(undoing, device)) == (left, status)


@BOTH
def test_a_roll_back_goes_ahead_of_another_attempt_at_something_newer(kind: type[PushedSlot]) -> None:
    it, older, newer = older_and_newer(kind, TWO_ATTEMPTS)
    (device,) = it.devices
    fails(it, newer)
    undoing = roll_back(it.service, it.workspace, older, it.tick())
    it.look(undoing)
    assert it.has(device) == "v1"
    for each in (undoing, newer):
        it.works(device)
        it.look(undoing)
        it.look(newer)
        assert it.status(each, device) in {Status.SUCCESS, Status.PENDING}
    assert (it.has(device), it.status(undoing, device)) == ("v3", Status.SUCCESS)


@BOTH
@pytest.mark.parametrize("has_it", [False, True])
def test_another_attempt_after_a_roll_back_goes_back_to_what_that_gave(kind: type[PushedSlot], *, has_it: bool) -> None:
    it, older, newer = older_and_newer(kind, TWO_ATTEMPTS)
    (device,) = it.devices
    fails(it, newer)
    undoing = roll_back(it.service, it.workspace, older, it.tick())
    it.look(undoing)
    it.works(device)
    it.look(undoing)
    it.look(newer)
    assert it.has(device) == "v3"
    if has_it:
        it.works(device)
        it.look(newer)
        it.look(roll_back(it.service, it.workspace, newer, it.tick()))
    else:
        abort_deployment(it.service, it.workspace, newer, it.tick())
        it.look(newer)
    assert it.has(device) == "v1"


@BOTH
@pytest.mark.parametrize("course", [fails, keeps_silent, is_taken_back])
def test_what_an_operator_gave_before_something_in_vain_is_newer_than_what_is_rolled_back(
    kind: type[PushedSlot], course: Callable[[PushedSlot, str], None]
) -> None:
    it = kind()
    (device,) = it.devices
    older = it.plan("v2")
    it.look(older)
    it.works(device)
    it.look(older)
    it.give(device, "v1")
    it.works(device)
    newer = it.plan("v3", plan=SOON_SILENT)
    it.look(newer)
    course(it, newer)
    has = it.has(device)
    undoing = roll_back(it.service, it.workspace, older, it.tick())
    it.look(undoing)
    assert (it.has(device), it.status(undoing, device)) == (has, Status.SUPERSEDED)


@BOTH
@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOSE_ANSWER])
def test_an_execution_that_dies_over_a_roll_back_past_what_failed_gives_back_once(
    kind: type[PushedSlot], fault: Fault
) -> None:
    """At each write of its look."""
    for number in count():
        it, older, newer = older_and_newer(kind)
        (device,) = it.devices
        fails(it, newer)
        undoing = roll_back(it.service, it.workspace, older, it.tick())
        given = it.times_given(device)
        dying = replace(it.service, table=FaultyTable(it.service.table, at_write(number, fault)))
        has_died = True
        with suppress(Crash, AnswerLostError):
            it.look(undoing, dying)
            has_died = False
        it.look(undoing)
        it.look(undoing)
        assert (it.has(device), it.times_given(device)) == ("v1", given + 1)
        assert it.status(undoing, device) is Status.PENDING
        if not has_died:
            break
    assert number >= WRITES_OF_A_LOOK


@BOTH
def test_an_abort_of_what_failed_leaves_alone_what_a_roll_back_gave_since(kind: type[PushedSlot]) -> None:
    it, older, newer = older_and_newer(kind, TWO_ATTEMPTS)
    (device,) = it.devices
    fails(it, newer)
    undoing = roll_back(it.service, it.workspace, older, it.tick())
    it.look(undoing)
    is_taken_back(it, newer)
    assert (it.has(device), it.status(undoing, device)) == ("v1", Status.PENDING)


@BOTH
def test_what_a_newer_plan_wants_too_stays_when_the_older_one_is_rolled_back(kind: type[PushedSlot]) -> None:
    it = kind()
    (device,) = it.devices
    it.give(device, "v1")
    planned = []
    for _ in range(2):
        planned.append(it.plan("v2"))
        it.look(planned[-1])
        it.works(device)
        it.look(planned[-1])
    undoing = roll_back(it.service, it.workspace, planned[0], it.tick())
    it.look(undoing)
    assert (it.has(device), it.status(undoing, device)) == ("v2", Status.SUPERSEDED)


@BOTH
def test_what_an_operator_gave_between_two_deployments_outlasts_the_roll_backs_of_both(kind: type[PushedSlot]) -> None:
    it = kind()
    (device,) = it.devices
    older = it.plan("v2")
    it.look(older)
    it.works(device)
    it.look(older)
    it.give(device, "v1")
    newer = it.plan("v3")
    it.look(newer)
    for each in (newer, older):
        undoing = roll_back(it.service, it.workspace, each, it.tick())
        it.look(undoing)
        it.works(device)
        it.look(undoing)
    assert (it.has(device), it.status(undoing, device)) == ("v1", Status.SUPERSEDED)


@BOTH
def test_a_roll_back_goes_ahead_of_what_a_device_was_not_given_and_ends_none_of_it(kind: type[PushedSlot]) -> None:
    """Also of what is more urgent or less so; that follows in its turn, as its choice is the newer one."""
    for priority in (0, 1, -1):
        it = kind(2)
        for device in it.devices:
            it.give(device, "v1")
        undone = it.plan("v2")
        it.look(undone)
        for device in it.devices:
            it.works(device)
        it.look(undone)
        waiting = it.plan("v3", plan=replace(ONE_BY_ONE, priority=priority))
        late = late_device(it, waiting)
        undoing = roll_back(it.service, it.workspace, undone, it.tick())
        assert it.explain(waiting, late).ahead == undoing
        it.look(undoing)
        assert [it.has(device) for device in it.devices] == ["v1", "v1"]
        it.look(waiting)
        open_next(it, waiting)
        assert [it.has(device) for device in it.devices] == ["v1", "v1"], "they work on the roll back"
        for device in it.devices:
            it.works(device)
        it.look(undoing)
        it.look(waiting)
        assert [it.has(device) for device in it.devices] == ["v3", "v3"]
        assert {it.status(undoing, device) for device in it.devices} == {Status.SUCCESS}
        assert {it.status(waiting, device) for device in it.devices} == {Status.PENDING}


@BOTH
@pytest.mark.parametrize("looks", [0, 1])
def test_after_an_abort_of_its_roll_back_what_was_pushed_is_rolled_back_anew(
    kind: type[PushedSlot], looks: int
) -> None:
    """Whether what the first one gave to a device that works on it was taken back before or after that."""
    it = kind(2)
    for device in it.devices:
        it.give(device, "v1")
    undone = it.plan("v2")
    it.look(undone)
    for device in it.devices:
        it.works(device)
    it.look(undone)
    first = roll_back(it.service, it.workspace, undone, it.tick(), by=KEY)
    it.look(first)
    given_back, working = it.devices
    it.works(given_back)
    it.look(first)
    abort_deployment(it.service, it.workspace, first, it.tick())
    for _ in range(looks):
        it.look(first)
    second = roll_back(it.service, it.workspace, undone, it.tick(), by=KEY)
    assert roll_back(it.service, it.workspace, undone, it.tick(), by=KEY) == second != first
    assert it.rows(second).keys() == {working}
    it.look(second)
    it.look(first)
    it.works(working)
    it.look(second)
    assert [it.has(device) for device in it.devices] == ["v1", "v1"]
    assert it.status(second, working) is Status.SUCCESS


@BOTH
@pytest.mark.parametrize("is_heard_of", [True, False])
def test_a_roll_back_that_ended_in_vain_for_a_device_pushes_anew_to_that_for_an_operator(
    kind: type[PushedSlot], *, is_heard_of: bool
) -> None:
    """It fails, or times out."""
    it = kind(2)
    for device in it.devices:
        it.give(device, "v1")
    undone = it.plan("v2", plan=Plan(deadlines=Deadlines(*[MINUTE] * 4)))
    it.look(undone)
    for device in it.devices:
        it.works(device)
    it.look(undone)
    first = roll_back(it.service, it.workspace, undone, it.tick(), by=KEY)
    it.look(first)
    given_back, left = it.devices
    it.works(given_back)
    if is_heard_of:
        it.fails(left)
    it.look(first)
    it.now += 2 * MINUTE
    it.look(first)
    assert it.status(first, left) is (Status.FAILURE if is_heard_of else Status.TIMED_OUT)
    assert roll_back(it.service, it.workspace, undone, it.tick()) == first, "an execution decides once"

    times_given = it.times_given(left)
    second = roll_back(it.service, it.workspace, undone, it.tick(), by=KEY)
    assert roll_back(it.service, it.workspace, undone, it.tick(), by=KEY) == second != first
    assert it.rows(second).keys() == {left}
    it.look(second)
    assert it.times_given(left) == times_given + 1
    it.works(left)
    it.look(second)
    assert it.status(second, left) is Status.SUCCESS
    assert [it.has(device) for device in it.devices] == ["v1", "v1"]
    assert roll_back(it.service, it.workspace, undone, it.tick(), by=KEY) == second, "all have it back"


def test_what_an_operator_gave_while_a_planned_one_was_validated_stays() -> None:
    it = ConfigSlots()
    (device,) = it.devices
    set_custom_validation(it.service, it.workspace, it.releases["v2"].id, it.now, custom=True)
    planned = it.plan("v2")
    it.look(planned)
    (validating,) = load_config_state(it.service, it.workspace, device).live
    it.give(device, "v3")
    judge_config_deployment(it.service, it.workspace, validating, Judge(is_valid=True, message=""), it.tick())
    it.look(planned)
    assert (it.has(device), it.status(planned, device)) == ("v3", Status.SUPERSEDED)
