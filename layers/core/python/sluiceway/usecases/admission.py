"""Letting a device into a deployment that takes only so many (data model 3.4).

The room of all open phases is split over the counter shards. A device takes a place in any shard that has one, and its
row remembers the shard. The condition on the shard keeps the number exact, whoever asks at once; only after a look at
all shards is a device turned away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sluiceway.domain.counters import ADMITTED, Tally
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.phases import quota
from sluiceway.storage import keys
from sluiceway.storage.deployment_items import head_key
from sluiceway.storage.paging import read_all
from sluiceway.storage.shard_items import Admission, read_shards
from sluiceway.storage.table import AllOf, Below, Equal, Update
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device is let in; without an admission nobody counts."""

    row: DeviceDeployment
    admission: Admission | None = None


def find_place(
    service: Service, deployment: Deployment, row: DeviceDeployment, *, is_second_look: bool
) -> Place | None:
    """Return a place for a device that was not let in yet, None when there is none.

    The first look is a guess that costs nothing; the write that relies on it fails when the guess was wrong.
    """
    if not deployment.is_limited:
        return Place(row)
    if deployment.capacity is None:
        return _place(deployment, row, row.shard, None)
    if deployment.is_known_full:
        return None
    shards = _all(service, deployment) if is_second_look or not _quota(deployment, row.shard) else {}
    in_turn = ((row.shard + step) % deployment.shards for step in range(deployment.shards))
    free = (shard for shard in in_turn if shards.get(shard, Tally())[ADMITTED] < _quota(deployment, shard))
    shard = next(free, None)
    return None if shard is None else _place(deployment, row, shard, _quota(deployment, shard))


def say_full(deployment: Deployment) -> Update:
    """Spare the next ones the look at all shards, until another phase opens."""
    seen = AllOf((Equal("open_phase", deployment.open_phase), Below("full_phase", deployment.open_phase)))
    return Update(head_key(deployment), set={"full_phase": deployment.open_phase}, add={"rev": 1}, condition=seen)


def _all(service: Service, deployment: Deployment) -> dict[int, Tally]:
    return read_shards(read_all(service.table, keys.counter_shards(deployment.workspace, deployment.id)))


def _quota(deployment: Deployment, shard: int) -> int:
    return quota(deployment.capacity or 0, shard, deployment.shards)


def _place(deployment: Deployment, row: DeviceDeployment, shard: int, room: int | None) -> Place:
    placed = replace(row, shard=shard, phase=deployment.open_phase)
    return Place(placed, Admission(deployment.open_phase, room))
