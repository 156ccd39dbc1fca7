"""Dry runs: how long a plan will take, and what it will cost (design section 7).

A projection is an estimate, from these assumptions: every device is there, polls evenly, and succeeds at the first
attempt; gates pass as soon as they can, approvals come at once, and windows lie in UTC. To let the devices of a phase
in then takes as long as the slowest of what limits it: their polls, the pace, and how many may be in flight. Devices
of the slots that are pushed do not poll: one look of the execution gives them what is deployed, a later one sees what
became of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil, inf

from sluiceway.domain.pace import Growth, Pace, rate
from sluiceway.domain.plan import AtEnd, Plan
from sluiceway.domain.rollout import MOST_BETWEEN_LOOKS
from sluiceway.domain.slots import SlotKind
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


HELD_POLL = Requests(api_gateway=1, lambda_invocations=1, read_units=4)
"""A poll that finds the deployment and may not have it yet: three read units, and one more where a filter is to be met.

This and all that follow are what the budgets of design section 5 allow.
"""
FIRST_OFFER = Requests(api_gateway=1, lambda_invocations=1, read_units=5, write_units=6)
REPORT = Requests(api_gateway=1, lambda_invocations=1, read_units=1, write_units=6)
LAST_REPORT = Requests(api_gateway=1, lambda_invocations=1, read_units=1, write_units=8)
DOWNLOAD = Requests(api_gateway=1, lambda_invocations=1, s3_gets=1)
"""The link of an offer leads to a redirect of ours, and from there to the bytes."""
UPDATE = FIRST_OFFER + DOWNLOAD + REPORT * 3 + LAST_REPORT
"""One device's way to success: downloading, installing, rebooting, success."""
PUSHES: Mapping[SlotKind, Requests] = {
    SlotKind.CONFIG: Requests(read_units=19, write_units=36),
    SlotKind.WORKFLOW: Requests(read_units=13, write_units=20),
}
"""What it takes to push to one device, and to see that it has succeeded, without what the device itself asks for."""
WATCH = Requests(read_units=1)
"""What a look costs for each pushed device of an open phase that has not ended."""
PUSHED_AT_ONCE = 2_000
"""Devices that one look pushes to; if there are more, the next look follows at once."""
PUSHED_TOGETHER = 100
"""Devices that are pushed to side by side."""
PUSH_TIME = timedelta(seconds=10)
"""How long it takes to push to so many side by side."""
CREATION = Requests(api_gateway=1, lambda_invocations=1, read_units=4, write_units=18)
LOOK = Requests(lambda_invocations=2, read_units=36, write_units=4, state_transitions=3)
"""A look that reads who keeps silent, the plan and as many counter shards as there can be, and the wait after it."""


