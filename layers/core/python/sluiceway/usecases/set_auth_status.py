"""An operator accepts, rejects or resets a key of a device (mender contract 6.2, data model 3.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.device import AuthStatus, KnownDevice, refuse_transition, with_status
from sluiceway.domain.errors import NotFound
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Write
from sluiceway.usecases.known_devices import (
    changed_device_writes,
    load_auth_sets,
    load_device,
    load_identity_and_shard,
)
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class AuthDecision:
    """Which key of which device gets which status."""

    device_id: str
    auth_set_id: str
    status: AuthStatus


def set_auth_status(service: Service, workspace: str, decision: AuthDecision, now: datetime) -> None:
    """Give a key a status; the same status again changes nothing.

    Accepting a key rejects the one that was accepted before. The tokens of a key that is no longer accepted are refused
    from the next call on. Raises NotFound, and Invalid for a change that is not an operator's to make.
    """
    commit(service.table, lambda: (None, _plan(service, workspace, decision, now)))


def _plan(service: Service, workspace: str, decision: AuthDecision, now: datetime) -> list[Write]:
    device = load_device(service, workspace, decision.device_id)
    if device is None:
        raise NotFound(f"no device {decision.device_id}")
    auth_sets = load_auth_sets(service, device)
    current = {auth_set.id: auth_set.status for auth_set in auth_sets}.get(decision.auth_set_id)
    if current is None:
        raise NotFound(f"no authentication set {decision.auth_set_id} of device {device.id}")
    refuse_transition(current, decision.status)
    if current is decision.status:
        return []
    identity, shard = load_identity_and_shard(service, device)
    known = KnownDevice(device, identity, auth_sets)
    after = with_status(known, decision.auth_set_id, decision.status, now, number=shard.number + 1)
    return changed_device_writes(known, after, shard)
