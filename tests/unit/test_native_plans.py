"""Plans as JSON say all that the domain knows, and nothing twice."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native._members import path_of
from native._wire import NativeModel
from native._wire_plans import (
    AttemptsBody,
    DeadlinesBody,
    GateBody,
    PaceBody,
    PhaseBody,
    PlanBody,
    SignalBody,
    WindowBody,
    plan_json,
)
from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.gates import Gate, Signal
from sluiceway.domain.pace import Pace
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.windows import Window
from tests.support.app import NOW

PARTS = [
    (PlanBody, Plan),
    (PhaseBody, PlannedPhase),
    (GateBody, Gate),
    (SignalBody, Signal),
    (PaceBody, Pace),
    (WindowBody, Window),
    (AttemptsBody, RetryPolicy),
    (DeadlinesBody, Deadlines),
]
_SPANS = st.integers(0, 31_622_400).map(lambda seconds: timedelta(seconds=seconds))
_MOMENTS = st.integers(0, 10**9).map(lambda milliseconds: NOW + timedelta(milliseconds=milliseconds))
_NUMBERS = st.integers(1, 2**63 - 1)
_SHARES = st.floats(0, 1)
_TIMES = st.times().map(lambda time: time.replace(second=0, microsecond=0))
gates = st.builds(
    Gate,
    soak=_SPANS,
    least_ended_share=_SHARES,
    minimum_sample=_NUMBERS,
    signal=st.none() | st.builds(Signal, source=st.text("abc", min_size=1)),
)
phases = st.builds(
    PlannedPhase,
    percent=st.none() | st.floats(0.01, 100),
    devices=st.none() | _NUMBERS,
    start=st.none() | _MOMENTS,
    gate=gates,
)
plans = st.builds(
    Plan,
    phases=st.lists(phases, min_size=1, max_size=3).map(tuple),
    start=st.none() | _MOMENTS,
    windows=st.lists(
        st.builds(Window, st.frozensets(st.integers(0, 6), min_size=1), _TIMES, _SPANS, _SPANS), max_size=2
    ).map(tuple),
    priority=st.integers(-100, 100),
    pace=st.none() | st.builds(Pace, _NUMBERS, st.floats(1, 10), _NUMBERS, most=st.none() | _NUMBERS),
    most_in_flight=st.none() | _NUMBERS,
    most_devices=st.none() | _NUMBERS,
    retry=st.builds(RetryPolicy, _NUMBERS, _SPANS, _SPANS, codes=st.frozensets(st.text("abc"), max_size=3)),
    deadlines=st.builds(Deadlines, st.none() | _SPANS, st.none() | _SPANS),
    look_every=_SPANS,
)


ONLY_READ = {"cumulative"}
"""Says how to read others, and is not kept."""


@pytest.mark.parametrize(("body", "part"), PARTS, ids=lambda each: each.__name__)
def test_a_part_has_the_members_of_the_domain(body: type[NativeModel], part: type[Any]) -> None:
    assert is_dataclass(part)
    assert [name for name in body.model_fields if name not in ONLY_READ] == [field.name for field in fields(part)]


def test_what_is_left_out_is_as_the_domain_has_it() -> None:
    assert PlanBody().to_plan() == Plan()
    assert PaceBody(per_minute=1).to_pace() == Pace(1)


@given(plans)
def test_what_is_shown_can_be_sent_and_is_the_same_plan(plan: Plan) -> None:
    assert PlanBody.model_validate_json(json.dumps(plan_json(plan))).to_plan() == plan


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("plan.phases[1].gate.soak", "plan.phases.1.gate.soak_seconds"),
        ("plan.retry.attempts", "plan.attempts.most"),
        ("plan.retry.penalty_after", "plan.attempts.penalty_after"),
        ("plan.windows[0].duration", "plan.windows.0.duration_seconds"),
        ("plan.pace.most", "plan.pace.most"),
        ("look_every", "look_every_seconds"),
    ],
)
def test_the_place_of_a_fault_is_named_as_the_body_names_it(place: str, path: str) -> None:
    assert path_of(place) == path


def test_a_moment_is_cut_to_the_milliseconds_that_are_kept() -> None:
    given = PlanBody.model_validate_json('{"start": "2026-03-11T14:00:00.123456+01:00"}')
    assert given.to_plan().start == datetime.fromisoformat("2026-03-11T13:00:00.123+00:00")
