"""Whatever users, devices and the clock do, in whatever order, and whatever fails: the invariants hold."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sluiceway.domain.control_map import PASS
from sluiceway.domain.device import AuthStatus
from sluiceway.domain.device_deployment import REPORTABLE, Status
from sluiceway.domain.gates import SignalState
from sluiceway.domain.steering import CommandKind
from tests.engine.explanations import Compare
from tests.engine.schedules import FAULTS, TURNS, plans, run_schedules
from tests.engine.world import (
    BOARDS,
    DEVICES,
    FILES,
    FILTERS,
    GROUPS,
    HALTING,
    RELEASES,
    SYSTEMS,
    WORKSPACES,
    Abort,
    Advance,
    ChangeControlMap,
    Create,
    DeleteArtifact,
    DeleteHistory,
    Faults,
    HandOver,
    Look,
    Operation,
    Poll,
    PutInGroup,
    ReadControlMap,
    Report,
    RollBack,
    SendLog,
    SetAuthStatus,
    Settle,
    Signalled,
    Steer,
    Tell,
    Tick,
    Trespass,
    UploadArtifact,
    World,
)

workspaces = st.sampled_from([WORKSPACES[0], *WORKSPACES])
devices = st.sampled_from(DEVICES)
indices = st.integers(0, 3)
releases, attempts, names = st.sampled_from(RELEASES), st.sampled_from([1, 1, 3]), st.sampled_from(["stable", "canary"])
groups = st.sampled_from(GROUPS)
device_lists = st.lists(devices, max_size=4).map(tuple)
control_maps = st.sampled_from([PASS, HALTING])
creations = (
    st.builds(Create, workspaces, releases, device_lists, attempts, names)
    | st.builds(Create, workspaces, releases, st.just(()), attempts, names, groups)
    | st.builds(
        Create,
        workspaces,
        releases,
        st.lists(devices, min_size=2, max_size=4).map(tuple),
        attempts,
        names,
        st.just(""),
        st.none() | st.integers(1, 3),
        st.booleans(),
    )
    | st.builds(Create, workspaces, releases, device_lists, attempts, names, control_map=control_maps)
    | st.builds(
        Create,
        workspaces,
        releases,
        st.just(()),
        attempts,
        names,
        st.just(""),
        st.none() | st.integers(1, 3),
        st.booleans(),
        filter=st.integers(0, len(FILTERS) - 1),
    )
)
tellings = st.builds(Tell, workspaces, devices, st.sampled_from(SYSTEMS))
polls = st.builds(
    Poll,
    workspaces,
    devices,
    st.sampled_from(["app-0", "app-0", *RELEASES]),
    st.sampled_from([BOARDS[0], *BOARDS]),
    st.booleans(),
)
comparisons = st.builds(
    Compare,
    workspaces,
    devices,
    st.sampled_from(["app-0", *RELEASES]),
    st.sampled_from([BOARDS[0], *BOARDS]),
    st.booleans(),
)
reports = st.builds(
    Report, workspaces, devices, indices, st.sampled_from(sorted(REPORTABLE)), st.sampled_from([None, "half way"])
)
aborts = st.builds(Abort, workspaces, indices)
deletions = st.builds(DeleteHistory, workspaces, devices)
map_changes = st.builds(ChangeControlMap, workspaces, indices, control_maps)
map_reads = st.builds(ReadControlMap, workspaces, devices, indices)
decisions = st.builds(SetAuthStatus, workspaces, devices, st.sampled_from([AuthStatus.ACCEPTED, AuthStatus.REJECTED]))
looks = st.builds(Advance, workspaces, indices)
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    polls,
    reports,
    reports,
    creations,
    aborts,
    decisions,
    deletions,
    deletions,
    map_changes,
    map_reads,
    looks,
    st.builds(PutInGroup, workspaces, devices, groups),
    tellings,
    st.builds(Look, workspaces, indices),
    st.builds(SendLog, workspaces, devices, indices),
    st.builds(Settle, workspaces, indices),
    st.builds(UploadArtifact, workspaces, st.integers(0, len(FILES) - 1)),
    st.builds(DeleteArtifact, workspaces, indices),
    st.builds(Trespass, workspaces, devices, indices),
    st.just(Tick()),
)


home = st.just(WORKSPACES[0])
planned_targets: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.lists(devices, min_size=1, max_size=4, unique=True).map(lambda chosen: {"devices": tuple(chosen)}),
    st.just({}),
    st.just({"filter": 0}),
)
rollouts = st.builds(
    lambda release, name, plan, target: Create(WORKSPACES[0], release, name=name, plan=plan, **target),
    releases,
    names,
    plans,
    planned_targets,
)
few = st.integers(0, 1)
home_looks = st.builds(Advance, home, few, st.sampled_from([0, 0, 0, 1]))
home_comparisons = st.builds(Compare, home, devices, st.sampled_from(["app-0", *RELEASES]))
home_polls = st.builds(Poll, home, devices, st.sampled_from(["app-0", *RELEASES]))
home_reports = st.builds(
    Report, home, devices, few, st.sampled_from([Status.SUCCESS, Status.FAILURE, Status.INSTALLING, Status.FAILURE])
)
steerings = st.builds(Steer, home, few, st.sampled_from(CommandKind))
roll_backs = st.builds(RollBack, home, few)
ROLLOUT_OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    rollouts,
    home_looks,
    home_looks,
    home_polls,
    home_reports,
    steerings,
    roll_backs,
    st.builds(Abort, home, few),
    st.builds(DeleteHistory, home, devices),
    st.builds(DeleteArtifact, home, indices),
    st.builds(HandOver, home, few, few),
    st.builds(Signalled, st.sampled_from([SignalState.OK, *SignalState])),
    st.builds(Look, home, few),
    st.builds(Tell, home, devices, st.just(SYSTEMS[0])),
    st.just(Tick()),
)


class RolloutMachine(RuleBasedStateMachine):
    """Rollouts under fire: devices of one workspace, operators, executions that come twice or late, and the tick."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(rollout=rollouts)
    def begins(self, rollout: Create) -> None:
        self.world.do(rollout)

    @rule(operation=rollouts | home_polls | home_reports | home_looks)
    def goes_well(self, operation: Operation) -> None:
        self.world.do(operation)

    @rule(comparison=home_comparisons)
    def it_is_explained(self, comparison: Compare) -> None:
        self.world.do(comparison)

    @rule()
    def all_ask(self) -> None:
        for device in DEVICES:
            self.world.do(Poll(WORKSPACES[0], device))

    @rule(word=st.sampled_from([Status.SUCCESS, Status.SUCCESS, Status.FAILURE]))
    def all_ask_and_report(self, word: Status) -> None:
        self.all_ask()
        for device in DEVICES:
            self.world.do(Report(WORKSPACES[0], device, 0, word))
        self.world.pass_time(timedelta(minutes=1))
        self.world.do(Advance(WORKSPACES[0], 0))

    @rule(operation=ROLLOUT_OPERATIONS, faults=FAULTS)
    def goes_as_it_may(self, operation: Operation, faults: Faults) -> None:
        self.world.do(operation, faults)

    @rule(look=home_looks, other=ROLLOUT_OPERATIONS, faults=FAULTS, turns=TURNS)
    def a_look_is_met(self, look: Advance, other: Operation, faults: Faults, turns: list[int]) -> None:
        self.world.do_in_turns([(look, faults), (other, {})], turns)

    @rule(steering=steerings, minutes=st.sampled_from([1, 11]))
    def an_operator_is_heard(self, steering: Steer, minutes: int) -> None:
        self.world.do(steering)
        self.world.pass_time(timedelta(minutes=minutes))
        self.world.do(Advance(steering.workspace, steering.deployment))

    @rule(state=st.sampled_from([SignalState.OK, *SignalState]), look=home_looks)
    def a_signal_is_heard(self, state: SignalState, look: Advance) -> None:
        self.world.do(Signalled(state))
        self.world.do(look)

    @rule(look=home_looks, turns=TURNS)
    def two_look_at_once(self, look: Advance, turns: list[int]) -> None:
        self.world.do_in_turns([(look, {}), (look, {})], turns)

    @rule(one=ROLLOUT_OPERATIONS, other=ROLLOUT_OPERATIONS, faults=FAULTS, turns=TURNS)
    def meet(self, one: Operation, other: Operation, faults: Faults, turns: list[int]) -> None:
        self.world.do_in_turns([(one, faults), (other, {})], turns)

    @rule(minutes=st.sampled_from([1, 3, 11, 61]))
    def time_passes(self, minutes: int) -> None:
        self.world.pass_time(timedelta(minutes=minutes))

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self.world.rest()


