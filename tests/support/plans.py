"""Plans for tests: a strategy for any that could be stored."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from sluiceway.domain.gates import Gate, Reaction, Signal, SignalKind
from sluiceway.domain.pace import Growth, Pace
from sluiceway.domain.plan import AtEnd, Plan, PlannedPhase
from sluiceway.domain.steering import Command, CommandKind, Pause, Steering
from sluiceway.domain.windows import Window
from tests.support.artifacts import MOMENTS
from tests.support.rows import deadlines, policies

_SPANS = st.integers(0, 10**9).map(lambda milliseconds: timedelta(milliseconds=milliseconds))
_NUMBERS = st.integers(0, 10**7)
_SHARES = st.none() | st.floats(0, 1)
_WORDS = st.text("abc-", max_size=8)

_SECONDS = st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds))

windows = st.builds(Window, st.frozensets(st.integers(0, 6)), st.times(), _SECONDS, _SECONDS)
paces = st.builds(Pace, _NUMBERS, st.floats(1, 10), _NUMBERS, st.sampled_from(Growth), st.none() | _NUMBERS)
gates = st.builds(
    Gate,
    least_success_share=_SHARES,
    most_failure_share=_SHARES,
    most_failures=st.none() | _NUMBERS,
    most_timeout_share=_SHARES,
    most_timeouts=st.none() | _NUMBERS,
    minimum_sample=_NUMBERS,
    least_ended_share=st.floats(0, 1),
    soak=_SPANS,
    needs_approval=st.booleans(),
    signal=st.none() | st.builds(Signal, st.sampled_from(SignalKind), _WORDS),
    on_breach=st.sampled_from(Reaction),
)
phases = st.builds(
    PlannedPhase,
    percent=st.none() | st.integers(1, 10_000).map(lambda hundredths: hundredths / 100),
    devices=st.none() | _NUMBERS,
    start=st.none() | MOMENTS,
    gate=gates,
)
plans = st.builds(
    Plan,
    phases=st.lists(phases, max_size=3).map(tuple),
    seed=_WORDS,
    start=st.none() | MOMENTS,
    end=st.none() | MOMENTS,
    at_end=st.sampled_from(AtEnd),
    windows=st.lists(windows, max_size=2).map(tuple),
    priority=st.integers(-100, 100),
    pace=st.none() | paces,
    most_in_flight=st.none() | _NUMBERS,
    most_devices=st.none() | _NUMBERS,
    retry=policies,
    deadlines=deadlines,
    withdraws_success=st.booleans(),
    look_every=_SPANS,
)
commands = st.builds(
    Command, st.sampled_from(CommandKind), MOMENTS, st.just("api_key_1"), st.none() | st.integers(0, 20)
)
steerings = st.builds(
    Steering,
    has_plan=st.booleans(),
    seed=_WORDS,
    bounds=st.lists(_NUMBERS, max_size=3).map(tuple),
    has_exact_phases=st.booleans(),
    start=st.none() | MOMENTS,
    end=st.none() | MOMENTS,
    closed=st.none() | MOMENTS,
    windows=st.lists(windows, max_size=2).map(tuple),
    priority=st.integers(-100, 100),
    most_in_flight=st.none() | st.integers(1, 10**7),
    per_minute=st.none() | st.integers(1, 10**6),
    deadlines=deadlines,
    withdraws_success=st.booleans(),
    pause=st.none() | st.builds(Pause, MOMENTS, _WORDS),
    commands=st.lists(commands, max_size=3).map(tuple),
)
