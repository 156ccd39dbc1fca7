"""Who is accepted at this moment, in one read and without listing anybody (data model 3.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from sluiceway.domain.device import DeviceEntry, KnownDevice
from sluiceway.domain.fleet import FLEET_SHARDS
from sluiceway.storage import keys
from sluiceway.storage.device_items import read_device, read_entry
from sluiceway.storage.paging import read_all
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


def targets_of_cut(service: Service, workspace: str, size: int, is_target: Callable[[DeviceEntry], bool]) -> list[str]:
    """Return the ids of the devices that a cut of so many devices names, those that were removed since among them."""
    directory = read_all(service.table, Query(keys.device_directory(workspace)))
    targets = [entry.device_id for entry in (read_entry(record.item) for record in directory) if is_target(entry)]
    return targets if len(targets) >= size else [*targets, *_gone_targets(service, workspace, is_target)]


def _gone_targets(service: Service, workspace: str, is_target: Callable[[DeviceEntry], bool]) -> list[str]:
    marks = read_all(service.table, keys.gone_devices(workspace))
    gone = (KnownDevice(read_device(workspace, record.item), "{}").entry for record in marks)
    return [entry.device_id for entry in gone if is_target(entry)]
