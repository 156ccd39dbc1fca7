"""Who is silent: a device that does as `Retry-After` says never is, and one that does not come back always is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.artifacts import Provides
from sluiceway.domain.deadlines import SPARE, Deadlines
from sluiceway.domain.device_deployment import DeviceDeployment, Reported, Status
from sluiceway.domain.errors import DeploymentAborted
from sluiceway.domain.holds import MOST_LATENESS, Reason
from sluiceway.domain.plan import Plan
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.windows import WEEK, Window, next_opening
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.device_rows import find_row
from sluiceway.usecases.next_deployment import Answer
from sluiceway.usecases.pass_deadlines import pass_deadlines
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.record_contact import NOTE_EVERY, record_contact
from sluiceway.usecases.report_status import report_status
from sluiceway.usecases.sessions import DeviceSession, view_of_device
from sluiceway.usecases.steer_deployment import pause_deployment, resume_deployment
from tests.engine.planned import name, progress
from tests.support.app import NOW
from tests.support.fleet import BOARD, WORKSPACE, Fleet
from tests.unit.domain.test_windows import moments, sane_windows, zones

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KEY = "api_key_1"
ONCE_MORE = RetryPolicy(2, base=HOUR, jitter=0)
MOST_ASKS = 50
MOST_LOOKS = 3
spans = st.integers(1, 3 * 24 * 3600).map(lambda seconds: seconds * SECOND)
failures = st.lists(st.integers(0, 90).map(lambda minutes: minutes * MINUTE), min_size=1, max_size=3)
"""How long the device works each time before it fails."""
on_the_way = st.none() | st.sampled_from([Status.DOWNLOADING, Status.INSTALLING, Status.REBOOTING])
calls = st.lists(st.tuples(st.floats(0, 0.99), on_the_way), min_size=1, max_size=20)
"""After which share of its deadline the device calls each time, and what it reports; None when it asks."""


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    base = draw(st.just(timedelta(0)) | spans)
    return Plan(
        windows=tuple(draw(st.lists(sane_windows(), max_size=3))),
        retry=RetryPolicy(attempts=9, base=base, cap=base, jitter=draw(st.floats(0, 1))),
        deadlines=Deadlines(retrying=draw(spans)),
    )


@dataclass
class Part:
    """One device in a deployment to two, at its time."""

    plan: Plan
    zone: str
    now: datetime

    def __post_init__(self) -> None:
        self.fleet = Fleet(MemoryTable())
        self.device: Claims = self.fleet.accept()
        self.rival: Claims = self.fleet.accept()
        self.fleet.tell(self.device, time_zone=self.zone)
        self.deployment_id = self.deploy(self.plan)

    def deploy(self, plan: Plan) -> str:
        definition = replace(self.fleet.definition(self.device, self.rival), plan=plan)
        return create_deployment(self.fleet.service, WORKSPACE, definition, self.now)

    @property
    def session(self) -> DeviceSession:
        return view_of_device(self.fleet.service, WORKSPACE, name(self.device))

    def row(self) -> DeviceDeployment:
        return find_row(self.fleet.service, self.session, self.deployment_id)

    def look(self) -> datetime | None:
        """Let the execution look for who kept silent."""
        return pass_deadlines(self.fleet.service, progress(self.fleet, self.deployment_id).deployment, self.now)

    def ask(self) -> Answer:
        """Ask right after a look."""
        self.look()
        record_contact(self.fleet.service, self.session.device, self.now)
        return self.fleet.ask(self.device, Provides("app-0", BOARD, {}), self.now)

    def come_as_told(self) -> None:
        """Ask, and again exactly when told, until it is offered something."""
        for _ in range(MOST_ASKS):
            answer = self.ask()
            if answer.offer:
                return
            told = answer.ask_again_after(name(self.device), self.now)
            assert told, "it is told when"
            self.now += told * SECOND
        pytest.fail("it is never offered anything")

    def report(self, status: Status) -> None:
        record_contact(self.fleet.service, self.session.device, self.now)
        self.fleet.report(self.device, self.deployment_id, status, now=self.now)

    def call(self, status: Status | None) -> None:
        if status is None:
            assert self.ask().offer
        else:
            self.report(status)

    def fail_after(self, work: timedelta) -> None:
        self.come_as_told()
        self.now += work
        self.report(Status.FAILURE)


@given(plans(), zones, moments, failures)
def test_a_device_that_comes_as_told_is_never_silent(
    plan: Plan, zone: str, now: datetime, failures: list[timedelta]
) -> None:
    part = Part(plan, zone, now)
    for work in failures:
        part.fail_after(work)
    part.come_as_told()
    part.report(Status.SUCCESS)
    assert (part.row().status, part.row().late) == (Status.SUCCESS, False)


@given(plans(), zones, moments, failures)
def test_a_device_that_does_not_come_back_is_silent_after_few_looks_and_in_bounded_time(
    plan: Plan, zone: str, now: datetime, failures: list[timedelta]
) -> None:
    part = Part(plan, zone, now)
    for work in failures:
        part.fail_after(work)
    seed = progress(part.fleet, part.deployment_id).deployment.steering.seed
    due = max(part.row().not_before or part.now, part.now + NOTE_EVERY)
    told = next_opening(plan.windows, zone, seed, name(part.device), due).start
    for _ in range(MOST_LOOKS):
        deadline = part.row().deadline
        part.now = deadline or part.now
        part.look()
    assert part.row().status is Status.TIMED_OUT
    assert plan.deadlines.retrying
    assert part.now <= told + MOST_LATENESS + 2 * SECOND + plan.deadlines.retrying


@given(st.integers(60, 24 * 3600), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_whoever_calls_while_there_is_no_place_for_it_is_not_silent_until_it_stops(
    patience: int, gaps: list[float]
) -> None:
    """However soon its calls follow each other, and though only one in an hour is noted."""
    retrying = patience * SECOND
    part = failed_once(Plan(retry=ONCE_MORE, most_in_flight=1, deadlines=Deadlines(retrying=retrying)))
    assert part.fleet.poll(part.rival, now=part.now)
    part.now += HOUR
    for gap in gaps:
        answer = part.ask()
        assert answer.hold
        assert answer.hold.reason is Reason.IN_FLIGHT_REACHED
        part.now += gap * retrying
    part.look()
    assert part.row().status is Status.PENDING
    part.now += NOTE_EVERY + MOST_LATENESS + 2 * SECOND + retrying
    part.look()
    assert part.row().status is Status.TIMED_OUT


@given(st.integers(60, 24 * 3600), calls)
def test_whoever_calls_within_its_deadline_has_not_timed_out_and_is_silent_soon_after_it_stops(
    patience: int, calls: list[tuple[float, Status | None]]
) -> None:
    """Whether it says that it is where it was, or asks again what it was offered."""
    silence = patience * SECOND
    part = Part(Plan(deadlines=Deadlines(*[silence] * 4)), "", NOW)
    part.come_as_told()
    for gap, status in calls:
        part.now += gap * silence
        part.look()
        assert part.row().is_open
        part.call(status)
    part.now += 0.99 * silence
    part.look()
    assert part.row().is_open
    part.now += (0.01 + SPARE) * silence
    part.look()
    assert part.row().status is Status.TIMED_OUT


def test_a_substate_is_a_call() -> None:
    part = Part(Plan(deadlines=Deadlines(installing=HOUR)), "", NOW)
    part.come_as_told()
    for substate in ("10 %", "50 %", "90 %"):
        report_status(
            part.fleet.service, part.session, part.deployment_id, Reported(Status.INSTALLING, substate), part.now
        )
        part.now += 59 * MINUTE
        part.look()
        assert (part.row().status, part.row().substate) == (Status.INSTALLING, substate)


def test_a_call_that_moves_a_deadline_hears_of_an_abort_all_the_same() -> None:
    part = Part(Plan(deadlines=Deadlines(installing=HOUR)), "", NOW)
    part.come_as_told()
    part.report(Status.INSTALLING)
    abort_deployment(part.fleet.service, WORKSPACE, part.deployment_id, part.now)
    part.now += MINUTE
    with pytest.raises(DeploymentAborted):
        part.report(Status.INSTALLING)
    assert part.ask().offer is None


def failed_once(plan: Plan) -> Part:
    part = Part(plan, "", NOW)
    part.fail_after(timedelta(0))
    return part


def test_a_device_is_silent_only_from_when_its_window_opened() -> None:
    evening = Window(WEEK, (NOW + 5 * HOUR).time(), 3 * HOUR)
    part = failed_once(
        Plan(windows=(Window(WEEK, NOW.time(), MINUTE), evening), retry=ONCE_MORE, deadlines=Deadlines(retrying=MINUTE))
    )
    part.now = NOW + 5 * HOUR
    part.look()
    assert part.row().status is Status.PENDING
    part.now += MOST_LATENESS + MINUTE
    part.look()
    assert part.row().status is Status.PENDING
    part.now += 2 * SECOND
    part.look()
    assert part.row().status is Status.TIMED_OUT


def test_nobody_is_silent_during_a_pause() -> None:
    part = failed_once(Plan(retry=ONCE_MORE, deadlines=Deadlines(retrying=HOUR)))
    pause_deployment(part.fleet.service, WORKSPACE, part.deployment_id, KEY, part.now)
    for _ in range(10):
        part.now += DAY
        part.look()
    assert part.row().status is Status.PENDING
    resume_deployment(part.fleet.service, WORKSPACE, part.deployment_id, KEY, part.now)
    part.now += MOST_LATENESS + HOUR + 2 * SECOND
    part.look()
    assert part.row().status is Status.TIMED_OUT


def test_nobody_is_sent_away_for_one_deployment_who_would_be_silent_in_another() -> None:
    part = failed_once(Plan(retry=ONCE_MORE, deadlines=Deadlines(retrying=HOUR)))
    urgent = Plan(priority=5, windows=(Window(WEEK, (NOW + 23 * HOUR).time(), HOUR),))
    part.deploy(urgent)
    answer = part.ask()
    assert answer.hold
    assert answer.ask_again_after(name(part.device), part.now) is None
