"""The devices of a workspace, a page at a time (mender contract 6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sluiceway.domain.device import AuthStatus, DeviceEntry, KnownDevice
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.auth_set_items import read_auth_set
from sluiceway.storage.device_items import read_device, read_entry
from sluiceway.storage.table import LAST_SORT_KEY, Item, Key, Query
from sluiceway.usecases.service import Service

MOST_AT_ONCE = 10_000
"""Above what a page of DynamoDB holds of these; a caller may ask for a page number of 64 bits, a query takes 32."""


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices; without statuses those of every status, without ids all."""

    statuses: frozenset[AuthStatus] = frozenset()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DevicePage:
    """Devices by status, then id; `more` tells whether others come after them."""

    devices: tuple[KnownDevice, ...]
    more: bool


def list_devices(service: Service, workspace: str, wanted: DeviceFilter, *, offset: int, limit: int) -> DevicePage:
    """Read one page. What lies before it is read as well, from the directory: 300 bytes a device."""
    end = offset + limit
    if wanted.ids:
        entries = _entries_of_ids(service, workspace, wanted)
    else:
        entries = first_entries(service, workspace, wanted.statuses, end + 1)
    return DevicePage(_load(service, workspace, entries[offset:end]), more=len(entries) > end)


def first_entries(service: Service, workspace: str, statuses: frozenset[AuthStatus], count: int) -> list[DeviceEntry]:
    """Read the first devices of the list, with statuses those that have one of them."""
    everything = Query(keys.device_directory(workspace))
    ranges = [replace(everything, first=f"{status}#", last=f"{status}#{LAST_SORT_KEY}") for status in sorted(statuses)]
    entries: list[DeviceEntry] = []
    for query in ranges or [everything]:
        if len(entries) < count:
            entries += _first_of(service, query, count - len(entries))
    return entries


def _first_of(service: Service, query: Query, count: int) -> list[DeviceEntry]:
    page = service.table.query(replace(query, limit=min(count, MOST_AT_ONCE)))
    records = list(page.records)
    while page.after and len(records) < count:
        limit = min(count - len(records), MOST_AT_ONCE)
        page = service.table.query(replace(query, after=page.after, limit=limit))
        records += page.records
    return [read_entry(record.item) for record in records]


def _entries_of_ids(service: Service, workspace: str, wanted: DeviceFilter) -> list[DeviceEntry]:
    """Look the named devices up one by one: there are fewer of them than of all."""
    possible = [device_id for device_id in wanted.ids if is_possible_id(device_id)]
    heads = service.table.get_many([keys.device(workspace, device_id) for device_id in possible])
    devices = [read_device(workspace, item) for item in heads.values()]
    listed = [device for device in devices if device.status in wanted.statuses or not wanted.statuses]
    found = service.table.get_many([keys.device_entry(workspace, each.status, each.id) for each in listed])
    return [read_entry(item) for _, item in sorted(found.items())]


def _load(service: Service, workspace: str, entries: Sequence[DeviceEntry]) -> tuple[KnownDevice, ...]:
    found = service.table.get_many([key for entry in entries for key in _keys(workspace, entry)])
    loaded = (_known(found, workspace, entry) for entry in entries)
    return tuple(known for known in loaded if known)


def _keys(workspace: str, entry: DeviceEntry) -> list[Key]:
    sets = [keys.auth_set(workspace, entry.device_id, auth_set_id) for auth_set_id in entry.auth_sets]
    return [keys.device(workspace, entry.device_id), *sets]


def _known(found: dict[Key, Item], workspace: str, entry: DeviceEntry) -> KnownDevice | None:
    """Put a device together, None when it was removed since the directory was read."""
    head_key, *set_keys = _keys(workspace, entry)
    if head_key not in found:
        return None
    device = read_device(workspace, found[head_key])
    auth_sets = tuple(read_auth_set(found[key]) for key in set_keys if key in found)
    return KnownDevice(device, entry.identity, auth_sets)
