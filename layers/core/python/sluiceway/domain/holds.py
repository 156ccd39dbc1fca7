"""Why a device is not offered a deployment at this moment (design section 7).

Polls and explanations go by the same rules: a poll by the first that holds, an explanation shows them all.

A device that is held until some moment is told to ask a little later, so that devices that wait for the same moment do
not all ask at once, and never so much that it comes too late: a window or a plan that ends meanwhile bounds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.hashing import fraction_of
from sluiceway.domain.phases import NONE_OPEN
from sluiceway.domain.steering import Steering
from sluiceway.domain.windows import Opening, next_opening

LONGEST_WAIT = timedelta(days=1)
"""The most that a device is told to wait: whoever steers the deployment may change everything until then."""
MOST_LATENESS = timedelta(minutes=30)
_SECOND = timedelta(seconds=1)
_SHARE_OF_WAIT = 0.1
_SHARE_OF_QUEUE = 0.75
"""Who waits for a turn asks a little faster than turns come: one that nobody asks for in time is lost."""
_SHARE_OF_OPENING = 0.5
"""A device comes in the first half of an opening at the latest: it may need some of the rest to get through."""


class Reason(StrEnum):
    """Stable codes, in the order in which the rules are looked at."""

    FINISHED = "deployment-finished"
    ABORTED = "deployment-aborted"
    NOT_A_TARGET = "not-a-target"
    BEING_PREPARED = "being-prepared"
    NOT_ACCEPTED = "device-not-accepted"
    SUPERSEDED = "superseded"
    PART_ENDED = "part-ended"
    NEWER_ENDED = "newer-part-ended"
    WAITS_FOR_ANOTHER = "waits-for-another"
    HAS_NEWER = "has-newer-content"
    AWAITS_VERDICT = "awaits-verdict"
    NOT_STARTED = "not-started"
    ENDED = "ended"
    PAUSED = "paused"
    PHASE_NOT_OPEN = "phase-not-open"
    OUTSIDE_WINDOW = "outside-window"
    RETRY_LATER = "retry-later"
    FULL = "most-devices-reached"
    PHASE_FULL = "phase-full"
    PACE_REACHED = "pace-reached"
    IN_FLIGHT_REACHED = "in-flight-reached"
    NO_MATCHING_ARTIFACT = "no-matching-artifact"
    READS_NO_MAPS = "reads-no-control-maps"

    @property
    def is_for_good(self) -> bool:
        """Whether the device need not wait for this deployment any more, and may be offered the next."""
        return self in {Reason.FULL, Reason.ENDED}


@dataclass(frozen=True, slots=True)
class Hold:
    """One rule that keeps a device from being offered something."""

    reason: Reason
    until: datetime | None = None
    """When that can change by itself; None when somebody has to act, or another device."""
    queue: timedelta = timedelta(0)
    """Over how long those come to their turn who wait for the same."""


def standing_holds(deployment: Deployment, row: DeviceDeployment, zone: str, now: datetime) -> Iterator[Hold]:
    """Give what the head of the deployment and the row say, before anybody counts.

    `zone` is the device's IANA time zone, empty when it never told one.
    """
    steering = deployment.steering
    if steering.start is not None and now < steering.start:
        yield Hold(Reason.NOT_STARTED, steering.start)
    if row.asked is None and _lets_nobody_in(steering, now):
        yield Hold(Reason.ENDED)
    if steering.pause is not None:
        yield Hold(Reason.PAUSED)
    if deployment.phases and _phase_of(deployment, row) > deployment.open_phase:
        yield Hold(Reason.PHASE_NOT_OPEN, _earliest_opening(deployment, row, now))
    if steering.windows:
        opens = next_opening(steering.windows, zone, steering.seed, row.device_id, now).start
        if opens > now:
            yield Hold(Reason.OUTSIDE_WINDOW, opens)
    if row.not_before is not None and now < row.not_before:
        yield Hold(Reason.RETRY_LATER, row.not_before)


def opening_after(hold: Hold, deployment: Deployment, row: DeviceDeployment, zone: str) -> Opening | None:
    """Return when what holds a device back is over and it is in a window; None while somebody has to act.

    `zone` is the device's IANA time zone, empty when it never told one. What would begin after the plan has ended is
    the moment of that end: from then on the device need not wait for this deployment. Who waits in a queue, and whose
    turn a window does not last for, comes to the next one.
    """
    if hold.until is None:
        return None
    steering = deployment.steering
    end = steering.end if row.asked is None else None
    opening = next_opening(steering.windows, zone, steering.seed, row.device_id, hold.until)
    if opening.end is not None and _turn(hold.until, row.device_id, hold.queue) >= opening.end:
        following = next_opening(steering.windows, zone, steering.seed, row.device_id, opening.end)
        opening = following if end is None or following.start < end else opening
    if end is not None and opening.start >= end:
        return Opening(end)
    ends = [each for each in (opening.end, end) if each is not None]
    return Opening(opening.start, min(ends, default=None))


def _turn(until: datetime, device_id: str, queue: timedelta) -> datetime:
    """Return when a device would ask if it had all the time for it."""
    return until + min(queue * _SHARE_OF_QUEUE, MOST_LATENESS) * fraction_of(f"{device_id}/{until.isoformat()}")


def expected_by(steering: Steering, row: DeviceDeployment, zone: str, called: datetime | None) -> datetime | None:
    """Return by when a device comes for its next attempt that does as it is told; None when it waits for none.

    `called` is when it may have called last: outside of its windows it was then told to come to the next. `zone` is its
    IANA time zone, empty when it never told one.
    """
    if row.not_before is None:
        return None
    told = row.not_before if called is None else max(row.not_before, called)
    return _latest_arrival(next_opening(steering.windows, zone, steering.seed, row.device_id, told))


def _latest_arrival(opening: Opening) -> datetime:
    """Return until when `seconds_to_wait` may tell devices to come to an opening, in whole seconds."""
    most = MOST_LATENESS
    if opening.end is not None:
        most = min(most, (opening.end - opening.start) * _SHARE_OF_OPENING)
    return (opening.start + most).replace(microsecond=0) + 2 * _SECOND


def seconds_to_wait(opening: Opening, device_id: str, now: datetime, *, queue: timedelta = timedelta(0)) -> int:
    """Return after how many seconds the device should ask: within that opening, unless that is more than a day away.

    Those who wait for their turn ask one after the other over the `queue`, and within MOST_LATENESS where that is
    shorter: a pace may have grown by then.
    """
    wait = max(opening.start - now, _SECOND)
    soonest = timedelta(seconds=ceil(wait.total_seconds()))
    most = min(max(wait * _SHARE_OF_WAIT, queue * _SHARE_OF_QUEUE), MOST_LATENESS)
    if opening.end is not None:
        most = min(most, (opening.end - now - soonest) * _SHARE_OF_OPENING)
    lateness = most * fraction_of(f"{device_id}/{opening.start.isoformat()}")
    return int(min(soonest + max(lateness, timedelta()), LONGEST_WAIT).total_seconds())


def _lets_nobody_in(steering: Steering, now: datetime) -> bool:
    """Tell whether the end of the plan has come; who was let in before goes on."""
    return steering.closed is not None or (steering.end is not None and now >= steering.end)


def _phase_of(deployment: Deployment, row: DeviceDeployment) -> int:
    """Return the phase that has to be open: without a plan any."""
    return row.phase if deployment.steering.has_plan else 0


def _earliest_opening(deployment: Deployment, row: DeviceDeployment, now: datetime) -> datetime | None:
    """Return the last start among the phases that have to open first, unless it has come: then a gate holds them."""
    first = max(deployment.open_phase, NONE_OPEN) + 1
    coming = deployment.phases[first : _phase_of(deployment, row) + 1]
    latest = max((phase.start for phase in coming if phase.start is not None), default=None)
    return latest if latest is not None and latest > now else None
