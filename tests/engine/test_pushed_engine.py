"""Whatever is planned, given at once, said and lost around a slot that is pushed to: the invariants hold."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sluiceway.domain.gates import SignalState
from sluiceway.domain.steering import CommandKind
from tests.engine.pushed_world import DEVICES, WORDS, Give, LookAgain, Push, PushedWorld, Remove, Tell
from tests.engine.schedules import TURNS, plans, run_schedules
from tests.engine.world import Abort, Advance, Faults, HandOver, Operation, RollBack, Signalled, Steer, Tick
from tests.support.faults import Fault
from tests.support.pushed import VERSIONS, ConfigSlots, PushedSlot, WorkflowSlots
from tests.unit.usecases.stores import WORKSPACE

_MOST_DEPLOYMENTS = 5
devices, versions = st.integers(0, DEVICES - 1), st.sampled_from(VERSIONS)
few = st.integers(0, _MOST_DEPLOYMENTS - 1)
pushes = st.builds(Push, versions, plans, st.none() | devices)
tellings = st.builds(Tell, devices, st.sampled_from(["works", *WORDS]))
calls = st.builds(Give, devices, versions)
FAULTS: st.SearchStrategy[Faults] = st.dictionaries(st.integers(0, 40), st.sampled_from(Fault), max_size=2)


home = st.just(WORKSPACE)
looks = st.builds(Advance, home, few)
steerings = st.builds(Steer, home, few, st.sampled_from(CommandKind))
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    tellings,
    calls,
    looks,
    st.builds(Advance, home, few, st.sampled_from([0, 1])),
    steerings,
    st.builds(Abort, home, few),
    st.builds(RollBack, home, few),
    st.builds(HandOver, home, few, st.integers(0, 1)),
    st.builds(Signalled, st.sampled_from([SignalState.OK, *SignalState])),
    st.builds(Remove, st.just(DEVICES - 1)),
    st.just(Tick()),
)


class PushedMachine(RuleBasedStateMachine):
    """Planned deployments of one slot under fire."""

    kind: type[PushedSlot]

    def __init__(self) -> None:
        super().__init__()
        self.world = PushedWorld(self.kind)

    @initialize(push=pushes)
    def begins(self, push: Push) -> None:
        self.world.do(push)

    @precondition(lambda self: len(self.world.deployments(WORKSPACE)) < _MOST_DEPLOYMENTS)
    @rule(push=pushes)
    def another_one_is_made(self, push: Push) -> None:
        self.world.do(push)

    @rule(operation=tellings | calls | looks | st.builds(LookAgain, few))
    def goes_well(self, operation: Operation) -> None:
        self.world.do(operation)

    @rule(word=st.sampled_from(["works", "works", "fails"]))
    def all_look_and_tell(self, word: str) -> None:
        for deployment in self.world.deployments(WORKSPACE):
            self.world.do(Advance(WORKSPACE, deployment))
        for device in range(DEVICES):
            self.world.do(Tell(device, word))

    @rule(operation=OPERATIONS, faults=FAULTS)
    def goes_as_it_may(self, operation: Operation, faults: Faults) -> None:
        self.world.do(operation, faults)

    @rule(look=looks, other=OPERATIONS, faults=FAULTS, turns=TURNS)
    def a_look_is_met(self, look: Advance, other: Operation, faults: Faults, turns: list[int]) -> None:
        self.world.do_in_turns([(look, faults), (other, {})], turns)

    @rule(one=looks, other=looks, turns=TURNS)
    def two_look_at_once(self, one: Advance, other: Advance, turns: list[int]) -> None:
        self.world.do_in_turns([(one, {}), (other, {})], turns)

    @rule(steering=steerings)
    def an_operator_is_heard(self, steering: Steer) -> None:
        self.world.do(steering)
        self.world.do(Advance(WORKSPACE, steering.deployment))

    @rule(minutes=st.sampled_from([1, 11, 61]))
    def time_passes(self, minutes: int) -> None:
        self.world.pass_time(timedelta(minutes=minutes))

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self.world.rest()


class ConfigMachine(PushedMachine):
    """Of the Miru dialect."""

    kind = ConfigSlots


class WorkflowMachine(PushedMachine):
    """Of the Losant dialect."""

    kind = WorkflowSlots


@pytest.mark.parametrize("machine", [ConfigMachine, WorkflowMachine])
def test_the_invariants_hold_where_is_pushed(
    machine: type[RuleBasedStateMachine],
    small_sizes: None,  # noqa: ARG001 - a fixture for its effect
) -> None:
    run_schedules(machine, 80)
