"""Who is accepted at this moment, in one read and without listing anybody (data model 3.2)."""

from __future__ import annotations

from typing import cast

from sluiceway.domain.fleet import FLEET_SHARDS, Cut
from sluiceway.storage import keys
from sluiceway.storage.device_items import read_device, read_entry
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query
from sluiceway.usecases.service import Service


def accepted_now(service: Service, workspace: str) -> tuple[int, Cut]:
    """Return how many devices are accepted, and the cut of the fleet that tells who they are."""
    shards = [keys.fleet_shard_item(workspace, number) for number in range(FLEET_SHARDS)]
    found = service.table.query(Query(keys.fleet(workspace), first=shards[0].sk, last=shards[-1].sk))
    items = {record.key: record.item for record in found.records}
    numbers = [cast("int", items.get(key, {}).get("seq", 0)) for key in shards]
    accepted = [cast("int", items.get(key, {}).get("accepted", 0)) for key in shards]
    return sum(accepted), Cut(tuple(numbers))


def targets_of_cut(service: Service, workspace: str, size: int, cut: Cut) -> list[str]:
    """Return the ids of the devices that a cut of so many devices names, those that were removed since among them."""
    directory = read_all(service.table, Query(keys.device_directory(workspace)))
    targets = [entry.device_id for entry in (read_entry(record.item) for record in directory) if entry.was_in(cut)]
    return targets if len(targets) >= size else [*targets, *_gone_targets(service, workspace, cut)]


def _gone_targets(service: Service, workspace: str, cut: Cut) -> list[str]:
    marks = read_all(service.table, keys.gone_devices(workspace))
    gone = (read_device(workspace, record.item) for record in marks)
    return [device.id for device in gone if device.was_in(cut)]
