"""Counter shards: every change of a row moves exactly one of them, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sluiceway.domain.counters import ADMITTED, Tally, add_up, let_in, movement
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, AllOf, AnyOf, Below, Check, Condition, Item, Record, Update, Write

_FENCE = "fence"
_FINAL_AT = "final_at"


@dataclass(frozen=True, slots=True)
class Admission:
    """Lets one device in, while its shard has let in fewer than `quota`; None lets in whoever comes."""

    phase: int
    quota: int | None


def count(
    before: DeviceDeployment, after: DeviceDeployment, *, offered_bytes: int = 0, admission: Admission | None = None
) -> tuple[Write, ...]:
    """Move the counters of the row's shard. A fenced shard takes no change but from one final status to another."""
    key = keys.counter_shard(after.workspace, after.deployment_id, after.shard)
    moved = movement(before, after, offered_bytes)
    if admission:
        moved |= {ADMITTED: 1, let_in(admission.phase): 1}
    if before.status.is_final and after.status.is_final:
        return (Update(key, add=moved),) if moved else ()
    if not moved:
        return (Check(key, Absent(_FENCE)),)
    ended = {_FINAL_AT: to_milliseconds(after.finished)} if after.finished else {}
    return (Update(key, set=ended, add=moved, condition=_takes(admission)),)


def _takes(admission: Admission | None) -> Condition:
    if admission is None or admission.quota is None:
        return Absent(_FENCE)
    has_room = AnyOf((Absent(ADMITTED), Below(ADMITTED, admission.quota)))
    return AllOf((Absent(_FENCE), has_room))


def fence(workspace: str, deployment_id: str, shard: int) -> Update:
    """Close a shard for ever: a report commits before this, or never."""
    return Update(keys.counter_shard(workspace, deployment_id, shard), set={_FENCE: True})


def read_tally(records: Sequence[Record]) -> Tally:
    """Add up the shards of one deployment."""
    return add_up(_read_shard(record.item) for record in records)


def read_shards(records: Sequence[Record]) -> dict[int, Tally]:
    """Return each shard by its number; one that was never counted in is not there."""
    return {keys.shard_number(record.key): _read_shard(record.item) for record in records}


def _read_shard(item: Item) -> Tally:
    stored = cast("Mapping[str, int]", item)
    counts = {name: value for name, value in stored.items() if name not in {_FENCE, _FINAL_AT}}
    final_at = from_milliseconds(stored[_FINAL_AT]) if _FINAL_AT in stored else None
    return Tally(counts, final_at, fenced=_FENCE in stored)
