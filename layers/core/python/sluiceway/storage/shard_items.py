"""Counter shards: every change of a row moves exactly one of them, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from sluiceway.domain.counters import ADMITTED, IN_FLIGHT, Tally, add_up, let_in, movement
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.pace import Batch, LastMinute
from sluiceway.storage import keys
from sluiceway.storage.moments import from_microseconds, from_milliseconds, to_microseconds, to_milliseconds
from sluiceway.storage.table import Absent, AllOf, AnyOf, Below, Check, Condition, Equal, Item, Record, Update, Write

_FENCE = "fence"
_FINAL_AT, _TURNED_AWAY_AT = "final_at", "unasked_at"
_LAST_MINUTE = "minute"
_NO_COUNTERS = frozenset({_FENCE, _FINAL_AT, _TURNED_AWAY_AT, _LAST_MINUTE})


@dataclass(frozen=True, slots=True)
class PaceTurn:
    """Lets one device in under a pace, unless somebody else was let in since the shard was read."""

    let_in: int
    """How many the shard had let in."""
    last_minute: LastMinute
    """What the shard remembers of the last minute from now on."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Lets one device work on a deployment, on conditions; None is no condition."""

    phase: int | None
    """In which it is let in; None for who was let in before, and makes another attempt."""
    quota: int | None = None
    """The shard has let in fewer than that."""
    most_in_flight: int | None = None
    """Fewer than that work on it."""
    turn: PaceTurn | None = None
    """Where there is a pace."""

    def is_free_in(self, shard: Tally) -> bool:
        """Tell whether the shard as it was read meets the conditions."""
        has_room = self.quota is None or shard[ADMITTED] < self.quota
        return has_room and (self.most_in_flight is None or shard[IN_FLIGHT] < self.most_in_flight)


def count(
    before: DeviceDeployment, after: DeviceDeployment, *, offered_bytes: int = 0, admission: Admission | None = None
) -> tuple[Write, ...]:
    """Move the counters of the row's shard. A fenced shard takes no change but from one final status to another."""
    key = keys.counter_shard(after.workspace, after.deployment_id, after.shard)
    moved = movement(before, after, offered_bytes)
    if admission and admission.phase is not None:
        moved |= {ADMITTED: 1, let_in(admission.phase): 1}
    if before.status.is_final and after.status.is_final:
        return (Update(key, add=moved),) if moved else ()
    if not moved:
        return (Check(key, Absent(_FENCE)),)
    last = _TURNED_AWAY_AT if after.asked is None else _FINAL_AT
    ended = {last: to_milliseconds(after.finished)} if after.finished else {}
    remembered = {_LAST_MINUTE: _minute_item(admission.turn.last_minute)} if admission and admission.turn else {}
    takes_part = admission if after.is_in_flight else _without_cap(admission)
    return (Update(key, set={**ended, **remembered}, add=moved, condition=_takes(takes_part)),)


def _without_cap(admission: Admission | None) -> Admission | None:
    """Take the cap away for who ends with the same write: it never works on it."""
    return admission and replace(admission, most_in_flight=None)


def _takes(admission: Admission | None) -> Condition:
    limits = ((ADMITTED, admission.quota), (IN_FLIGHT, admission.most_in_flight)) if admission else ()
    has_room = (AnyOf((Absent(name), Below(name, limit))) for name, limit in limits if limit is not None)
    conditions: tuple[Condition, ...] = (Absent(_FENCE), *has_room)
    if admission and admission.turn:
        conditions = (*conditions, _still(admission.turn.let_in))
    return AllOf(conditions) if len(conditions) > 1 else conditions[0]


def _still(let_in: int) -> Condition:
    return Equal(ADMITTED, let_in) if let_in else Absent(ADMITTED)


def fence(workspace: str, deployment_id: str, shard: int) -> Update:
    """Close a shard for ever: a report commits before this, or never."""
    return Update(keys.counter_shard(workspace, deployment_id, shard), set={_FENCE: True})


def read_tally(records: Sequence[Record]) -> Tally:
    """Add up the shards of one deployment."""
    return add_up(_read_shard(record.item) for record in records)


def read_shards(records: Sequence[Record]) -> dict[int, Tally]:
    """Return each shard by its number; one that was never counted in is not there."""
    return {keys.shard_number(record.key): _read_shard(record.item) for record in records}


def _minute_item(last_minute: LastMinute) -> Sequence[int]:
    """Return moments and numbers in turn: a poll reads that of every shard."""
    return [part for batch in last_minute for part in (to_microseconds(batch.since), batch.devices)]


def _read_minute(stored: Sequence[int]) -> LastMinute:
    return tuple(
        Batch(from_microseconds(since), devices) for since, devices in zip(stored[::2], stored[1::2], strict=True)
    )


def _read_shard(item: Item) -> Tally:
    stored = cast("Mapping[str, int]", item)
    counts = {name: value for name, value in stored.items() if name not in _NO_COUNTERS}
    final_at, turned_away_at = (
        from_milliseconds(stored[name]) if name in stored else None for name in (_FINAL_AT, _TURNED_AWAY_AT)
    )
    last_minute = _read_minute(cast("Sequence[int]", item.get(_LAST_MINUTE, ())))
    return Tally(counts, final_at, turned_away_at, last_minute)
