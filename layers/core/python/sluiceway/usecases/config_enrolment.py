"""A machine becomes a device: activated, provisioned, or in the place of another machine (miru contract 8.2, 8.4, 8.6).

It brings its public key and begins with nothing: the device's target is to be delivered again, and what only waited for
its removal is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sluiceway.domain.config_deployment import Redeliver, Target
from sluiceway.domain.config_device import ConfigDevice, check_device_name
from sluiceway.domain.errors import DeviceAlreadyActivated, DeviceKeyTaken, Unauthenticated
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.config_device_items import change_enrolment, claim_key, put_device_key
from sluiceway.storage.table import Delete, Write
from sluiceway.usecases.config_devices import creation_writes, name_writes, new_config_device
from sluiceway.usecases.config_keys import key_id_of
from sluiceway.usecases.config_state import (
    ConfigState,
    changes_by,
    config_writes,
    find_config_state,
    load_config_state,
)
from sluiceway.usecases.config_sync import redelivery
from sluiceway.usecases.config_tokens import Invitation
from sluiceway.usecases.service import Service
from sluiceway.usecases.signatures import to_pem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

SESSION_PREFIX = "dvc_sess_"
MOST_CHANGED_AT_ONCE = 25
"""Deployments in one transaction: three writes each, of the hundred that it takes."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine says of itself; what is empty was not said."""

    public_key: RSAPublicKey
    agent_version: str = ""
    name: str = ""

    @property
    def key_id(self) -> str:
        """The fingerprint of its key."""
        return key_id_of(self.public_key)


@dataclass(frozen=True, slots=True)
class _Enrolled:
    """The device, and which of its deployments are still to be archived."""

    device: ConfigDevice
    left_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ground:
    """What decides beside the device itself."""

    is_used: bool
    owner_of_key: str
    """Id of a device of whatever workspace, empty for none."""
    owner_of_name: str
    """Id of a device of the workspace, empty for none."""

    @staticmethod
    def read(service: Service, invitation: Invitation, machine: Machine) -> _Ground:
        """Read it in one batch."""
        used, pointer = invitation.use.key, keys.config_key_pointer(machine.key_id)
        name = keys.config_device_name(invitation.workspace, machine.name)
        found = service.table.get_many([used, pointer, name])
        return _Ground(
            is_used=used in found,
            owner_of_key=str(found.get(pointer, {}).get("device", "")),
            owner_of_name=str(found.get(name, {}).get("device", "")),
        )

    def refuse(self, device_id: str) -> None:
        """Raise Unauthenticated for a second use of an invitation, DeviceKeyTaken for the key of another device."""
        if self.is_used:
            raise Unauthenticated("this token was used already")
        if self.owner_of_key not in {"", device_id}:
            raise DeviceKeyTaken("another device has this public key: make a new one")


def enrol(service: Service, invitation: Invitation, machine: Machine, now: datetime) -> ConfigDevice:
    """Make a machine the device that it is invited to be, or else that of its name, which is made when there is none.

    A device that is invited takes the name that the machine says, unless another one has it. Raises Unauthenticated
    when the device is gone or the invitation was used, Invalid for a name that is none, DeviceAlreadyActivated and
    DeviceKeyTaken.
    """
    if machine.name or not invitation.device_id:
        check_device_name(machine.name)

    def plan() -> tuple[_Enrolled, list[Write]]:
        ground = _Ground.read(service, invitation, machine)
        device_id = invitation.device_id or ground.owner_of_name
        ground.refuse(device_id)
        if not device_id:
            return _as_new(service, invitation, machine, now)
        state = _state(service, invitation, device_id)
        return _as_known(service, state, invitation, _nameable(machine, ground), now)

    enrolled = commit(service.table, plan)
    _archive(service, enrolled, now)
    return enrolled.device


def _state(service: Service, invitation: Invitation, device_id: str) -> ConfigState:
    state = find_config_state(service, invitation.workspace, device_id)
    if state is None or state.device.is_deleted:
        raise Unauthenticated("the device of this token is gone")
    if state.device.activated is not None and not invitation.reactivates:
        raise DeviceAlreadyActivated(device_id)
    return state


def _nameable(machine: Machine, ground: _Ground) -> Machine:
    """Return the machine without its name if a device has that: its own, or another one."""
    return replace(machine, name="") if ground.owner_of_name else machine


def _as_new(service: Service, invitation: Invitation, machine: Machine, now: datetime) -> tuple[_Enrolled, list[Write]]:
    device = _enrolled(service, new_config_device(service, invitation.workspace, machine.name, now), machine, now)
    return _Enrolled(device), [invitation.use, *creation_writes(device), *_key_writes(device, machine)]


def _as_known(
    service: Service, state: ConfigState, invitation: Invitation, machine: Machine, now: datetime
) -> tuple[_Enrolled, list[Write]]:
    before = state.device
    after = _enrolled(service, replace(before, name=machine.name or before.name), machine, now)
    target_first = sorted(redelivery(state, now), key=lambda change: change.after.target is not Target.DEPLOYED)
    changes, later = target_first[:MOST_CHANGED_AT_ONCE], target_first[MOST_CHANGED_AT_ONCE:]
    return _Enrolled(after, tuple(change.after.id for change in later)), [
        invitation.use,
        change_enrolment(before, after),
        *([] if after.name == before.name else name_writes(before, after)),
        *_key_writes(after, machine, former=before.key_id),
        *(write for change in changes for write in change.writes),
    ]


def _enrolled(service: Service, device: ConfigDevice, machine: Machine, now: datetime) -> ConfigDevice:
    session_id = f"{SESSION_PREFIX}{service.new_id().replace('-', '')}"
    return device.enrolled(machine.key_id, session_id, machine.agent_version, now)


def _key_writes(device: ConfigDevice, machine: Machine, *, former: str = "") -> Sequence[Write]:
    kept = [put_device_key(device, to_pem(machine.public_key)), claim_key(device)]
    return kept if former in {"", device.key_id} else [*kept, Delete(keys.config_key_pointer(former))]


def _archive(service: Service, enrolled: _Enrolled, now: datetime) -> None:
    """Archive what did not fit: until then the device would only be asked to remove what it does not have."""
    left_over = list(enrolled.left_over)
    while left_over:
        some, left_over = left_over[:MOST_CHANGED_AT_ONCE], left_over[MOST_CHANGED_AT_ONCE:]
        _archive_some(service, enrolled.device, some, now)


def _archive_some(service: Service, device: ConfigDevice, deployment_ids: Sequence[str], now: datetime) -> None:
    def plan() -> tuple[None, list[Write]]:
        state = load_config_state(service, device.workspace, device.id)
        live = [state.live[each] for each in deployment_ids if each in state.live]
        return None, config_writes(state, changes_by(state, live, Redeliver(), now), state.device.slot)

    commit(service.table, plan)
