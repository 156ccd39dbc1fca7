"""Schedules that hypothesis makes up, in every run of the pipeline the same; `make soak` looks for new ones."""

from __future__ import annotations

from datetime import time, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from sluiceway.domain.deadlines import NO_DEADLINES, Deadlines
from sluiceway.domain.gates import NO_GATE, Gate, Reaction
from sluiceway.domain.pace import Pace
from sluiceway.domain.plan import AtEnd, Plan, PlannedPhase
from sluiceway.domain.retry import NO_RETRY, RetryPolicy
from sluiceway.domain.windows import Window
from tests.engine.world import ALARM, Faults
from tests.support.app import NOW
from tests.support.faults import Fault
from tests.support.soak import is_soak

_SOAKED_SCHEDULES = 50_000
"""Of each machine: 10⁵ of those for software, and of those for what is pushed."""
AN_HOUR, A_WHILE = timedelta(hours=1), timedelta(hours=3)
EVERY_DAY = frozenset(range(7))
FAULTS: st.SearchStrategy[Faults] = st.dictionaries(st.integers(0, 7), st.sampled_from(Fault), max_size=2)
TURNS = st.lists(st.integers(0, 1), max_size=24)
gates = st.sampled_from(
    [
        NO_GATE,
        Gate(least_success_share=1.0),
        Gate(least_success_share=0.5, soak=timedelta(hours=1), on_breach=Reaction.ROLL_BACK),
        Gate(most_failures=0, on_breach=Reaction.ABORT),
        Gate(most_failures=0, on_breach=Reaction.ROLL_BACK),
        Gate(most_timeouts=0),
        Gate(needs_approval=True),
        Gate(signal=ALARM),
        Gate(least_success_share=0.5, signal=ALARM, on_breach=Reaction.ABORT),
    ]
)
starts = st.sampled_from([None, None, NOW + AN_HOUR])
planned_phases = (
    st.builds(lambda gate: (PlannedPhase(gate=gate),), gates)
    | st.builds(lambda one, start: (PlannedPhase(percent=50, gate=one), PlannedPhase(start=start)), gates, starts)
    | st.builds(lambda *two: (*(PlannedPhase(devices=1, gate=gate) for gate in two), PlannedPhase()), gates, gates)
)
plans = st.builds(
    Plan,
    phases=planned_phases,
    seed=st.sampled_from(["", "seed"]),
    start=st.sampled_from([None, None, NOW + timedelta(minutes=30)]),
    end=st.sampled_from([None, None, NOW + A_WHILE]),
    at_end=st.sampled_from(AtEnd),
    windows=st.sampled_from([(), (), (Window(EVERY_DAY, time(12), A_WHILE),)]),
    priority=st.sampled_from([0, 0, 5]),
    pace=st.sampled_from([None, None, Pace(per_minute=1), Pace(per_minute=1, factor=2, every=1)]),
    most_in_flight=st.sampled_from([None, 1, 2]),
    most_devices=st.sampled_from([None, None, 2]),
    retry=st.sampled_from([NO_RETRY, RetryPolicy(2, timedelta(minutes=10))]),
    deadlines=st.sampled_from([NO_DEADLINES, Deadlines(AN_HOUR, installing=AN_HOUR, retrying=AN_HOUR)]),
    withdraws_success=st.booleans(),
)


def run_schedules(machine: type[RuleBasedStateMachine], schedules: int) -> None:
    """Run so many, each of thirty steps at most."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=_SOAKED_SCHEDULES if is_soak() else schedules,
            stateful_step_count=30,
            derandomize=not is_soak(),
            suppress_health_check=list(HealthCheck),
        ),
    )
