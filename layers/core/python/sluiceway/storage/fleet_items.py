"""The shards that count the devices of a workspace and number each join and leave of acceptance (data model 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from sluiceway.domain.device import AuthStatus
from sluiceway.storage.table import Absent, Condition, Equal, Item, Key, Update


class FleetShard(NamedTuple):
    """The number of the shard's last join or leave, and how many of its devices have each status."""

    number: int
    counts: Mapping[AuthStatus, int]


def read_fleet_shard(stored: Item | None) -> FleetShard:
    """Return a shard; it comes into being with its first device."""
    item = cast("Mapping[str, Any]", stored or {})
    return FleetShard(item.get("seq", 0), {status: item.get(status, 0) for status in AuthStatus})


def move_device(
    key: Key, shard: FleetShard, before: AuthStatus | None, after: AuthStatus | None, *, numbered: bool
) -> Update | None:
    """Count a device under another status, None when it keeps it; a device without a status is not there.

    With `numbered` the change is a join or a leave: it takes the number after the shard's, if nobody else has.
    """
    if before is after:
        return None
    counts = {str(status): by for status, by in ((before, -1), (after, 1)) if status}
    if not numbered:
        return Update(key, add=counts)
    return Update(key, add={**counts, "seq": 1}, condition=_still_at(shard.number))


def _still_at(number: int) -> Condition:
    return Equal("seq", number) if number else Absent("seq")
