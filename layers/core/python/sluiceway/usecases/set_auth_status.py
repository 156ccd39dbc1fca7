"""An operator accepts, rejects or resets a key of a device (mender contract 6.2, data model 3.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.device import AuthSet, AuthStatus, KnownDevice, refuse_transition, with_status
from sluiceway.domain.errors import NotFound
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Write
from sluiceway.usecases.device_limit import limit_writes
from sluiceway.usecases.known_devices import decision_writes, load_known_device
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
    from the next call on. Raises NotFound, Invalid for a change that is not an operator's to make, and
    DeviceLimitReached.
    """
    commit(service.table, lambda: (None, _plan(service, workspace, decision, now)))


def _plan(service: Service, workspace: str, decision: AuthDecision, now: datetime) -> list[Write]:
    known, ground = load_known_device(service, workspace, decision.device_id)
    current = _auth_set(known, decision.auth_set_id).status
    refuse_transition(current, decision.status)
    if current is decision.status:
        return []
    after = with_status(known, decision.auth_set_id, decision.status, now, number=ground.next_number)
    within_limit = limit_writes(service, known.device, after.device, ground.limit)
    return [*decision_writes(known, after, ground), *within_limit]


def _auth_set(known: KnownDevice, auth_set_id: str) -> AuthSet:
    auth_set = known.auth_set(auth_set_id)
    if auth_set is None:
        raise NotFound(f"no authentication set {auth_set_id} of device {known.device.id}")
    return auth_set
