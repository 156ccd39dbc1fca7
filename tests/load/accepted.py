"""Devices that an operator accepted one after the other, put into the table together: the same items in less time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sluiceway.domain.device import AuthSet, AuthStatus, Device, KnownDevice
from sluiceway.domain.fleet import Membership
from sluiceway.storage import keys
from sluiceway.storage.table import Key, Put, Record, Table
from sluiceway.usecases.credentials import DeviceCredentials
from sluiceway.usecases.known_devices import new_device_writes
from sluiceway.usecases.ports import Claims
from tests.support.app import NOW
from tests.support.fleet import WORKSPACE


class Ids(NamedTuple):
    """Of a device and of its key."""

    device: str
    key: str


def accept_together(table: Table, fleet: Sequence[Ids]) -> list[Claims]:
    """Put accepted devices where there were none, and return what each one's token says."""
    joins: Counter[Key] = Counter()
    claims = []
    for ids in fleet:
        shard = keys.fleet_shard_key(WORKSPACE, ids.device)
        joins[shard] += 1
        known = _accepted(ids, joins[shard])
        table.put_many([Record(put.key, put.item) for put in new_device_writes(known) if isinstance(put, Put)])
        claims.append(DeviceCredentials(WORKSPACE, ids.device, ids.key, known.device.epoch).to_claims())
    table.put_many([Record(shard, _counting(devices)) for shard, devices in joins.items()])
    return claims


def _accepted(ids: Ids, number: int) -> KnownDevice:
    """Return a device as it is after the one change since it was made, which its fleet shard gave this number."""
    status, rev = AuthStatus.ACCEPTED, 1
    joined = Membership(number)
    device = Device(
        WORKSPACE, ids.device, status, created=NOW, updated=NOW, accepted=ids.key, membership=joined, rev=rev
    )
    key = AuthSet(ids.key, ids.device, "PEM", status, NOW, rev)
    return KnownDevice(device, f'{{"mac":"{ids.device}"}}', (key,))


def _counting(devices: int) -> dict[str, int]:
    return {AuthStatus.PENDING: 0, AuthStatus.ACCEPTED: devices, "seq": devices}
