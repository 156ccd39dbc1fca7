"""Which device that takes workflows is calling (losant contract 5.1, 6.2).

A device shows an access key and its secret once, and a token from then on. A token is good while the key is there and
admits the device: who is kept out by either is refused on its next call.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sluiceway.domain.access_key import AccessKey
from sluiceway.domain.errors import NoSuchRecord, Unauthenticated
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.domain.workflow_device import WorkflowDevice
from sluiceway.storage import keys
from sluiceway.storage.access_key_items import AccessKeyPlace, read_access_key, read_place
from sluiceway.storage.table import Item
from sluiceway.storage.workflow_device_items import note_contact, read_workflow_device
from sluiceway.usecases.notes import write_note
from sluiceway.usecases.ports import Audience, Claims
from sluiceway.usecases.service import Service

DEVICES = Audience("Losant", "devices")
"""Nobody but us checks what its issuer is called."""
DEFAULT_TOKEN_LIFE = timedelta(days=1)
_FOR_EVER = timedelta(days=100 * 365)
_WORKSPACE = "ws"
_KEY = "key"


@dataclass(frozen=True, slots=True)
class DeviceProof:
    """What a device shows to be given a token."""

    device_id: str
    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoggedInDevice:
    """A device, and the token that it was given."""

    device: WorkflowDevice
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WorkflowDeviceSession:
    """A device, by a token that is good now, and the ledger as it was stored before anything else was read."""

    device: WorkflowDevice
    ledger: Item | None

    def require_slots(self, device_id: str) -> None:
        """Raise NotFound unless this is the device itself, and one that takes workflows."""
        if self.device.id != device_id or not self.device.has_slots:
            raise NoSuchRecord("device", device_id)


def log_in_workflow_device(
    service: Service, proof: DeviceProof, now: datetime, life: timedelta | None = DEFAULT_TOKEN_LIFE
) -> LoggedInDevice:
    """Give a device a token, which ends after its life; None for one that does not end. Raises Unauthenticated."""
    pointer = service.table.get(keys.access_key_pointer(proof.key)) if is_possible_id(proof.key) else None
    if pointer is None or not is_possible_id(proof.device_id):
        raise _unproven()
    place = read_place(pointer)
    device, access_key, _ = _load(service, place, proof.device_id)
    if not access_key.proves(proof.secret):
        raise _unproven()
    claims: Claims = {_WORKSPACE: place.workspace, "sub": device.id, _KEY: place.id}
    expires = now + (_FOR_EVER if life is None else life)
    return LoggedInDevice(device, service.tokens.sign(claims, audience=DEVICES, issued=now, expires=expires))


def open_workflow_device_session(service: Service, token: str, now: datetime) -> WorkflowDeviceSession:
    """Prove a device by its token, in one batch. Raises Unauthenticated."""
    claims = service.tokens.verify(token, audience=DEVICES, now=now)
    place = AccessKeyPlace(str(claims[_WORKSPACE]), str(claims[_KEY]))
    device, _, ledger = _load(service, place, str(claims["sub"]))
    return WorkflowDeviceSession(device, ledger)


def fresh_session(service: Service, device: WorkflowDevice) -> WorkflowDeviceSession:
    """Read a proven device again. Raises Unauthenticated when it was removed or takes no workflows any more."""
    head, ledger = keys.workflow_device(device.workspace, device.id), keys.workflow_ledger(device.workspace)
    found = service.table.get_many([head, ledger])
    again = read_workflow_device(device.workspace, found[head]) if head in found else None
    if again is None or not again.has_slots:
        raise Unauthenticated("the device was removed, or takes no workflows any more")
    return WorkflowDeviceSession(again, found.get(ledger))


def record_workflow_contact(service: Service, device: WorkflowDevice, now: datetime) -> None:
    """Note that a device called, once in two minutes; a store that is too busy for it is left alone."""
    if device.is_contact_to_note(now):
        write_note(service, note_contact(device, now))


def _load(service: Service, place: AccessKeyPlace, device_id: str) -> tuple[WorkflowDevice, AccessKey, Item | None]:
    """Read a device with the access key that lets it in. Raises Unauthenticated when it does not."""
    workspace = place.workspace
    head, key = keys.workflow_device(workspace, device_id), keys.access_key(workspace, place.id)
    ledger = keys.workflow_ledger(workspace)
    found = service.table.get_many([head, key, ledger])
    if head not in found or key not in found:
        raise _unproven()
    device, access_key = read_workflow_device(workspace, found[head]), read_access_key(workspace, found[key])
    if not access_key.admits(device):
        raise _unproven()
    return device, access_key, found.get(ledger)


def _unproven() -> Unauthenticated:
    return Unauthenticated(
        "the device, the access key or its secret is not right, or the key does not admit the device"
    )
