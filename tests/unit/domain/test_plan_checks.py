from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.errors import InvalidMembers, InvalidPlan
from sluiceway.domain.gates import Gate, Signal, SignalKind
from sluiceway.domain.pace import Pace
from sluiceway.domain.plan import MOST_PHASES, MOST_WINDOWS, Plan, PlannedPhase
from sluiceway.domain.plan_checks import MOST_AHEAD, check_plan, check_windows
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.times import rfc3339
from sluiceway.domain.windows import Window, next_opening
from tests.support.app import NOW
from tests.support.plans import plans

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHTLY = Window(frozenset({0}), time(22), HOUR)
ZONES = ["UTC", "Etc/GMT+12", "Pacific/Kiritimati", "Asia/Kathmandu", "America/New_York", "Europe/Berlin"]


def gated(gate: Gate) -> Plan:
    return Plan((PlannedPhase(percent=50), PlannedPhase(gate=gate)))


def starting(*hours: int | None) -> tuple[PlannedPhase, ...]:
    """Phases of one device, the last one of the rest, with a start so many hours from now."""
    starts = [None if hour is None else NOW + hour * HOUR for hour in hours]
    return (*(PlannedPhase(devices=1, start=start) for start in starts[:-1]), PlannedPhase(start=starts[-1]))


def faults_of(plan: Plan, devices: int = 100, *, exact: bool = True) -> list[str]:
    """The members that are refused."""
    try:
        check_plan(plan, devices, NOW, exact=exact)
    except InvalidMembers as refused:
        return [member for member, _ in refused.faults]
    return []


@pytest.mark.parametrize(
    "plan",
    [
        Plan(),
        Plan(starting(None, 1, None, 2), start=NOW + HOUR, end=NOW + 3 * HOUR),
        Plan(starting(-2, -1, 5)),
        Plan(start=NOW + MOST_AHEAD),
        Plan(pace=Pace(10, 1.5, 100), windows=(NIGHTLY,) * MOST_WINDOWS, priority=-100, look_every=HOUR),
        gated(Gate(1, 0, 0, 1, 0, 10**6, 0.5, 30 * DAY, needs_approval=True)),
        gated(Gate(signal=Signal(SignalKind.PROBE, "https://status.example.com:8443/ok?all=1"))),
        gated(Gate(signal=Signal(SignalKind.ALARM, "Too many restarts"))),
    ],
)
def test_a_plan_that_can_be_kept_is_accepted(plan: Plan) -> None:
    assert faults_of(plan) == []
    assert faults_of(plan, exact=False) == []


@pytest.mark.parametrize(
    ("plan", "members"),
    [
        (Plan((PlannedPhase(percent=10), PlannedPhase(percent=0), PlannedPhase())), ["phases[1].percent"]),
        (Plan((PlannedPhase(percent=10), PlannedPhase(percent=80))), ["phases"]),
        (Plan(()), ["phases"]),
        (Plan((*(PlannedPhase(percent=1),) * MOST_PHASES, PlannedPhase())), ["phases"]),
        (Plan(starting(2, 1)), ["phases[1].start"]),
        (Plan(starting(2, None, 2)), ["phases[2].start"]),
        (Plan(starting(None, 1), start=NOW + 2 * HOUR), ["phases[1].start"]),
        (Plan(starting(None, 2), end=NOW + 2 * HOUR), ["phases[1].start"]),
        (Plan((PlannedPhase(start=NOW + MOST_AHEAD + HOUR),)), ["phases[0].start"]),
        (Plan(start=NOW + MOST_AHEAD + HOUR), ["start"]),
        (Plan(end=NOW + MOST_AHEAD + HOUR), ["end"]),
        (Plan(start=NOW + 2 * HOUR, end=NOW + HOUR), ["end"]),
        (Plan(end=NOW), ["end"]),
        (Plan(windows=(NIGHTLY, replace(NIGHTLY, spread=DAY))), ["windows[1].spread"]),
        (Plan(windows=(NIGHTLY,) * (MOST_WINDOWS + 1)), ["windows"]),
        (Plan(pace=Pace(0)), ["pace.per_minute"]),
        (Plan(retry=RetryPolicy(102)), ["retry.attempts"]),
        (Plan(deadlines=Deadlines(installing=timedelta(0))), ["deadlines.installing"]),
        (Plan(seed="s" * 129), ["seed"]),
        (Plan(priority=101), ["priority"]),
        (Plan(most_in_flight=0), ["most_in_flight"]),
        (Plan(most_devices=0), ["most_devices"]),
        (Plan(look_every=timedelta(milliseconds=999)), ["look_every"]),
        (Plan(look_every=HOUR * 2), ["look_every"]),
        (gated(Gate(least_success_share=1.1)), ["phases[1].gate.least_success_share"]),
        (gated(Gate(most_failure_share=-0.1)), ["phases[1].gate.most_failure_share"]),
        (gated(Gate(most_timeout_share=float("nan"))), ["phases[1].gate.most_timeout_share"]),
        (gated(Gate(most_failures=-1)), ["phases[1].gate.most_failures"]),
        (gated(Gate(most_timeouts=-1)), ["phases[1].gate.most_timeouts"]),
        (gated(Gate(minimum_sample=0)), ["phases[1].gate.minimum_sample"]),
        (gated(Gate(soak=30 * DAY + HOUR)), ["phases[1].gate.soak"]),
        (gated(Gate(soak=-HOUR)), ["phases[1].gate.soak"]),
        (Plan(starting(2, 1), priority=101, pace=Pace(0)), ["phases[1].start", "priority", "pace.per_minute"]),
    ],
)
def test_whatever_is_wrong_with_a_plan_is_said_by_its_member(plan: Plan, members: list[str]) -> None:
    assert faults_of(plan) == members


