"""Exact counters: what one change of a row does to its shard, and what the shards of a deployment say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sluiceway.domain.deployment import Deployment, Stage
from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.domain.pace import LastMinute
from sluiceway.domain.phases import NONE_OPEN

ASKED = "asked"
"""Devices that asked for the deployment at least once."""
FINAL = "final"
"""Devices that have ended."""
ADMITTED = "adm"
"""Devices that were let in, where their number is limited."""
RETRIES = "retries"
"""Attempts that followed a failed one: while a device waits for its next attempt it counts as pending again."""
OFFERED_BYTES = "bytes"
"""Sizes of the artifacts that were offered, added up."""
RESTORABLE = "restorable"
"""Devices of which it is known what they had before."""
IN_FLIGHT = "in_flight"
"""Devices that work on a deployment with a plan."""
TURNED_AWAY = "unasked"
"""Devices that have ended without having asked."""
_STORED = frozenset(Status) - {Status.PENDING}


@dataclass(frozen=True, slots=True)
class Tally:
    """The counters of one shard, or of several added up. Pending is never stored: it is what remains of the total."""

    counts: Mapping[str, int] = field(default_factory=dict)
    final_at: datetime | None = None
    """When the last device so far ended of those that had asked."""
    turned_away_at: datetime | None = None
    """When the last device so far ended of the others."""
    last_minute: LastMinute = ()
    """Of one shard: who was let in during the last minute, where a pace says how many may be."""

    def __getitem__(self, name: str) -> int:
        return self.counts.get(name, 0)


def add_up(shards: Iterable[Tally]) -> Tally:
    """Add the shards of a deployment up."""
    total: Counter[str] = Counter()
    final_at: datetime | None = None
    turned_away_at: datetime | None = None
    for shard in shards:
        total.update(shard.counts)
        final_at = _later(final_at, shard.final_at)
        turned_away_at = _later(turned_away_at, shard.turned_away_at)
    return Tally(total, final_at, turned_away_at)


def _later(*moments: datetime | None) -> datetime | None:
    return max(filter(None, moments), default=None)


def movement(before: DeviceDeployment, after: DeviceDeployment, offered_bytes: int = 0) -> dict[str, int]:
    """Return what turning one row into the other adds to its shard; counters that do not move are left out."""
    moved: Counter[str] = Counter()
    moved[before.status] -= 1
    moved[after.status] += 1
    moved[ASKED] += (after.asked is not None) - (before.asked is not None)
    moved[FINAL] += after.status.is_final - before.status.is_final
    moved[RETRIES] += after.attempt - before.attempt
    moved[OFFERED_BYTES] += offered_bytes
    moved[RESTORABLE] += after.is_restorable - before.is_restorable
    moved[TURNED_AWAY] += _is_turned_away(after) - _is_turned_away(before)
    if after.is_planned:
        moved.update(_planned_movement(before, after))
    del moved[Status.PENDING]
    return {str(name): by for name, by in moved.items() if by}


def _is_turned_away(row: DeviceDeployment) -> bool:
    return row.status.is_final and row.asked is None


def _planned_movement(before: DeviceDeployment, after: DeviceDeployment) -> Mapping[str, int]:
    moved: Counter[str] = Counter()
    for row, sign in ((before, -1), (after, 1)):
        moved[IN_FLIGHT] += sign * row.is_in_flight
        if row.status.is_final:
            moved[ended_in(row.phase, row.status)] += sign
    return moved


def ended_in(phase: int, status: Status) -> str:
    """Name the counter of the devices of a phase that ended so; only deployments with a plan have it."""
    return f"p{phase}.{status}"


def let_in(phase: int) -> str:
    """Name the counter of the devices that were let in during a phase."""
    return f"p{phase}"


def targets(deployment: Deployment, tally: Tally) -> int:
    """Return how many devices a deployment has; an open target has those that have asked, or have ended without."""
    return tally[ASKED] + tally[TURNED_AWAY] if deployment.has_open_target else deployment.size


def statistics(deployment: Deployment, tally: Tally) -> dict[Status, int]:
    """Count the devices by status so that the sum is the number of targets (mender contract 2.12, 10.3).

    Under an abort every device that had not ended counts as aborted, in a closed one every device that was not let in.
    """
    counts = {status: tally[status] for status in Status if status in _STORED}
    if deployment.is_withdrawn:
        ended = {status: count if status.is_final else 0 for status, count in counts.items()}
        aborted = ended[Status.ABORTED] + targets(deployment, tally) - tally[FINAL]
        return {**ended, Status.ABORTED: aborted, Status.PENDING: 0}
    pending = targets(deployment, tally) - sum(counts.values())
    if deployment.steering.closed is None:
        return {**counts, Status.PENDING: pending}
    left_out = targets(deployment, tally) - tally[ASKED] - tally[TURNED_AWAY]
    return {**counts, Status.ABORTED: counts[Status.ABORTED] + left_out, Status.PENDING: pending - left_out}


def is_at_work(tally: Tally) -> bool:
    """Tell whether a device that was let in has not ended, in a deployment with a plan."""
    return at_work(tally) > 0


def at_work(tally: Tally) -> int:
    """Return how many devices were let in and have not ended."""
    return tally[ASKED] + tally[TURNED_AWAY] - tally[FINAL]


def places_left(deployment: Deployment, tally: Tally) -> int | None:
    """Return how many more devices can be let in by the limit of all phases; None without one."""
    return None if deployment.most_devices is None else max(deployment.most_devices - tally[ADMITTED], 0)


def has_unapplied(tally: Tally) -> bool:
    """Tell whether a device that was let in did not get what it was offered, or not yet."""
    return is_at_work(tally) or tally[Status.FAILURE] > 0 or tally[Status.TIMED_OUT] > 0


def has_finished(deployment: Deployment, tally: Tally) -> bool:
    """Tell whether the deployment has ended: by a person, or because all its devices have."""
    return deployment.is_over or _have_all_ended(deployment, tally) or _has_let_in_its_last(deployment, tally)


def _have_all_ended(deployment: Deployment, tally: Tally) -> bool:
    return not deployment.has_open_target and tally[FINAL] >= deployment.size


def _has_let_in_its_last(deployment: Deployment, tally: Tally) -> bool:
    """Tell whether nobody is let in any more, and all who were have ended."""
    let_in_and_ended = tally[FINAL] - tally[TURNED_AWAY]
    if deployment.steering.closed is not None:
        return let_in_and_ended >= tally[ASKED]
    return deployment.most_devices is not None and let_in_and_ended >= deployment.most_devices


def finished_at(deployment: Deployment, tally: Tally) -> datetime | None:
    """Return when it ended, the same whoever computes it and whenever; None while it runs."""
    if not has_finished(deployment, tally):
        return None
    turned_away_at = None if _has_let_in_its_last(deployment, tally) else tally.turned_away_at
    return deployment.finished or _later(tally.final_at, turned_away_at, deployment.steering.closed)


def stage(deployment: Deployment, tally: Tally) -> Stage:
    """Say how the deployment presents itself (mender contract 10.3); retries keep it in progress (8.3)."""
    if has_finished(deployment, tally):
        return Stage.FINISHED
    counts = statistics(deployment, tally)
    begun = sum(count for status, count in counts.items() if status not in {Status.PENDING, Status.DECOMMISSIONED})
    if begun or tally[RETRIES]:
        return Stage.INPROGRESS
    return Stage.SCHEDULED if deployment.phases and deployment.open_phase == NONE_OPEN else Stage.PENDING