@dataclass(frozen=True, slots=True)
class Prices:
    """In US dollars, without free tiers and discounts. Storage, logs and data transfer are not in them."""

    region: str
    as_of: date
    """When they were last compared with the price lists."""
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
    region="us-east-1",
    as_of=date(2026, 11, 21),
    api_gateway=1.00,
    lambda_requests=0.20,
    lambda_gigabyte_seconds=0.0000133334,
    read_units=0.125,
    write_units=0.625,
    s3_gets=0.40,
    state_transitions=25.00,
)
"""The public price lists, aws.amazon.com/<service>/pricing, each in its first tier.

HTTP API, the first 300 million requests of a month; Lambda on arm64, the first 7.5 billion GB-seconds; DynamoDB on
demand, standard table class, since it was halved in November 2024; S3 Standard, $0.0004 per 1,000 GET; Step Functions
Standard, $0.025 per 1,000 state transitions.
"""


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
    """A whole plan. `is_cut_short` when its own end comes too early for some device.

    That is before it is let in; where the end aborts, before it is through; where it lets phases finish, before its
    phase opens.
    """

    phases: tuple[ProjectedPhase, ...]
    end: datetime
    is_cut_short: bool
    requests: Requests
    cost: float
    """In US dollars, at these prices."""
    prices: Prices


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is assumed of each device, and the slot, which says whether devices poll or are pushed to."""

    poll_every: timedelta
    install_time: timedelta
    """From the offer to the last report."""
    slot: SlotKind = SlotKind.SOFTWARE

    @property
    def is_pushed(self) -> bool:
        """Whether the execution pushes what is deployed, rather than devices asking for it."""
        return self.slot is not SlotKind.SOFTWARE


def project(plan: Plan, sizes: Sequence[int], now: datetime, assumed: Assumptions) -> Projection:
    """Project a plan with so many devices in each phase, of which no more than its maximum are let in."""
    phases = tuple(_phases(plan, _let_in(plan, sizes), now, assumed))
    requests = _requests(plan, phases, now, assumed)
    return Projection(
        phases,
        end=max((phase.end for phase in phases if phase.devices), default=phases[0].end),
        is_cut_short=plan.end is not None and any(_is_cut_short(plan, plan.end, phase) for phase in phases),
        requests=requests,
        cost=US_EAST_1.cost(requests),
        prices=US_EAST_1,
    )


def _is_cut_short(plan: Plan, end: datetime, phase: ProjectedPhase) -> bool:
    """Tell whether an end comes before what it still lets happen of a phase: of some device it takes the chance."""
    if phase.last_start is None:
        return False
    match plan.at_end:
        case AtEnd.STOP_OFFERING:
            return end <= phase.last_start
        case AtEnd.ABORT:
            return end <= phase.end
        case AtEnd.LET_FINISH:
            return end <= phase.opens


def _let_in(plan: Plan, sizes: Sequence[int]) -> Iterator[int]:
    """Give how many devices of each phase are let in: the first ones, as far as the maximum goes."""
    left = sum(sizes) if plan.most_devices is None else plan.most_devices
    for size in sizes:
        yield min(size, left)
        left -= min(size, left)


def _phases(plan: Plan, sizes: Iterable[int], now: datetime, assumed: Assumptions) -> Iterator[ProjectedPhase]:
    may_open, let_in, install_time = max(now, plan.start or now), 0, _install_time(plan, assumed)
    for planned, devices in zip(plan.phases, sizes, strict=True):
        opens = max(may_open, planned.start or may_open)
        reaching = _time_to_reach(devices, assumed)
        offering = max(
            reaching,
            _time_at_pace(plan.pace, let_in, devices, install_time),
            _time_for_places(plan, devices, install_time),
        )
        first = timedelta(0) if assumed.is_pushed else offering / max(devices, 1) / 2
        starts = after_windows(plan.windows, opens, first), _last_start(plan.windows, opens, offering, reaching)
        phase = _phase(devices, opens, starts, install_time, planned.gate.soak)
        yield phase
        may_open = opens if planned.gate.asks_for_nothing else phase.passed
        let_in += devices


def _last_start(windows: Sequence[Window], opens: datetime, offering: timedelta, reaching: timedelta) -> datetime:
    """Return when the last device is let in: it may be due at the end of the spread, and be reached only after it."""
    return max(after_windows(windows, opens, offering), after_windows(windows, opens, reaching, all_due=True))


def _install_time(plan: Plan, assumed: Assumptions) -> timedelta:
    """Return how long it takes until an installation is known to have ended; where it is pushed, a look finds out."""
    if not assumed.is_pushed:
        return assumed.install_time
    return ceil(assumed.install_time / plan.look_every) * plan.look_every


def _time_to_reach(devices: int, assumed: Assumptions) -> timedelta:
    """Return how long it takes at least to get to all devices of a phase."""
    if not assumed.is_pushed:
        return assumed.poll_every
    return PUSH_TIME * max(ceil(devices / PUSHED_TOGETHER) - 1, 0)


def _phase(
    devices: int, opens: datetime, starts: Sequence[datetime], install_time: timedelta, soak: timedelta
) -> ProjectedPhase:
    if not devices:
        return ProjectedPhase(0, opens, None, None, opens, opens + soak)
    first, last = starts
    return ProjectedPhase(devices, opens, first, last, last + install_time, last + install_time + soak)


def _time_for_places(plan: Plan, devices: int, install_time: timedelta) -> timedelta:
    """Return how long the last device waits for one of the places in flight."""
    return install_time * ((devices - 1) // plan.most_in_flight) if devices and plan.most_in_flight else timedelta(0)


def _time_at_pace(pace: Pace | None, let_in: int, devices: int, install_time: timedelta) -> timedelta:
    """Return how long a pace takes for so many devices after those that were let in, and have succeeded, before.

    Goes from one rise of the rate to the next. The rate rises as each further `every` devices are let in, or an
    installation later where the pace counts successes.
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