class EngineMachine(RuleBasedStateMachine):
    """The engine under fire."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @rule(comparison=comparisons)
    def it_is_explained(self, comparison: Compare) -> None:
        self.world.do(comparison)

    @rule(operation=creations | polls | reports | tellings)
    def goes_well(self, operation: Operation) -> None:
        self.world.do(operation)

    @rule(operation=OPERATIONS, faults=FAULTS)
    def goes_as_it_may(self, operation: Operation, faults: Faults) -> None:
        self.world.do(operation, faults)

    @rule(one=OPERATIONS, other=OPERATIONS, faults=FAULTS, turns=TURNS)
    def meet(self, one: Operation, other: Operation, faults: Faults, turns: list[int]) -> None:
        self.world.do_in_turns([(one, faults), (other, {})], turns)

    @rule(device=devices, one=polls | reports, other=polls | reports, turns=TURNS)
    def one_device_twice(self, device: str, one: Poll | Report, other: Poll | Report, turns: list[int]) -> None:
        pair = [replace(each, workspace=WORKSPACES[0], device=device) for each in (one, other)]
        self.world.do_in_turns([(each, {}) for each in pair], turns)

    @rule(one=creations, other=creations | polls | reports | aborts, turns=TURNS)
    def a_creation_is_met(self, one: Create, other: Create | Poll | Report | Abort, turns: list[int]) -> None:
        self.world.do_in_turns(
            [(replace(one, workspace=WORKSPACES[0]), {}), (replace(other, workspace=WORKSPACES[0]), {})], turns
        )

    @rule(one=creations, turns=TURNS)
    def the_same_is_made_twice(self, one: Create, turns: list[int]) -> None:
        self.world.do_in_turns([(one, {}), (one, {})], turns)

    @rule(abort=aborts, other=polls | reports, turns=TURNS)
    def an_abort_is_met(self, abort: Abort, other: Poll | Report, turns: list[int]) -> None:
        self.world.do_in_turns([(replace(other, workspace=abort.workspace), {}), (abort, {})], turns)

    @rule(one=deletions, other=polls | reports | aborts, turns=TURNS)
    def a_deletion_is_met(self, one: DeleteHistory, other: Poll | Report | Abort, turns: list[int]) -> None:
        ours = replace(other, workspace=one.workspace)
        met = ours if isinstance(ours, Abort) else replace(ours, device=one.device)
        self.world.do_in_turns([(one, {}), (met, {})], turns)

    @rule(change=map_changes, other=polls | map_reads | aborts, turns=TURNS)
    def a_change_of_a_map_is_met(
        self, change: ChangeControlMap, other: Poll | ReadControlMap | Abort, turns: list[int]
    ) -> None:
        self.world.do_in_turns([(replace(other, workspace=change.workspace), {}), (change, {})], turns)

    @rule(poll=polls, telling=tellings, turns=TURNS)
    def a_device_changes_while_it_asks(self, poll: Poll, telling: Tell, turns: list[int]) -> None:
        same = replace(telling, workspace=poll.workspace, device=poll.device)
        self.world.do_in_turns([(poll, {}), (same, {})], turns)

    @rule(minutes=st.sampled_from([1, 11, 61]))
    def time_passes(self, minutes: int) -> None:
        self.world.pass_time(timedelta(minutes=minutes))

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            self.world.rest()


@pytest.mark.parametrize(("machine", "schedules"), [(EngineMachine, 100), (RolloutMachine, 60)])
def test_the_invariants_hold(
    machine: type[RuleBasedStateMachine],
    schedules: int,
    small_sizes: None,  # noqa: ARG001 - a fixture for its effect
) -> None:
    run_schedules(machine, schedules)
