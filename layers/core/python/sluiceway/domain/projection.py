"""Dry runs: how long a plan will take, and what it will cost (design section 7).

A projection is an estimate, from these assumptions: every device is there, polls evenly, and succeeds at the first
attempt; gates pass as soon as they can, approvals come at once, and windows lie in UTC. A phase then takes as long as
the slowest of what lets its devices in: their polls, the pace, and the places in flight.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, inf

from sluiceway.domain.pace import Growth, Pace, rate
from sluiceway.domain.plan import Plan
from sluiceway.domain.rollout import MOST_BETWEEN_LOOKS
from sluiceway.domain.windows import Window

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
HORIZON = timedelta(days=3_650)
"""How far windows are followed: what they do not let in by then is projected to its end."""
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Requests:
    """What AWS counts. Units of DynamoDB are of 4 KB read and 1 KB written."""

    api_gateway: int = 0
    lambda_invocations: int = 0
    read_units: int = 0
    write_units: int = 0
    s3_gets: int = 0
    state_transitions: int = 0

    def __add__(self, other: Requests) -> Requests:
        return Requests(*(one + another for one, another in zip(astuple(self), astuple(other), strict=True)))

    def __mul__(self, times: int) -> Requests:
        return Requests(*(each * times for each in astuple(self)))


IDLE_POLL = Requests(api_gateway=1, lambda_invocations=1, read_units=2)
"""A poll with nothing to do (the budgets of design section 5, as all that follow)."""
FIRST_OFFER = Requests(api_gateway=1, lambda_invocations=1, read_units=5, write_units=6)
REPORT = Requests(api_gateway=1, lambda_invocations=1, read_units=1, write_units=6)
LAST_REPORT = Requests(api_gateway=1, lambda_invocations=1, read_units=1, write_units=8)
DOWNLOAD = Requests(api_gateway=1, lambda_invocations=1, s3_gets=1)
"""The link of an offer leads to a redirect of ours, and from there to the bytes."""
UPDATE = FIRST_OFFER + DOWNLOAD + REPORT * 3 + LAST_REPORT
"""One device's way to success: downloading, installing, rebooting, success."""
CREATION = Requests(api_gateway=1, lambda_invocations=1, read_units=4, write_units=18)
LOOK = Requests(lambda_invocations=2, read_units=28, write_units=4, state_transitions=3)
"""The execution looks at the head, the plan and as many counter shards as there can be, notes it, and waits."""


@dataclass(frozen=True, slots=True)
class Prices:
    """In US dollars, without free tiers and discounts. Storage, logs and data transfer are not in them."""

    api_gateway: float
    """Per million requests to an HTTP API."""
    lambda_requests: float
    """Per million."""
    lambda_gigabyte_seconds: float
    """Per GB and second of arm64."""
    read_units: float
    """Per million, on demand."""
    write_units: float
    s3_gets: float
    """Per million."""
    state_transitions: float
    """Per million, of Standard workflows."""
    gigabyte_seconds_per_invocation: float = 0.0125
    """What an invocation takes: 50 ms of 256 MB."""

    def cost(self, requests: Requests) -> float:
        """Return what so many requests cost."""
        per_million = (
            requests.api_gateway * self.api_gateway
            + requests.lambda_invocations * self.lambda_requests
            + requests.read_units * self.read_units
            + requests.write_units * self.write_units
            + requests.s3_gets * self.s3_gets
            + requests.state_transitions * self.state_transitions
        )
        seconds = requests.lambda_invocations * self.gigabyte_seconds_per_invocation
        return per_million / _MILLION + seconds * self.lambda_gigabyte_seconds


US_EAST_1 = Prices(
    api_gateway=1.00,
    lambda_requests=0.20,
    lambda_gigabyte_seconds=0.0000133334,
    read_units=0.125,
    write_units=0.625,
    s3_gets=0.40,
    state_transitions=25.00,
)
"""The public price lists of the five services for us-east-1 (aws.amazon.com/<service>/pricing), as of November 2026."""


@dataclass(frozen=True, slots=True)
class ProjectedPhase:
    """One phase. Without devices nobody starts, and it ends as it opens."""

    devices: int
    opens: datetime
    first_start: datetime | None
    last_start: datetime | None
    end: datetime
    """When its last device has succeeded."""
    passed: datetime
    """When its soak is over."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A whole plan. `is_cut_short` when its own end comes before the last device is let in."""

    phases: tuple[ProjectedPhase, ...]
    end: datetime
    is_cut_short: bool
    requests: Requests
    cost: float
    """In US dollars."""


def project(
    plan: Plan,
    sizes: Sequence[int],
    now: datetime,
    *,
    poll_every: timedelta,
    install_time: timedelta,
    prices: Prices = US_EAST_1,
) -> Projection:
    """Project a plan with so many devices in each phase. `install_time` is from the offer to the last report."""
    phases = tuple(_phases(plan, sizes, now, poll_every, install_time))
    starts = [phase.last_start for phase in phases if phase.last_start]
    requests = _requests(plan, phases, now, poll_every)
    return Projection(
        phases,
        end=max(phase.end for phase in phases),
        is_cut_short=plan.end is not None and any(start >= plan.end for start in starts),
        requests=requests,
        cost=prices.cost(requests),
    )