@pytest.mark.parametrize(
    "signal",
    [
        Signal(SignalKind.PROBE, "http://example.com/"),
        Signal(SignalKind.PROBE, "https://"),
        Signal(SignalKind.PROBE, "https://user:secret@example.com/"),
        Signal(SignalKind.PROBE, "https://example.com:port/"),
        Signal(SignalKind.PROBE, "https://example.com/a b"),
        Signal(SignalKind.PROBE, "https://example.com/#part"),
        Signal(SignalKind.PROBE, f"https://example.com/{'a' * 2048}"),
        Signal(SignalKind.ALARM, ""),
        Signal(SignalKind.ALARM, "a" * 256),
    ],
)
def test_a_signal_that_nobody_could_ask_is_refused(signal: Signal) -> None:
    assert faults_of(gated(Gate(signal=signal))) == ["phases[1].gate.signal.source"]


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Plan(end=NOW), "2026-03-11T13:00:00.000Z is not after now, 2026-03-11T13:00:00.000Z"),
        (
            Plan(start=NOW + 2 * HOUR, end=NOW + HOUR),
            "2026-03-11T14:00:00.000Z is not after the start of the plan, 2026-03-11T15:00:00.000Z",
        ),
        (
            Plan(starting(2), end=NOW + HOUR),
            "2026-03-11T15:00:00.000Z is not before the end of the plan, 2026-03-11T14:00:00.000Z",
        ),
    ],
)
def test_a_plan_that_ends_before_it_starts_is_refused_with_both_moments(plan: Plan, said: str) -> None:
    with pytest.raises(InvalidPlan, match=said):
        check_plan(plan, 100, NOW, exact=True)


SATURDAY = Window(frozenset({5}), time(10), HOUR)
"""Three days after NOW, a Wednesday at 13:00 UTC; in the east of the world it is Saturday earlier."""


@pytest.mark.parametrize(
    ("plan", "in_utc", "opens"),
    [
        (Plan(windows=(SATURDAY,), end=NOW + HOUR), False, "2026-03-13T20:00:00.000Z"),
        (Plan(windows=(SATURDAY,), end=datetime(2026, 3, 13, 20, tzinfo=UTC)), False, "2026-03-13T20:00:00.000Z"),
        (Plan(windows=(SATURDAY,), end=datetime(2026, 3, 14, 10, tzinfo=UTC)), True, "2026-03-14T10:00:00.000Z"),
        (
            Plan(starting(75), windows=(SATURDAY,), end=NOW + 76 * HOUR),
            True,
            "2026-03-21T10:00:00.000Z",
        ),
        (
            Plan(windows=(SATURDAY,), start=NOW + 4 * DAY, end=NOW + 5 * DAY),
            False,
            "2026-03-20T20:00:00.000Z",
        ),
    ],
)
def test_a_plan_that_ends_before_a_window_opens_anywhere_is_refused_with_both_moments(
    plan: Plan, opens: str, *, in_utc: bool
) -> None:
    assert plan.end
    said = f"^plan.end: {rfc3339(plan.end)} is before any window opens, which is not before {opens}$"
    with pytest.raises(InvalidPlan, match=said):
        check_windows(plan, NOW, in_utc=in_utc, member="plan")


@given(
    st.sets(st.integers(0, 6), min_size=1), st.times(), st.integers(1, 400), st.integers(1, 400), st.sampled_from(ZONES)
)
@example({2}, time(2), 60, 2, "Etc/GMT+12")
def test_no_plan_is_refused_in_which_a_device_may_start_somewhere(
    days: set[int], start: time, minutes: int, hours: int, zone: str
) -> None:
    """Also one that spreads its devices over the window: the first one starts with it."""
    span = timedelta(minutes=minutes)
    window = Window(frozenset(days), start, span, span / 2)
    plan = Plan(windows=(window,), end=NOW + hours * HOUR)
    if next_opening([window], zone, "seed", "device", NOW).start < NOW + hours * HOUR:
        check_windows(plan, NOW, in_utc=False)
        if zone == "UTC":
            check_windows(plan, NOW, in_utc=True)


def test_a_plan_without_windows_or_an_end_waits_for_none() -> None:
    check_windows(Plan(windows=(SATURDAY,)), NOW, in_utc=True)
    check_windows(Plan(end=NOW + HOUR), NOW, in_utc=True)


def test_a_probe_without_tls_is_admitted_where_the_caller_says_so() -> None:
    probe = gated(Gate(signal=Signal(SignalKind.PROBE, "http://127.0.0.1:9000/health")))
    check_plan(probe, 100, NOW, exact=True, plain_probes=True)
    assert faults_of(probe) == ["phases[1].gate.signal.source"]


def test_phases_of_known_devices_need_one_each_and_those_of_more_than_are_known_a_share_worth_seven() -> None:
    plan = Plan((PlannedPhase(percent=0.5), PlannedPhase()))

    assert faults_of(plan, 1, exact=True) == ["phases[0]"]
    assert faults_of(plan, 1, exact=False) == []
    assert faults_of(plan, 1_001, exact=True) == []
    assert faults_of(plan, 1_001, exact=False) == ["phases[0]"]


@given(plans)
def test_any_plan_is_accepted_or_refused_by_members(plan: Plan) -> None:
    assert isinstance(faults_of(plan), list)
