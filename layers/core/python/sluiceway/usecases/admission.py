"""Letting a device into a deployment that takes only so many (data model 3.4).

How many devices may be let in at this moment, and how many may work on it at once, is split over the counter shards. A
device takes a place in any shard that has one, and its row remembers the shard. A condition on that shard keeps the
numbers exact, however many ask at once; a device is turned away only after all shards were looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from sluiceway.domain.counters import ADMITTED, Tally, add_up
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.holds import Hold, Reason
from sluiceway.domain.pace import let_one_in, next_turn, time_for
from sluiceway.domain.phases import quota, quotas
from sluiceway.storage import keys
from sluiceway.storage.deployment_items import head_key
from sluiceway.storage.paging import read_all
from sluiceway.storage.shard_items import Admission, PaceTurn, read_shards, read_tally
from sluiceway.storage.table import AllOf, Below, Equal, Record, Update
from sluiceway.usecases.service import Service

Shards: TypeAlias = Sequence[Record]
"""Counter shards as they are stored; one that was never counted in is left out."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place for a device."""

    row: DeviceDeployment
    """The device's row, with the shard that counts it from now on."""
    admission: Admission | None = None
    """What must hold of that shard when the device is let in; None where there is no limit."""


@dataclass(frozen=True, slots=True)
class _Room:
    """How many devices may be let in, and may work on it, at one moment; None for any number."""

    shards: int
    admitted: int | None
    in_flight: int | None
    per_minute: int | None

    def parts(self, seen: Sequence[Tally], phase: int | None) -> list[Admission]:
        """Return up to which number each shard may let devices in, given how many each has let in already."""
        given = [tally[ADMITTED] for tally in seen]
        admitted = [None for _ in seen] if self.admitted is None else quotas(given, self.admitted)
        return [Admission(phase, most, self._at_work(shard)) for shard, most in enumerate(admitted)]

    def next_turn(self, shard: int, seen: Tally) -> datetime | None:
        """Return when the pace lets another device in by that shard; each shard has a part of the rate."""
        return None if self.per_minute is None else next_turn(seen.last_minute, self._pace_of(shard))

    def has_turn(self, shard: int, seen: Tally, now: datetime) -> bool:
        """Tell whether the pace lets a device in by that shard now."""
        turn = self.next_turn(shard, seen)
        return self.per_minute is None or (turn is not None and turn <= now)

    def take_turn(self, shard: int, seen: Tally, now: datetime) -> PaceTurn | None:
        """Return what the shard is to remember of a device that is let in now; None without a pace."""
        if self.per_minute is None:
            return None
        return PaceTurn(seen[ADMITTED], let_one_in(seen.last_minute, self._pace_of(shard), now))

    def _pace_of(self, shard: int) -> int:
        return quota(self.per_minute or 0, shard, self.shards)

    def part_again(self, shard: int) -> Admission:
        """Return what bounds one shard for a device that was let in before: only how many work at once."""
        return Admission(None, None, self._at_work(shard))

    def _at_work(self, shard: int) -> int | None:
        return None if self.in_flight is None else quota(self.in_flight, shard, self.shards)


def find_place(
    service: Service,
    deployment: Deployment,
    row: DeviceDeployment,
    now: datetime,
    *,
    is_second_look: bool,
    seen: Shards | None = None,
) -> Place | Hold:
    """Return a place for a device that asks for its first attempt or for another, or what keeps it out.

    A first look may guess a shard without reading any; `is_second_look` says that such a guess was wrong, or that there
    is to be none. `seen` are all counter shards, when they were read already.
    """
    if row.asked is not None:
        has_cap = deployment.steering.most_in_flight is not None
        return _place_again(service, deployment, row, seen) if has_cap else Place(row)
    if not deployment.is_limited:
        return Place(row)
    if deployment.is_known_full:
        return _full(deployment)
    if not deployment.steering.has_plan:
        row = replace(row, phase=deployment.open_phase)
    room = _room(deployment)
    if seen is None and (is_second_look or not _is_worth_a_guess(deployment, row, room)):
        seen = _all(service, deployment)
    return _first_place(deployment, row, room, seen, now)


