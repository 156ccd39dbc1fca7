"""Whatever becomes of executions and their tasks, each phase opens once and no deployment is stranded.

The real machine runs on the local engine with its real tasks. Its waits take a hundredth of their time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.engine import local_engine
from sluiceway.domain.deployment import State
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import Gate, Reaction
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.steering import CommandKind
from sluiceway.storage.table import Update
from sluiceway.usecases.execution_looks import MOST_LOOKS
from sluiceway.usecases.rollouts import MISSED_AFTER
from tests.engine.controlled import ADVANCE_ROLLOUT, BEGIN_WAIT, REPAIR_DUE, WORKSPACE, ControlledWorld, functions_here
from tests.engine.world import HandOver, Steer, Tick
from tests.infra.machine import Elsewhere, Machine, make_machine
from tests.support.faults import Call, Crash, Fault, Schedule, at_write
from tests.support.waiting import wait_for
from workflow import advance_rollout, repair_due

pytestmark = pytest.mark.engine

A_HUNDREDTH = 0.01
ALL_WELL = Gate(least_success_share=1.0)
HALVES = (PlannedPhase(percent=50, gate=ALL_WELL), PlannedPhase(gate=ALL_WELL))
IN_HALVES = Plan(HALVES, look_every=timedelta(seconds=10))
IN_HALVES_SLOWLY = Plan(HALVES, look_every=timedelta(minutes=5))
IN_HALVES_BY_COMMAND = Plan(HALVES, look_every=timedelta(hours=1))
"""Nobody waits so long here, not even a hundredth of it: what looks again was woken."""
OPEN_NEXT = Steer(WORKSPACE, 0, CommandKind.NEXT_PHASE)
DEFINITION = "rollout.asl.json"
LOOK = ["AdvanceRollout", "IsAnythingLeft"]
LOOKS_IN_VAIN = 9


@pytest.fixture(scope="module", name="at_work")
def _at_work() -> list[ControlledWorld]:
    """The last of these is the world that functions run in."""
    return []


@contextmanager
def functions_of(at_work: list[ControlledWorld]) -> Iterator[Mapping[str, Elsewhere]]:
    """The tasks of the machine, in this process."""

    def invoke(task: str, event: Mapping[str, Any]) -> object:
        return at_work[-1].invoke(task, event)

    with functions_here(invoke) as url:
        yield {"AdvanceRollout": Elsewhere(f"{url}/{ADVANCE_ROLLOUT}"), "BeginWait": Elsewhere(f"{url}/{BEGIN_WAIT}")}


@pytest.fixture(scope="module", name="machine")
def _machine(at_work: list[ControlledWorld]) -> Iterator[Machine]:
    with functions_of(at_work) as tasks, local_engine(wait_scale=A_HUNDREDTH) as engine:
        yield make_machine(engine.url, DEFINITION, tasks)


@pytest.fixture(name="begin")
def _begin(at_work: list[ControlledWorld], monkeypatch: pytest.MonkeyPatch) -> Callable[[Machine], ControlledWorld]:
    """Begin a world that a machine works in."""

    def begin(machine: Machine) -> ControlledWorld:
        at_work.append(ControlledWorld(machine, number=len(at_work)))
        for task in (advance_rollout, repair_due):
            monkeypatch.setattr(task, "now", lambda: at_work[-1].world.now)
        return at_work[-1]

    return begin


@pytest.fixture(name="it")
def _it(begin: Callable[[Machine], ControlledWorld], machine: Machine) -> Iterator[ControlledWorld]:
    yield begin(machine)
    for arn in machine.running():
        with suppress(ClientError):  # it has ended by itself
            machine.stop(arn)


def throttled(_: Call) -> Fault:
    """The table has no capacity for anything."""
    return Fault.THROTTLE


def at_hand_over(fault: Fault) -> Schedule:
    """The fault where the next generation takes over."""
    return lambda call: fault if any("generation" in write.set for write in updates(call)) else None


def updates(call: Call) -> Iterator[Update]:
    return (write for write in call.writes if isinstance(write, Update))


def every_other(schedule: Callable[[], Schedule]) -> Callable[[int], Schedule | None]:
    """Every other invocation goes wrong, the first one to begin with."""
    return lambda number: None if number % 2 else schedule()


def told(it: ControlledWorld, **more: int) -> dict[str, Any]:
    """What the first execution is told when it is started."""
    return {"workspace": WORKSPACE, "deployment_id": it.deployment_id, "generation": 0, **more}


def goes_on_to_its_end(it: ControlledWorld, *, generation: int = 0) -> None:
    """The devices of the second half do their part, and the execution lets go; nothing happened twice."""
    it.opens(1)
    assert it.install() == 2
    done = it.ended(generation)
    assert (done.status, done.states[-1]) == ("SUCCEEDED", "NothingLeft")
    assert it.deployment.state is State.FINISHED
    assert (it.generation, it.phases_opened()) == (generation, [0, 1])
    it.rest()


def completes(it: ControlledWorld, *, generation: int = 0) -> None:
    """The devices do their part, and this execution lets them in half by half."""
    it.opens(0)
    assert it.install() == 2
    goes_on_to_its_end(it, generation=generation)


def missed(it: ControlledWorld) -> None:
    """Let as much time pass as makes an execution lost."""
    it.pass_time(MISSED_AFTER + IN_HALVES_SLOWLY.look_every + timedelta(minutes=1))


# Tasks that go wrong


@pytest.mark.parametrize("fault", Fault)
def test_a_task_that_goes_wrong_at_its_write_is_repeated_without_effect(it: ControlledWorld, fault: Fault) -> None:
    """Before it, after it, in place of its answer: every other invocation of both tasks."""
    for task in (ADVANCE_ROLLOUT, BEGIN_WAIT):
        it.faults[task] = every_other(lambda: at_write(0, fault))
    it.deploy(IN_HALVES)
    completes(it)


def test_a_table_that_is_throttled_is_asked_again_until_it_answers(it: ControlledWorld) -> None:
    for task in (ADVANCE_ROLLOUT, BEGIN_WAIT):
        it.faults[task] = lambda number: throttled if number < LOOKS_IN_VAIN - 1 else None
    it.deploy(IN_HALVES)
    completes(it)


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
@pytest.mark.parametrize("number", range(3))
def test_a_roll_back_that_dies_at_a_write_is_made_once(it: ControlledWorld, number: int, fault: Fault) -> None:
    gate = Gate(most_failures=0, on_breach=Reaction.ROLL_BACK)
    it.faults[ADVANCE_ROLLOUT] = every_other(lambda: at_write(number, fault))
    it.deploy(Plan((PlannedPhase(percent=50, gate=gate), PlannedPhase())))
    it.opens(0)
    assert it.install(Status.FAILURE) == 2
    assert it.ended(0).status == "SUCCEEDED"
    assert it.deployment.state is State.ABORTED
    assert it.phases_opened() == [0]
    it.rest()


# Executions that get lost


def fails(it: ControlledWorld) -> None:
    """From its second look on no try succeeds."""
    tries = range(1, 1 + LOOKS_IN_VAIN)
    it.faults[ADVANCE_ROLLOUT] = lambda number: throttled if number in tries else None
    it.deploy(IN_HALVES)
    done = it.ended(0)
    assert (done.status, done.states[-1]) == ("FAILED", "AdvanceRollout")
    assert "Throttled" in done.cause


def is_stopped(it: ControlledWorld) -> None:
    it.deploy(IN_HALVES_SLOWLY)
    wait_for("its wait", lambda: it.tokens)
    it.executions.machine.stop(it.arn(0))


@pytest.mark.parametrize("gets_lost", [fails, is_stopped])
def test_while_no_execution_runs_no_phase_opens_until_the_tick_replaces_the_one_that_got_lost(
    it: ControlledWorld, gets_lost: Callable[[ControlledWorld], None]
) -> None:
    gets_lost(it)
    assert it.install() == 2
    it.tick()
    missed(it)
    assert it.install() == 0
    assert (it.deployment.open_phase, it.generation) == (0, 0)
    it.tick()
    goes_on_to_its_end(it, generation=1)


def test_a_start_that_got_lost_is_made_good_by_the_tick(it: ControlledWorld) -> None:
    it.executions.loses_starts = True
    it.deploy(IN_HALVES)
    it.executions.loses_starts = False
    assert it.install() == 2
    missed(it)
    it.tick()
    goes_on_to_its_end(it, generation=1)


def test_executions_that_a_restart_of_the_engine_loses_are_replaced_by_the_tick(
    at_work: list[ControlledWorld], begin: Callable[[Machine], ControlledWorld], tmp_path: Path
) -> None:
    with functions_of(at_work) as tasks:
        with local_engine(tmp_path, wait_scale=A_HUNDREDTH) as engine:
            it = begin(make_machine(engine.url, DEFINITION, tasks))
            it.deploy(IN_HALVES_SLOWLY)
            wait_for("its wait", lambda: it.tokens)
        with local_engine(tmp_path, wait_scale=A_HUNDREDTH) as engine:
            it.executions.use(replace(it.executions.machine, endpoint_url=engine.url))
            assert it.ended(0).status == "FAILED"
            assert it.install() == 2
            assert it.deployment.open_phase == 0
            missed(it)
            it.tick()
            goes_on_to_its_end(it, generation=1)


# Executions and ticks that come twice, or late


def test_an_execution_that_is_started_again_is_the_same_one(it: ControlledWorld) -> None:
    it.deploy(IN_HALVES)
    for _ in range(2):
        it.executions.start(WORKSPACE, it.deployment_id, 0)
    assert it.executions.machine.running() == [it.arn(0)]
    completes(it)


def test_several_executions_of_one_generation_open_each_phase_once(it: ControlledWorld) -> None:
    it.deploy(IN_HALVES)
    others = [it.executions.machine.start(told(it)) for _ in range(2)]
    completes(it)
    assert [it.executions.machine.finish(other).status for other in others] == ["SUCCEEDED"] * 2


def test_an_execution_beside_the_next_generation_lets_go(it: ControlledWorld) -> None:
    it.deploy(IN_HALVES)
    it.opens(0)
    it.do(HandOver(WORKSPACE, 0))
    assert it.ended(0).status == "SUCCEEDED"
    completes(it, generation=1)


def test_an_execution_that_failed_goes_on_with_its_look_when_it_is_redriven(it: ControlledWorld) -> None:
    """A redrive runs the state that failed again, with the input that it had; here as an execution of its own."""
    fails(it)
    redriven = it.executions.machine.start(told(it, looks=1))
    assert it.install() == 2
    it.opens(1)
    assert it.install() == 2
    assert it.executions.machine.finish(redriven).status == "SUCCEEDED"
    assert it.phases_opened() == [0, 1]
    it.rest()


def test_an_execution_that_is_redriven_after_it_was_replaced_does_nothing(it: ControlledWorld) -> None:
    fails(it)
    missed(it)
    it.tick()
    assert it.executions.machine.execute(told(it, looks=1)).states == [*LOOK, "NothingLeft"]
    completes(it, generation=1)


def test_two_ticks_at_once_start_one_execution(it: ControlledWorld) -> None:
    is_stopped(it)
    missed(it)
    it.do_in_turns([Tick(), Tick()], [0, 1] * 20)
    it.tick()
    assert it.executions.started == [(WORKSPACE, it.deployment_id, generation) for generation in (0, 1)]
    completes(it, generation=1)


@pytest.mark.parametrize(("fault", "generation"), [(Fault.CRASH_BEFORE, 1), (Fault.CRASH_AFTER, 2)])
def test_a_tick_that_dies_is_made_good_by_a_later_one(it: ControlledWorld, fault: Fault, generation: int) -> None:
    """Before it has replaced the execution, and before it has started the next one."""
    is_stopped(it)
    assert it.install() == 2
    missed(it)
    it.faults[REPAIR_DUE] = lambda number: None if number else at_hand_over(fault)
    with pytest.raises(Crash):
        it.tick()
    it.pass_time(timedelta(minutes=30))
    it.tick()
    goes_on_to_its_end(it, generation=generation)


# Wakes


def test_a_command_is_taken_up_at_once(it: ControlledWorld) -> None:
    it.deploy(IN_HALVES_BY_COMMAND)
    wait_for("its wait", lambda: it.tokens)
    it.do(OPEN_NEXT)
    it.opens(1)
    assert it.invoked[ADVANCE_ROLLOUT] == 2


def test_a_command_whose_wake_gets_lost_is_taken_up_by_the_next_look(it: ControlledWorld) -> None:
    it.executions.loses_wakes = True
    it.deploy(IN_HALVES)
    wait_for("its wait", lambda: it.tokens)
    it.do(OPEN_NEXT)
    completes(it)


def test_a_wake_that_comes_twice_and_one_of_a_wait_of_long_ago_do_nothing(it: ControlledWorld) -> None:
    it.deploy(IN_HALVES_BY_COMMAND)
    (first,) = wait_for("its wait", lambda: it.tokens)
    it.do(OPEN_NEXT)
    it.executions.wake(first)
    _, second = wait_for("its second wait", lambda: it.tokens[1:] and it.tokens)
    it.executions.wake(first)
    assert it.install() == 4
    it.executions.wake(second)
    assert it.executions.machine.finish(it.arn(0)).states == [
        *LOOK,
        "WaitForCommand",
        *LOOK,
        "WaitForCommand",
        *LOOK,
        "NothingLeft",
    ]
    assert it.phases_opened() == [0, 1]
    it.rest()


# Histories that are full


def begin_with_the_last_look(it: ControlledWorld) -> str:
    """Deploy; the execution has looked so often that it hands over after its first look here."""
    it.executions.loses_starts = True
    it.deploy(IN_HALVES)
    it.executions.loses_starts = False
    return it.executions.machine.start(told(it, looks=MOST_LOOKS - 1))


def test_an_execution_hands_over_to_the_next_before_its_history_is_full(it: ControlledWorld) -> None:
    last = begin_with_the_last_look(it)
    assert it.executions.machine.finish(last).states == [*LOOK, "NothingLeft"]
    completes(it, generation=1)


def test_a_hand_over_that_dies_before_its_start_is_made_good_by_the_tick(it: ControlledWorld) -> None:
    it.faults[ADVANCE_ROLLOUT] = lambda number: None if number else at_hand_over(Fault.CRASH_AFTER)
    last = begin_with_the_last_look(it)
    assert it.executions.machine.finish(last).tries == 2
    missed(it)
    it.tick()
    completes(it, generation=2)
