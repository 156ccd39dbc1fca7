"""A device as the service knows it: identity, keys, and whether it may take part (mender contract 6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sluiceway.domain.errors import Invalid
from sluiceway.domain.fleet import UNGROUPED, Cut, GroupMembership, Membership


class AuthStatus(StrEnum):
    """Of a key, and of a device: the strongest of its keys, strongest first. NOAUTH is a device without keys."""

    ACCEPTED = "accepted"
    PREAUTHORIZED = "preauthorized"
    PENDING = "pending"
    REJECTED = "rejected"
    NOAUTH = "noauth"


_STRENGTH = tuple(AuthStatus)
_OPERATOR_SETS: dict[AuthStatus, frozenset[AuthStatus]] = {
    AuthStatus.ACCEPTED: frozenset({AuthStatus.PENDING, AuthStatus.REJECTED}),
    AuthStatus.REJECTED: frozenset({AuthStatus.PENDING, AuthStatus.ACCEPTED}),
    AuthStatus.PENDING: frozenset({AuthStatus.ACCEPTED, AuthStatus.REJECTED}),
}
"""What an operator may make of a key, and out of which statuses."""


@dataclass(frozen=True, slots=True)
class AuthSet:
    """One public key seen with a device's identity; `public_key` is PEM in PKIX form."""

    id: str
    device_id: str
    public_key: str
    status: AuthStatus
    updated: datetime
    rev: int = 0


@dataclass(frozen=True, slots=True)
class Device:
    """The head of a device: what each of its calls needs. At most one of its auth sets, `accepted`, is accepted."""

    workspace: str
    id: str
    status: AuthStatus
    created: datetime
    updated: datetime
    accepted: str = ""
    """Id of the accepted auth set."""
    epoch: int = 0
    """Raised to end all the device's tokens at once."""
    done: str = ""
    """Order of the newest deployment that the device asked for and ended: older ones are never offered again."""
    floor: str = ""
    """No row at or below this order is open: where a search for work may stop."""
    device_type: str = ""
    time_zone: str = ""
    """IANA name of the time zone that the device last told, empty when it never did."""
    membership: Membership = field(default_factory=Membership)
    groups: GroupMembership = UNGROUPED
    last_seen: datetime | None = None
    reads_control_maps: bool | None = None
    """Whether it does, by what it last said where that mattered; None when it never has."""
    rev: int = 0

    @property
    def is_accepted(self) -> bool:
        """Whether it may take part."""
        return self.status is AuthStatus.ACCEPTED

    def was_in(self, cut: Cut) -> bool:
        """Tell whether it is a target of a deployment with this cut, whatever became of it since."""
        return cut.contains(self.id, self.membership, self.groups)


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """What the list of devices says about one of them, with the ids of its auth sets."""

    device_id: str
    status: AuthStatus
    identity: str
    """The identity data as a JSON object with sorted keys."""
    created: datetime
    device_type: str = ""
    time_zone: str = ""
    """IANA name of the time zone that the device last told, empty when it never did."""
    membership: Membership = field(default_factory=Membership)
    groups: GroupMembership = UNGROUPED
    auth_sets: tuple[str, ...] = ()

    def was_in(self, cut: Cut) -> bool:
        """Tell whether the device is a target of a deployment with this cut, whatever became of it since."""
        return cut.contains(self.device_id, self.membership, self.groups)


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device with its identity and all its keys, as operators see it."""

    device: Device
    identity: str
    auth_sets: tuple[AuthSet, ...] = ()

    @property
    def entry(self) -> DeviceEntry:
        """What the list of devices says about it."""
        return DeviceEntry(
            device_id=self.device.id,
            status=self.device.status,
            identity=self.identity,
            created=self.device.created,
            device_type=self.device.device_type,
            membership=self.device.membership,
            groups=self.device.groups,
            auth_sets=tuple(auth_set.id for auth_set in self.auth_sets),
        )

    def auth_set(self, auth_set_id: str) -> AuthSet | None:
        """One key by id."""
        return next((auth_set for auth_set in self.auth_sets if auth_set.id == auth_set_id), None)

    def auth_set_of(self, public_key: str) -> AuthSet | None:
        """The auth set of a public key in PKIX form."""
        return next((auth_set for auth_set in self.auth_sets if auth_set.public_key == public_key), None)


def refuse_transition(current: AuthStatus, wanted: AuthStatus) -> None:
    """Raise Invalid when an operator may not change a key so (mender contract 6.2); no change is always allowed."""
    if wanted is not current and current not in _OPERATOR_SETS.get(wanted, ()):
        raise Invalid(f"the status of an authentication set cannot change from {current} to {wanted}")


def with_key(known: KnownDevice, auth_set: AuthSet, now: datetime) -> KnownDevice:
    """Add a key that waits for an operator; the device's tokens are not affected."""
    return _with_auth_sets(known, (*known.auth_sets, auth_set), now, known.device.membership)


def with_status(known: KnownDevice, auth_set_id: str, status: AuthStatus, now: datetime, *, number: int) -> KnownDevice:
    """Give one key another status; accepting it rejects the key that was accepted before.

    Tokens of a key that is no longer accepted end, through the epoch. `number` is what the fleet shard calls this
    change, should it make the device join or leave the accepted ones.
    """
    changed = tuple(_changed(auth_set, auth_set_id, status, now) for auth_set in known.auth_sets)
    is_in = any(auth_set.status is AuthStatus.ACCEPTED for auth_set in changed)
    membership = known.device.membership
    return _with_auth_sets(known, changed, now, membership.joined(number) if is_in else membership.left(number))


def without_key(known: KnownDevice, auth_set_id: str, now: datetime, *, number: int) -> KnownDevice:
    """Take one key away, and with it its tokens; `number` as in `with_status`."""
    kept = tuple(auth_set for auth_set in known.auth_sets if auth_set.id != auth_set_id)
    is_in = any(auth_set.status is AuthStatus.ACCEPTED for auth_set in kept)
    membership = known.device.membership
    return _with_auth_sets(known, kept, now, membership if is_in else membership.left(number))


def in_group(known: KnownDevice, group: str, numbers: Mapping[str, int]) -> KnownDevice:
    """Put a device into a group, empty for none, as it is accepted now; `numbers` as in `GroupMembership.moved`."""
    device = known.device
    groups = device.groups.moved(group, is_accepted=device.is_accepted, numbers=numbers)
    return replace(known, device=replace(device, groups=replace(groups, group=group)))


def _changed(auth_set: AuthSet, chosen: str, status: AuthStatus, now: datetime) -> AuthSet:
    if auth_set.id == chosen:
        return replace(auth_set, status=status, updated=now)
    if status is AuthStatus.ACCEPTED and auth_set.status is AuthStatus.ACCEPTED:
        return replace(auth_set, status=AuthStatus.REJECTED, updated=now)
    return auth_set


def _with_auth_sets(
    known: KnownDevice, auth_sets: tuple[AuthSet, ...], now: datetime, membership: Membership
) -> KnownDevice:
    former = known.device
    accepted = next((auth_set.id for auth_set in auth_sets if auth_set.status is AuthStatus.ACCEPTED), "")
    ends_tokens = former.accepted not in {"", accepted}
    device = replace(
        former,
        status=min((auth_set.status for auth_set in auth_sets), key=_STRENGTH.index, default=AuthStatus.NOAUTH),
        accepted=accepted,
        epoch=former.epoch + ends_tokens,
        membership=membership,
        updated=now,
    )
    return replace(known, device=device, auth_sets=auth_sets)
