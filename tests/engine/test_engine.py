"""Whatever users, devices and the clock do, in whatever order, and whatever fails: the invariants hold."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from sluiceway.domain.control_map import PASS
from sluiceway.domain.device import AuthStatus
from sluiceway.domain.device_deployment import REPORTABLE
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
    ChangeControlMap,
    Create,
    DeleteArtifact,
    DeleteHistory,
    Faults,
    Look,
    OpenPhases,
    Operation,
    Poll,
    PutInGroup,
    ReadControlMap,
    Report,
    SendLog,
    SetAuthStatus,
    Settle,
    Tell,
    Tick,
    Trespass,
    UploadArtifact,
    World,
)
from tests.support.faults import Fault
from tests.support.soak import is_soak

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
reports = st.builds(
    Report, workspaces, devices, indices, st.sampled_from(sorted(REPORTABLE)), st.sampled_from([None, "half way"])
)
aborts = st.builds(Abort, workspaces, indices)
deletions = st.builds(DeleteHistory, workspaces, devices)
map_changes = st.builds(ChangeControlMap, workspaces, indices, control_maps)
map_reads = st.builds(ReadControlMap, workspaces, devices, indices)
decisions = st.builds(SetAuthStatus, workspaces, devices, st.sampled_from([AuthStatus.ACCEPTED, AuthStatus.REJECTED]))
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
    st.builds(OpenPhases, workspaces, indices),
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
FAULTS: st.SearchStrategy[Faults] = st.dictionaries(st.integers(0, 7), st.sampled_from(Fault), max_size=2)
TURNS = st.lists(st.integers(0, 1), max_size=24)


class EngineMachine(RuleBasedStateMachine):
    """The engine under fire."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

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


def test_the_invariants_hold(small_sizes: None) -> None:  # noqa: ARG001 - a fixture for its effect
    """The same histories in every run of the pipeline; `make soak` looks for new ones."""
    run_state_machine_as_test(
        EngineMachine,
        settings=settings(stateful_step_count=30, derandomize=not is_soak(), suppress_health_check=list(HealthCheck)),
    )