def _is_worth_a_guess(deployment: Deployment, row: DeviceDeployment, room: _Room) -> bool:
    """Tell whether to read no shard, and take it that the row's own has room: the write fails if it has none.

    Where places are mostly taken, writes that fail would cost more than reading the shards.
    """
    has_part = room.admitted is None or quota(room.admitted, row.shard, room.shards) > 0
    return not deployment.steering.is_bounded and has_part


def _first_place(
    deployment: Deployment, row: DeviceDeployment, room: _Room, seen: Shards | None, now: datetime
) -> Place | Hold:
    """Find room, in the row's own shard first."""
    counted = read_shards(seen or ())
    tallies = [counted.get(shard, Tally()) for shard in range(deployment.shards)]
    parts = room.parts(tallies, row.phase)
    in_turn = ((row.shard + step) % deployment.shards for step in range(deployment.shards))
    free = (
        shard
        for shard in in_turn
        if parts[shard].is_free_in(tallies[shard]) and room.has_turn(shard, tallies[shard], now)
    )
    shard = next(free, None)
    if shard is None:
        return _why_full(deployment, room, tallies, now)
    turn = room.take_turn(shard, tallies[shard], now)
    return Place(replace(row, shard=shard), replace(parts[shard], turn=turn))


def _place_again(service: Service, deployment: Deployment, row: DeviceDeployment, seen: Shards | None) -> Place | Hold:
    """Find room for another attempt: only in the shard that counts the row."""
    part = _room(deployment).part_again(row.shard)
    shard = _one(service, row) if seen is None else read_shards(seen).get(row.shard, Tally())
    return Place(row, part) if part.is_free_in(shard) else Hold(Reason.IN_FLIGHT_REACHED)


def _one(service: Service, row: DeviceDeployment) -> Tally:
    key = keys.counter_shard(row.workspace, row.deployment_id, row.shard)
    stored = service.table.get(key)
    return read_tally([Record(key, stored)] if stored else [])


def say_full(deployment: Deployment) -> Update:
    """Note in the head that the open phases are full: until another opens, no poll needs to read the shards."""
    seen = AllOf((Equal("open_phase", deployment.open_phase), Below("full_phase", deployment.open_phase)))
    return Update(head_key(deployment), set={"full_phase": deployment.open_phase}, add={"rev": 1}, condition=seen)


def _room(deployment: Deployment) -> _Room:
    steering = deployment.steering
    return _Room(deployment.shards, deployment.capacity, steering.most_in_flight, steering.per_minute)


def _full(deployment: Deployment) -> Hold:
    return Hold(Reason.FULL if deployment.is_exhausted else Reason.PHASE_FULL)


def _why_full(deployment: Deployment, room: _Room, tallies: Sequence[Tally], now: datetime) -> Hold:
    """Return the limit that leaves no place; of several the one that lasts longest."""
    tally = add_up(tallies)
    if room.admitted is not None and tally[ADMITTED] >= room.admitted:
        return _full(deployment)
    if room.per_minute is None:
        return Hold(Reason.IN_FLIGHT_REACHED)
    until = _next_turn(room, tallies)
    if until is not None and until <= now:
        return Hold(Reason.IN_FLIGHT_REACHED)
    return Hold(Reason.PACE_REACHED, until, time_for(room.per_minute, _waiting(deployment, tally)))


def _next_turn(room: _Room, tallies: Sequence[Tally]) -> datetime | None:
    """Return when the pace lets in another device by a shard that may still let some in."""
    with_room = (
        part.quota is None or seen[ADMITTED] < part.quota
        for part, seen in zip(room.parts(tallies, None), tallies, strict=True)
    )
    turns = (room.next_turn(shard, tallies[shard]) for shard, has_room in enumerate(with_room) if has_room)
    return min(filter(None, turns), default=None)


def _waiting(deployment: Deployment, tally: Tally) -> int:
    """Return about how many devices of the open phases have yet to be let in."""
    invited = sum(phase.size for phase in deployment.phases[: deployment.open_phase + 1])
    most = min(filter(None, (invited, deployment.most_devices)), default=0)
    return max(most - tally[ADMITTED], 0)


def _all(service: Service, deployment: Deployment) -> Shards:
    return read_all(service.table, keys.counter_shards(deployment.workspace, deployment.id))
