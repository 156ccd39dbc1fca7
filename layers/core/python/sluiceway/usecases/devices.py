"""Reading devices, and making one known before it first asks (mender contract 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.device import AuthSet, AuthStatus, Device, KnownDevice, with_key, with_status
from sluiceway.domain.errors import NotFound
from sluiceway.domain.fleet import FLEET_SHARDS
from sluiceway.domain.identity import canonical_identity
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.device_items import device_key
from sluiceway.storage.fleet_items import read_fleet_shard
from sluiceway.storage.table import Equal, Query, Update, Write
from sluiceway.usecases.known_devices import (
    Ground,
    decision_writes,
    load_auth_sets,
    load_device,
    load_known_device,
    new_device_writes,
)
from sluiceway.usecases.service import Service
from sluiceway.usecases.signatures import read_public_key, to_pem


@dataclass(frozen=True, slots=True)
class Preauthorization:
    """A device that is expected: its identity as JSON text and its key. `force` also turns the key of a known one."""

    identity: str
    public_key: str
    force: bool = False


def get_device(service: Service, workspace: str, device_id: str) -> KnownDevice:
    """Read a device with all its keys. Raises NotFound."""
    known, _ = load_known_device(service, workspace, device_id)
    return known


def auth_status(service: Service, workspace: str, device_id: str, auth_set_id: str) -> AuthStatus:
    """Return the status of one key. Raises NotFound."""
    device = load_device(service, workspace, device_id)
    sets = load_auth_sets(service, device) if device else ()
    found = next((auth_set.status for auth_set in sets if auth_set.id == auth_set_id), None)
    if found is None:
        raise NotFound(f"authentication set {auth_set_id} of device {device_id}")
    return found


def count_devices(service: Service, workspace: str, status: AuthStatus | None = None) -> int:
    """Count the devices, with a status those that have it, in one read."""
    shards = [keys.fleet_shard_item(workspace, number).sk for number in range(FLEET_SHARDS)]
    found = service.table.query(Query(keys.fleet(workspace), first=shards[0], last=shards[-1]))
    counts = [read_fleet_shard(record.item).counts for record in found.records]
    return sum(count[each] for count in counts for each in ([status] if status else AuthStatus))


def end_tokens(service: Service, workspace: str, token_id: str) -> None:
    """End all tokens of the device that one was given to; a device's tokens are called after its key.

    It may ask for a new one at once, if its key is accepted. Raises NotFound.
    """
    commit(service.table, lambda: (None, _ending(service, workspace, token_id)))


def preauthorize(service: Service, workspace: str, new: Preauthorization, now: datetime) -> str | KnownDevice:
    """Make a device known whose key is accepted when it first asks, and return its id.

    A device with this identity that is known already is returned instead, unless `force` is set: then the key becomes
    its only good one, accepted at once if the device was. Raises Invalid.
    """
    identity, public_key = canonical_identity(new.identity), to_pem(read_public_key(new.public_key))
    expected = Preauthorization(identity, public_key, new.force)
    return commit(service.table, lambda: _plan(service, workspace, expected, now))


def _ending(service: Service, workspace: str, token_id: str) -> list[Write]:
    pointer = service.table.get(keys.auth_set_pointer(workspace, token_id))
    device = load_device(service, workspace, str(pointer["device"])) if pointer else None
    if device is None:
        raise NotFound(f"token {token_id}")
    return [Update(device_key(device), add={"ep": 1, "rev": 1}, condition=Equal("rev", device.rev))]


def _plan(
    service: Service, workspace: str, expected: Preauthorization, now: datetime
) -> tuple[str | KnownDevice, list[Write]]:
    guard = service.table.get(keys.identity(workspace, expected.identity))
    if guard is None:
        return _unknown(service, workspace, expected, now)
    known, ground = load_known_device(service, workspace, str(guard["device"]))
    if not expected.force:
        return known, []
    return known.device.id, _turn_key(service, known, expected.public_key, ground, now)


def _unknown(service: Service, workspace: str, expected: Preauthorization, now: datetime) -> tuple[str, list[Write]]:
    device = Device(workspace, service.new_id(), AuthStatus.NOAUTH, created=now, updated=now)
    auth_set = AuthSet(service.new_id(), device.id, expected.public_key, AuthStatus.PREAUTHORIZED, now)
    return device.id, new_device_writes(with_key(KnownDevice(device, expected.identity), auth_set, now))


def _turn_key(service: Service, known: KnownDevice, public_key: str, ground: Ground, now: datetime) -> list[Write]:
    """Make a key the good one of a device and reject what was accepted or preauthorized before."""
    wanted = AuthStatus.ACCEPTED if known.device.is_accepted else AuthStatus.PREAUTHORIZED
    there = known.auth_set_of(public_key)
    chosen = there or AuthSet(service.new_id(), known.device.id, public_key, AuthStatus.PENDING, now)
    if chosen.status is wanted:
        return []
    after = known if there else with_key(known, chosen, now)
    expected = [each.id for each in known.auth_sets if each.status is AuthStatus.PREAUTHORIZED]
    statuses = {**dict.fromkeys(expected, AuthStatus.REJECTED), chosen.id: wanted}
    for auth_set_id, status in statuses.items():
        after = with_status(after, auth_set_id, status, now, number=ground.next_number)
    return decision_writes(known, after, ground)