def _phases(
    plan: Plan, sizes: Sequence[int], now: datetime, poll_every: timedelta, install_time: timedelta
) -> Iterator[ProjectedPhase]:
    may_open, let_in = max(now, plan.start or now), 0
    for planned, devices in zip(plan.phases, sizes, strict=True):
        opens = max(may_open, planned.start or may_open)
        offering = max(
            poll_every, _paced(plan.pace, let_in, devices, install_time), _places(plan, devices, install_time)
        )
        starts = [after_windows(plan.windows, opens, part) for part in (offering / max(devices, 1) / 2, offering)]
        phase = _phase(devices, opens, starts, install_time, planned.gate.soak)
        yield phase
        may_open = opens if planned.gate.asks_for_nothing else phase.passed
        let_in += devices


def _phase(
    devices: int, opens: datetime, starts: Sequence[datetime], install_time: timedelta, soak: timedelta
) -> ProjectedPhase:
    if not devices:
        return ProjectedPhase(0, opens, None, None, opens, opens + soak)
    first, last = starts
    return ProjectedPhase(devices, opens, first, last, last + install_time, last + install_time + soak)


def _places(plan: Plan, devices: int, install_time: timedelta) -> timedelta:
    """Return how long the last device waits for one of the places in flight."""
    return install_time * ((devices - 1) // plan.most_in_flight) if devices and plan.most_in_flight else timedelta(0)


def _paced(pace: Pace | None, let_in: int, devices: int, install_time: timedelta) -> timedelta:
    """Return how long a pace takes for so many devices more than those that were let in, and have succeeded, before.

    From rise to rise: the rate grows as every so many devices are let in, or an installation later if successes count.
    """
    if pace is None:
        return timedelta(0)
    lag = install_time / _MINUTE if pace.growth is Growth.SUCCEEDED else 0.0
    elapsed, admitted, counted, rises = 0.0, float(let_in), let_in, deque[tuple[float, int]]()
    milestone = _next_milestone(pace, let_in)
    while True:
        per_minute = rate(pace, counted)
        reached = elapsed + (min(milestone, let_in + devices) - admitted) / per_minute
        risen, succeeded = rises[0] if rises else (inf, 0)
        if reached > risen:
            elapsed, admitted, counted = risen, admitted + (risen - elapsed) * per_minute, succeeded
            rises.popleft()
        elif milestone >= let_in + devices:
            return timedelta(minutes=reached)
        else:
            elapsed, admitted = reached, float(milestone)
            rises.append((reached + lag, int(milestone)))
            milestone += pace.every


def _next_milestone(pace: Pace, let_in: int) -> float:
    return (let_in // pace.every + 1) * pace.every if pace.every else inf


def after_windows(windows: Sequence[Window], start: datetime, offering: timedelta) -> datetime:
    """Return when so much time inside of the windows has passed; without windows all time is inside."""
    if not windows:
        return start + offering
    cursor = start
    for opens, closes in _intervals(windows, start):
        begin = max(cursor, opens)
        if begin + offering <= closes:
            return begin + offering
        offering -= max(closes - begin, timedelta(0))
        cursor = max(cursor, closes)
    return start + HORIZON


def _intervals(windows: Sequence[Window], start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Give the windows as they follow each other, from those that are open at the start to the horizon."""
    for number in range(-7, HORIZON.days + 1):
        day = start.astimezone(UTC).date() + number * _DAY
        opening = [each for each in windows if day.weekday() in each.days]
        for window in sorted(opening, key=lambda each: each.start):
            opens = datetime.combine(day, window.start, UTC)
            yield opens, opens + window.duration


def _requests(plan: Plan, phases: Sequence[ProjectedPhase], now: datetime, poll_every: timedelta) -> Requests:
    total = CREATION
    for planned, phase in zip(plan.phases, phases, strict=True):
        total += UPDATE * phase.devices + IDLE_POLL * _idle_polls(phase, now, poll_every) + LOOK
        if not planned.gate.asks_for_nothing:
            busy = ceil((phase.end - phase.opens) / plan.look_every)
            total += LOOK * (busy + ceil(planned.gate.soak / MOST_BETWEEN_LOOKS))
    return total


def _idle_polls(phase: ProjectedPhase, now: datetime, poll_every: timedelta) -> int:
    """Return how often the devices of a phase ask in vain before their turn, half of them sooner than the mean."""
    if phase.first_start is None or phase.last_start is None:
        return 0
    mean_wait = (phase.first_start - now + (phase.last_start - now)) / 2
    return round(phase.devices * max(mean_wait / poll_every - 0.5, 0.0))
