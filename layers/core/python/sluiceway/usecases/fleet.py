"""Who is accepted at this moment, in one read and without listing anybody (data model 3.2)."""

from __future__ import annotations

from typing import cast

from sluiceway.domain.fleet import FLEET_SHARDS
from sluiceway.storage import keys
from sluiceway.storage.table import Query
from sluiceway.usecases.service import Service


def accepted_now(service: Service, workspace: str) -> tuple[int, tuple[int, ...]]:
    """Return how many devices are accepted, and the cut of the fleet that tells who they are."""
    shards = [keys.fleet_shard_item(workspace, number) for number in range(FLEET_SHARDS)]
    found = service.table.query(Query(keys.fleet(workspace), first=shards[0].sk, last=shards[-1].sk))
    items = {record.key: record.item for record in found.records}
    numbers = [cast("int", items.get(key, {}).get("seq", 0)) for key in shards]
    accepted = [cast("int", items.get(key, {}).get("accepted", 0)) for key in shards]
    return sum(accepted), tuple(numbers)
