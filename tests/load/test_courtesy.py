"""A fleet that comes as `Retry-After` tells it: it is through in about the time of one that comes in its own rhythm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import pytest

from sluiceway.domain.artifacts import Provides
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.gates import Gate
from sluiceway.domain.holds import MOST_LATENESS
from sluiceway.domain.pace import Growth, Pace
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy
from sluiceway.domain.windows import WEEK, Window
from sluiceway.storage.memory import MemoryTable
from tests.engine.planned import deploy, name, progress
from tests.load.agenda import Agenda
from tests.support.app import NOW
from tests.support.executions import advance
from tests.support.fleet import BOARD, WORKSPACE, Fleet

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DEVICES = 200
POLL_EVERY = 30 * MINUTE
INSTALLATION = 5 * MINUTE
ONE_FAILS_OF = 10
MOST_ASKS_TO_ONE = 3
"""Who is told when its turn comes may ask more often than in its own rhythm, and is let in earlier for it."""
LONG_ENOUGH = DAY

STEADY = Pace(per_minute=1)
DOUBLING = Pace(per_minute=1, factor=2, every=4, growth=Growth.NOTIFIED)
AS_IT_GOES_WELL = Pace(per_minute=1, factor=2, every=20, growth=Growth.SUCCEEDED)
NIGHTLY = Window(WEEK, (NOW + 9 * HOUR).time(), 2 * HOUR, spread=HOUR)
EVERY_TWO_HOURS = tuple(Window(WEEK, (NOW + hour * HOUR).time(), 80 * MINUTE) for hour in range(0, 24, 2))
TWICE = RetryPolicy(2, base=HOUR, cap=HOUR)
CANARY = (PlannedPhase(percent=10, gate=Gate(least_success_share=0.5, minimum_sample=5, soak=HOUR)), PlannedPhase())


@dataclass
class Course:
    """One rollout to the whole fleet, on a clock that nobody waits for."""

    plan: Plan
    comes_as_told: bool
    asks: int = 0
    finished: datetime | None = None

    def __post_init__(self) -> None:
        self.agenda = Agenda(NOW)
        self.fleet = Fleet(MemoryTable())
        self.devices = [self.fleet.accept() for _ in range(DEVICES)]
        self.deployment_id = deploy(self.fleet, self.plan, *self.devices)

    def run(self) -> Course:
        self.look()
        for number in range(DEVICES):
            self.agenda.after(POLL_EVERY * number / DEVICES, partial(self.ask, number, attempt=1))
        self.agenda.run(NOW + LONG_ENOUGH)
        return self

    def look(self) -> None:
        again = advance(self.fleet.service, WORKSPACE, self.deployment_id, self.agenda.now)
        if again is None:
            self.finished = progress(self.fleet, self.deployment_id).finished_at
        else:
            self.agenda.at(again, self.look)

    def ask(self, number: int, attempt: int) -> None:
        device, now = self.devices[number], self.agenda.now
        self.asks += 1
        answer = self.fleet.ask(device, Provides("app-0", BOARD, {}), now)
        if answer.offer:
            self.agenda.after(INSTALLATION, partial(self.report, number, attempt))
            return
        told = answer.ask_again_after(name(device), now) if self.comes_as_told else None
        self.agenda.after(timedelta(seconds=told) if told else POLL_EVERY, partial(self.ask, number, attempt))

    def report(self, number: int, attempt: int) -> None:
        """The first attempt of some devices fails: they ask at once when that is over, as all devices do."""
        is_good = attempt > 1 or number % ONE_FAILS_OF
        status = Status.SUCCESS if is_good else Status.FAILURE
        self.fleet.report(self.devices[number], self.deployment_id, status, now=self.agenda.now)
        if not is_good and self.plan.retry.allows(attempt):
            self.ask(number, attempt + 1)


PLANS = {
    "pace": Plan(pace=STEADY),
    "growing pace": Plan(pace=DOUBLING),
    "pace that grows by successes": Plan(pace=AS_IT_GOES_WELL),
    "cap": Plan(most_in_flight=20),
    "windows": Plan(windows=(NIGHTLY,)),
    "retries": Plan(retry=TWICE),
    "phases": Plan(CANARY),
    "start": Plan(start=NOW + 5 * HOUR),
    "pace in windows": Plan(pace=STEADY, windows=EVERY_TWO_HOURS),
    "retries in windows": Plan(retry=TWICE, windows=EVERY_TWO_HOURS),
    "everything": Plan(CANARY, pace=DOUBLING, most_in_flight=50, windows=EVERY_TWO_HOURS, retry=TWICE),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_fleet_that_comes_as_told_is_through_in_about_the_time_of_one_in_its_own_rhythm(plan: Plan) -> None:
    own, told = Course(plan, comes_as_told=False).run(), Course(plan, comes_as_told=True).run()
    assert own.finished
    assert told.finished
    assert told.finished <= own.finished + MOST_LATENESS + POLL_EVERY
    assert told.asks <= MOST_ASKS_TO_ONE * own.asks