def after_windows(
    windows: Sequence[Window], start: datetime, offering: timedelta, *, all_due: bool = False
) -> datetime:
    """Return when so much time inside of the windows has passed; without windows all time is inside.

    With `all_due` a window begins once all devices are due in it.
    """
    if not windows:
        return start + offering
    cursor = start
    for opens, window in _openings(windows, start):
        closes = opens + window.duration
        begin = max(cursor, opens + window.spread if all_due else opens)
        if begin + offering <= closes:
            return begin + offering
        offering -= max(closes - begin, timedelta(0))
        cursor = max(cursor, closes)
    return start + HORIZON


def _openings(windows: Sequence[Window], start: datetime) -> Iterator[tuple[datetime, Window]]:
    """Give the windows as they follow each other, from those that are open at the start to the horizon."""
    for number in range(-7, HORIZON.days + 1):
        day = start.astimezone(UTC).date() + number * _DAY
        opening = [each for each in windows if day.weekday() in each.days]
        for window in sorted(opening, key=lambda each: each.start):
            yield datetime.combine(day, window.start, UTC), window


def _requests(plan: Plan, phases: Sequence[ProjectedPhase], now: datetime, assumed: Assumptions) -> Requests:
    devices = sum(phase.devices for phase in phases)
    each = PUSHES[assumed.slot] if assumed.is_pushed else UPDATE
    total = CREATION + each * devices + LOOK * _looks(plan, phases, assumed)
    for phase in phases:
        waits = (
            _times_watched(phase, plan.look_every) if assumed.is_pushed else _held_polls(phase, now, assumed.poll_every)
        )
        total += (WATCH if assumed.is_pushed else HELD_POLL) * waits
    return total


def _looks(plan: Plan, phases: Sequence[ProjectedPhase], assumed: Assumptions) -> int:
    """Return how often the execution looks: as often as the plan says while devices are at work, else more rarely."""
    looks, watched = len(phases), phases[0].opens
    for phase in phases:
        idle = max(phase.opens - watched, timedelta(0))
        busy = max(phase.end - max(watched, phase.opens), timedelta(0))
        soak = phase.passed - phase.end
        looks += ceil(idle / MOST_BETWEEN_LOOKS) + ceil(busy / plan.look_every) + ceil(soak / MOST_BETWEEN_LOOKS)
        looks += phase.devices // PUSHED_AT_ONCE if assumed.is_pushed else 0
        watched = max(watched, phase.passed)
    return looks


def _held_polls(phase: ProjectedPhase, now: datetime, poll_every: timedelta) -> int:
    """Return how often the devices of a phase ask in vain before their turn, all of them together."""
    if phase.first_start is None or phase.last_start is None:
        return 0
    mean_wait = (phase.first_start - now + (phase.last_start - now)) / 2
    return round(phase.devices * max(mean_wait / poll_every - 0.5, 0.0))


def _times_watched(phase: ProjectedPhase, look_every: timedelta) -> int:
    """Return how often a look sees a device of a phase that has not ended, all of them together."""
    if phase.first_start is None or phase.last_start is None:
        return 0
    mean_part = (phase.first_start + (phase.last_start - phase.first_start) / 2) - phase.opens
    return round(phase.devices * (mean_part + (phase.end - phase.last_start)) / look_every)
