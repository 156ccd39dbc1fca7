"""Whether a device meets a filter at this moment, which makes it a target of an open deployment (mender contract 8.4).

A poll reads only what the terms ask for, in one batch with the heads of the deployments: what is said of the device,
and for its identity its entry in the list of devices. The rest stands in the device's head.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sluiceway.domain.device import Device, DeviceEntry
from sluiceway.domain.inventory_search import CHECK_IN_TIME, GROUP, ID, STATUS, Scope, Term, matches
from sluiceway.storage import keys
from sluiceway.storage.device_items import read_entry
from sluiceway.storage.inventory_items import read_inventory
from sluiceway.storage.table import Item, Key
from sluiceway.usecases.service import Service

_IN_HEAD = frozenset({ID, STATUS, GROUP, CHECK_IN_TIME})


def evidence_keys(device: Device, terms: Collection[Term]) -> list[Key]:
    """Return where the rest of what the terms ask for stands."""
    asked = {term.place.scope for term in terms if term.place not in _IN_HEAD}
    listed = [_entry_key(device)] if Scope.IDENTITY in asked else []
    said = [_inventory_key(device)] if asked - {Scope.IDENTITY} else []
    return [*listed, *said]


def meets(device: Device, terms: Collection[Term], found: Mapping[Key, Item]) -> bool:
    """Tell whether the device meets all the terms, by items among which its evidence was looked for."""
    if not terms:
        return True
    listed = _entry_key(device)
    if listed in evidence_keys(device, terms) and listed not in found:
        return False  # its status is changing, and its entry is moving, at this moment
    entry = read_entry(found[listed]) if listed in found else _entry_of(device)
    known = read_inventory(entry, found.get(_inventory_key(device))).seen(device.last_seen)
    return matches(known, terms)


def meets_now(service: Service, device: Device, terms: Collection[Term]) -> bool:
    """Read what the terms ask for, and tell whether the device meets them."""
    return meets(device, terms, service.table.get_many(evidence_keys(device, terms)))


def _entry_of(device: Device) -> DeviceEntry:
    """Return the device's entry without its identity."""
    return DeviceEntry(device.id, device.status, "{}", device.created, groups=device.groups)


def _entry_key(device: Device) -> Key:
    return keys.device_entry(device.workspace, device.status, device.id)


def _inventory_key(device: Device) -> Key:
    return keys.inventory(device.workspace, device.id)
