"""A plan: how a deployment spreads (design sections 1 and 7). It is the same on every surface."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sluiceway.domain.deadlines import NO_DEADLINES, Deadlines
from sluiceway.domain.gates import NO_GATE, Gate
from sluiceway.domain.pace import Pace
from sluiceway.domain.retry import NO_RETRY, RetryPolicy
from sluiceway.domain.windows import Window

MOST_PHASES = 20
MOST_WINDOWS = 14
LEAST_LOOK_EVERY = timedelta(seconds=1)
LOOK_EVERY = timedelta(minutes=1)
LET_FINISH_FOR = timedelta(days=7)
"""Long enough for each device to have had a maintenance window."""


class AtEnd(StrEnum):
    """What happens when the end of a plan has come."""

    STOP_OFFERING = "stop-offering"
    """Nobody is let in any more; who was, goes on. It has finished once they have."""
    ABORT = "abort"
    LET_FINISH = "let-finish"
    """Phases that are open go on as they were, and no further one opens.

    It ends as if nobody were let in any more once all devices of the open phases have ended; or, with nobody left at
    work, once nothing has happened for LET_FINISH_FOR, because nobody knows how many devices there are, or some never
    come.
    """


@dataclass(frozen=True, slots=True)
class PlannedPhase:
    """A phase as it is wanted: a share of the devices in percent, or a number of them; neither for all that is left."""

    percent: float | None = None
    devices: int | None = None
    start: datetime | None = None
    """Not before this moment; without it as soon as the gate of the one before is passed."""
    gate: Gate = NO_GATE


@dataclass(frozen=True, slots=True)
class Plan:
    """How a deployment spreads. One without phases has one, of all devices."""

    phases: tuple[PlannedPhase, ...] = (PlannedPhase(),)
    seed: str = ""
    """Which devices are early: the same for the same seed. Empty for the id of the deployment."""
    start: datetime | None = None
    end: datetime | None = None
    at_end: AtEnd = AtEnd.STOP_OFFERING
    windows: tuple[Window, ...] = ()
    priority: int = 0
    """Of two deployments that wait for a device the higher goes first; of equals the older.

    A roll back goes ahead of any.
    """
    pace: Pace | None = None
    most_in_flight: int | None = None
    """How many devices work on it at once."""
    most_devices: int | None = None
    retry: RetryPolicy = NO_RETRY
    deadlines: Deadlines = NO_DEADLINES
    withdraws_success: bool = True
    """Whether a success counts as a failure once the device comes back on what it had before."""
    look_every: timedelta = field(default=LOOK_EVERY)
    """How often the execution looks at the counters while a gate depends on them."""
