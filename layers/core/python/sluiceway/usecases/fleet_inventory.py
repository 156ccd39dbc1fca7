"""All that is known of the devices of a workspace: one of them, or what a search finds (mender contract 7).

A search reads the list of devices and the inventories of all it may find, and looks through them in memory: some 2 KB a
device. It costs nothing to write an attribute that nobody searches for, and every attribute can be searched for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sluiceway.domain.device import Device, DeviceEntry
from sluiceway.domain.errors import Invalid, NotFound
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.domain.inventory_search import (
    CHECK_IN_TIME,
    GROUP,
    DeviceInventory,
    Operator,
    Order,
    Place,
    Term,
    count_attributes,
    has_words,
    matches,
    ordered,
)
from sluiceway.storage import keys
from sluiceway.storage.device_items import read_device, read_entry
from sluiceway.storage.inventory_items import read_inventory
from sluiceway.storage.paging import read_all, read_all_of
from sluiceway.storage.table import Item, Key, Query
from sluiceway.usecases.devices import count_devices
from sluiceway.usecases.groups import members_of
from sluiceway.usecases.list_devices import first_entries
from sluiceway.usecases.service import Service

MOST_SEARCHED = 50_000
"""Devices that one search looks through: some 100 MB."""


@dataclass(frozen=True, slots=True)
class Search:
    """What to find: devices that meet all terms, have all words, and are among the ids, when there are any."""

    terms: tuple[Term, ...] = ()
    orders: tuple[Order, ...] = ()
    ids: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def group(self) -> str | None:
        """The one group that everything found is in, None when it may be in any or none."""
        named = [term for term in self.terms if term.place == GROUP and term.operator is Operator.EQUAL]
        return str(named[0].operand) if named else None

    @property
    def needs_contacts(self) -> bool:
        """Whether it asks when devices last called, which the list of devices does not say."""
        places = [*(term.place for term in self.terms), *(order.place for order in self.orders)]
        return CHECK_IN_TIME in places

    @property
    def is_everything(self) -> bool:
        """Whether it finds all devices, in the order of their list."""
        return self == Search()


def get_inventory(service: Service, workspace: str, device_id: str) -> DeviceInventory:
    """Read what is known of one device. Raises NotFound."""
    found = _named(service, workspace, [device_id])
    if not found:
        raise NotFound(f"device {device_id}")
    (inventory,) = _with_contacts(service, workspace, found)
    return inventory


def search(
    service: Service, workspace: str, wanted: Search, *, offset: int, limit: int
) -> tuple[list[DeviceInventory], int]:
    """Return a page of what is found, and how much that is. Raises Invalid when there is too much to look through."""
    if wanted.is_everything:
        entries = first_entries(service, workspace, frozenset(), offset + limit)[offset:]
        page = _described(service, workspace, entries)
        return _with_contacts(service, workspace, page), count_devices(service, workspace)
    found = _find(service, workspace, wanted)
    page = ordered(found, wanted.orders)[offset : offset + limit]
    return (page if wanted.needs_contacts else _with_contacts(service, workspace, page)), len(found)


def find_ids(service: Service, workspace: str, wanted: Search) -> list[str]:
    """Return the ids of all that is found, in no order. Raises Invalid as `search`."""
    return [device.id for device in _find(service, workspace, wanted)]


def _find(service: Service, workspace: str, wanted: Search) -> list[DeviceInventory]:
    searched = _searched(service, workspace, wanted)
    if wanted.needs_contacts:
        searched = _with_contacts(service, workspace, searched)
    return [device for device in searched if matches(device, wanted.terms) and has_words(device, wanted.words)]


def known_attributes(service: Service, workspace: str) -> list[tuple[Place, int]]:
    """Return every attribute that a search may name, and how many devices have it, the commonest first."""
    return count_attributes(_everybody(service, workspace))


def _searched(service: Service, workspace: str, wanted: Search) -> list[DeviceInventory]:
    if wanted.ids:
        return _named(service, workspace, wanted.ids)
    if wanted.group is not None:
        return _named(service, workspace, members_of(service, workspace, wanted.group, MOST_SEARCHED))
    return _everybody(service, workspace)


def _everybody(service: Service, workspace: str) -> list[DeviceInventory]:
    size = count_devices(service, workspace)
    if size > MOST_SEARCHED:
        raise Invalid(f"{size} devices are too many to look through: name a group, or up to {MOST_SEARCHED} device_ids")
    entries = [read_entry(r.item) for r in read_all(service.table, Query(keys.device_directory(workspace)))]
    stored = _all_inventories(service, workspace)
    return [read_inventory(entry, stored.get(keys.inventory(workspace, entry.device_id))) for entry in entries]


def _all_inventories(service: Service, workspace: str) -> dict[Key, Item]:
    queries = [Query(keys.inventory_shard(workspace, shard)) for shard in range(keys.INVENTORY_SHARDS)]
    return {record.key: record.item for record in read_all_of(service.table, queries)}


def _named(service: Service, workspace: str, device_ids: Sequence[str]) -> list[DeviceInventory]:
    """Read the devices of these ids that exist, in the order of the list of devices."""
    possible = [device_id for device_id in device_ids if is_possible_id(device_id)]
    heads = _heads(service, workspace, possible)
    listed = [keys.device_entry(workspace, head.status, head.id) for head in heads.values()]
    found = service.table.get_many(listed)
    return _described(service, workspace, [read_entry(item) for _, item in sorted(found.items())])


def _described(service: Service, workspace: str, entries: Sequence[DeviceEntry]) -> list[DeviceInventory]:
    places = [keys.inventory(workspace, entry.device_id) for entry in entries]
    stored = service.table.get_many(places)
    return [read_inventory(entry, stored.get(place)) for entry, place in zip(entries, places, strict=True)]


def _with_contacts(service: Service, workspace: str, devices: Sequence[DeviceInventory]) -> list[DeviceInventory]:
    heads = _heads(service, workspace, [device.id for device in devices])
    return [device.seen(heads[device.id].last_seen) if device.id in heads else device for device in devices]


def _heads(service: Service, workspace: str, device_ids: Sequence[str]) -> Mapping[str, Device]:
    stored = service.table.get_many([keys.device(workspace, device_id) for device_id in device_ids])
    heads = (read_device(workspace, item) for item in stored.values())
    return {head.id: head for head in heads}
