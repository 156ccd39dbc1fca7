"""A device asks for a token, and is known from then on (mender contract 9.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sluiceway.domain.device import AuthSet, AuthStatus, Device, KnownDevice, with_key, with_status
from sluiceway.domain.errors import DeviceLimitReached, Invalid, Unauthenticated
from sluiceway.domain.identity import canonical_identity
from sluiceway.storage import keys
from sluiceway.storage.auth_set_items import auth_set_key
from sluiceway.storage.commit import commit
from sluiceway.storage.moments import to_milliseconds
from sluiceway.storage.table import Present, Update, Write
from sluiceway.usecases.credentials import DEVICES, TOKEN_LIFE, DeviceCredentials
from sluiceway.usecases.device_limit import limit_writes
from sluiceway.usecases.known_devices import (
    decision_writes,
    load_auth_sets,
    load_device,
    load_ground,
    new_device_writes,
)
from sluiceway.usecases.service import Service
from sluiceway.usecases.signatures import check_signature, read_public_key, to_pem

MOST_AUTH_SETS = 100
"""Keys of one device; another one is refused until an operator deletes some."""
_TOUCH_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """What a device sent; `body` is what it signed, byte for byte.

    `tenant_token` is the id of a workspace; when it is empty, the first workspace is meant.
    """

    identity: str
    public_key: str
    tenant_token: str
    signature: str | None
    body: bytes


def request_token(service: Service, request: AuthRequest, now: datetime) -> str:
    """Return a token for an accepted device; remember what was not seen before, for an operator to decide about.

    Raises Invalid for a malformed request and Unauthenticated for a wrong signature: both leave nothing behind.
    Raises Unauthenticated as well while the device is not accepted.
    """
    identity = canonical_identity(request.identity)
    key = read_public_key(request.public_key)
    if not request.signature:
        raise Invalid("missing request signature header")
    check_signature(key, request.signature, request.body)
    workspace = _workspace_of(service, request.tenant_token)
    accepted = commit(service.table, lambda: _plan(service, workspace, identity, to_pem(key), now))
    if accepted is None:
        raise Unauthenticated("dev auth: unauthorized")
    return service.tokens.sign(accepted.to_claims(), audience=DEVICES, issued=now, expires=now + TOKEN_LIFE)


def _workspace_of(service: Service, tenant_token: str) -> str:
    try:
        key = keys.workspace(tenant_token) if tenant_token else keys.default_workspace()
    except Invalid as impossible:
        raise Unauthenticated("dev auth: unauthorized") from impossible
    found = service.table.get(key)
    if found is None:
        raise Unauthenticated("dev auth: unauthorized")
    return str(found["ws"])


def _plan(
    service: Service, workspace: str, identity: str, public_key: str, now: datetime
) -> tuple[DeviceCredentials | None, list[Write]]:
    guard = service.table.get(keys.identity(workspace, identity))
    device = load_device(service, workspace, str(guard["device"])) if guard else None
    if device is None:
        return None, new_device_writes(_first_seen(service, workspace, identity, public_key, now))
    known = KnownDevice(device, identity, load_auth_sets(service, device))
    auth_set = known.auth_set_of(public_key)
    if auth_set is None:
        return None, _new_key_writes(service, known, public_key, now)
    if auth_set.status is AuthStatus.PREAUTHORIZED:
        return _accept(service, known, auth_set, now)
    is_accepted = auth_set.status is AuthStatus.ACCEPTED
    return _credentials(device, auth_set) if is_accepted else None, _touch(device, auth_set, now)


def _first_seen(service: Service, workspace: str, identity: str, public_key: str, now: datetime) -> KnownDevice:
    device = Device(workspace, service.new_id(), AuthStatus.NOAUTH, created=now, updated=now)
    return with_key(KnownDevice(device, identity), _pending(service, device, public_key, now), now)


def _pending(service: Service, device: Device, public_key: str, now: datetime) -> AuthSet:
    return AuthSet(service.new_id(), device.id, public_key, AuthStatus.PENDING, now)


def _new_key_writes(service: Service, known: KnownDevice, public_key: str, now: datetime) -> list[Write]:
    if len(known.auth_sets) >= MOST_AUTH_SETS:
        return []
    after = with_key(known, _pending(service, known.device, public_key, now), now)
    return decision_writes(known, after, load_ground(service, known.device))


def _accept(
    service: Service, known: KnownDevice, auth_set: AuthSet, now: datetime
) -> tuple[DeviceCredentials, list[Write]]:
    """Accept what an operator accepted beforehand. Raises Unauthenticated while the workspace is full."""
    ground = load_ground(service, known.device)
    after = with_status(known, auth_set.id, AuthStatus.ACCEPTED, now, number=ground.next_number)
    try:
        within_limit = limit_writes(service, known.device, after.device, ground.limit)
    except DeviceLimitReached as full:
        raise Unauthenticated(f"dev auth: unauthorized: {full}") from full
    return _credentials(after.device, auth_set), [*decision_writes(known, after, ground), *within_limit]


def _touch(device: Device, auth_set: AuthSet, now: datetime) -> list[Write]:
    """Note when the key was last used, once an hour: a device that waits for approval asks every few minutes."""
    if now - auth_set.updated < _TOUCH_EVERY:
        return []
    seen = {"ts": to_milliseconds(now)}
    return [Update(auth_set_key(device.workspace, auth_set), set=seen, condition=Present())]


def _credentials(device: Device, auth_set: AuthSet) -> DeviceCredentials:
    return DeviceCredentials(device.workspace, device.id, auth_set.id, device.epoch)
