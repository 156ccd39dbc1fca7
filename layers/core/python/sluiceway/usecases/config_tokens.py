"""The tokens of machines that take configuration (miru contract 8.2-8.4): to become a device, and to call as one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.errors import Unauthenticated
from sluiceway.storage import keys
from sluiceway.storage.table import Absent, Key, Put
from sluiceway.usecases.idempotency import Once, commit_once
from sluiceway.usecases.ports import Audience, Claims
from sluiceway.usecases.service import Service

DEVICES = Audience("miru", "device")
"""Of both tokens that name a device: its program looks for this in each of them, so that a claim tells them apart."""
PROVISIONING = Audience("miru", "provisioning")
INVITATION_LIFE = timedelta(minutes=5)
TOKEN_LIFE = timedelta(minutes=60)
"""More than 15 minutes: that long before its end a device asks for another one."""
PROVISIONING_PREFIX = "mirupt_"
_REMEMBERED_BEYOND = timedelta(minutes=1)
_WORKSPACE, _EPOCH, _REACTIVATES = "ws", "ep", "allow_reactivation"
_NOBODY = "-"
"""Stands for the device in the mark of a token that names none; no device has this id."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token as it is answered."""

    text: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """What lets a machine become a device, once: the one with this id, or for none any new one of the workspace."""

    workspace: str
    token_id: str
    expires: datetime
    device_id: str = ""
    reactivates: bool = False
    """Whether the machine may take the place of another one."""

    @property
    def id(self) -> str:
        """What the request for it does not say: with both, the same token is signed again, and none has to be kept."""
        return f"{int(self.expires.timestamp())}:{self.token_id}"

    def made_as(self, made: str) -> Invitation:
        """Return what the same request made, by its id."""
        seconds, _, token_id = made.partition(":")
        return replace(self, token_id=token_id, expires=datetime.fromtimestamp(int(seconds), tz=UTC))

    @property
    def use(self) -> Put:
        """What its first use writes, and no second one can."""
        key = keys.used_once(self.workspace, self.device_id or _NOBODY, self.token_id)
        return remember_once(key, self.expires)


def issue_activation_token(
    service: Service, device: ConfigDevice, now: datetime, *, reactivates: bool, once: Once | None = None
) -> IssuedToken:
    """Return a token that makes a machine this device, or the one that the same request got.

    Raises IdempotencyMismatch.
    """
    new = Invitation(device.workspace, service.new_id(), _end_of(INVITATION_LIFE, now), device.id, reactivates)
    made = _made_once(service, new, now, once)
    return _issued(service, made, {"sub": device.id, _REACTIVATES: reactivates}, DEVICES)


def issue_provisioning_token(
    service: Service, workspace: str, now: datetime, *, once: Once | None = None
) -> IssuedToken:
    """Return a token that makes a machine a device of a workspace, or the one that the same request got.

    Raises IdempotencyMismatch.
    """
    new = Invitation(workspace, service.new_id(), _end_of(INVITATION_LIFE, now))
    issued = _issued(service, _made_once(service, new, now, once), {"sub": workspace}, PROVISIONING)
    return replace(issued, text=f"{PROVISIONING_PREFIX}{issued.text}")


def issue_device_token(service: Service, device: ConfigDevice, now: datetime) -> IssuedToken:
    """Return a token to call with, good until the device is activated again or deleted."""
    claims: Claims = {"sub": device.id, _WORKSPACE: device.workspace, _EPOCH: device.epoch}
    expires = _end_of(TOKEN_LIFE, now)
    return IssuedToken(service.tokens.sign(claims, audience=DEVICES, issued=now, expires=expires), expires)


def read_invitation(service: Service, text: str, now: datetime) -> Invitation:
    """Read a token that lets a machine become a device; it may have been used. Raises Unauthenticated."""
    if text.startswith(PROVISIONING_PREFIX):
        signed = text.removeprefix(PROVISIONING_PREFIX)
        return _invitation(service.tokens.verify(signed, audience=PROVISIONING, now=now), device_id="")
    claims = service.tokens.verify(text, audience=DEVICES, now=now)
    if _REACTIVATES not in claims:
        raise Unauthenticated("this token is not one to activate a device with")
    return _invitation(claims, device_id=str(claims["sub"]))


def read_device_token(service: Service, text: str, now: datetime) -> tuple[str, str, int]:
    """Return the workspace, the id and the epoch of the device that a token was given to. Raises Unauthenticated."""
    claims = service.tokens.verify(text, audience=DEVICES, now=now)
    if _EPOCH not in claims:
        raise Unauthenticated("this token is not one to call with")
    return str(claims[_WORKSPACE]), str(claims["sub"]), int(claims[_EPOCH])


def remember_once(key: Key, expires: datetime) -> Put:
    """Return the mark that something was shown, which is kept for as long as it could be shown again."""
    return Put(key, {"ttl": int((expires + _REMEMBERED_BEYOND).timestamp())}, Absent())


def _made_once(service: Service, new: Invitation, now: datetime, once: Once | None) -> Invitation:
    return commit_once(service, once, now, lambda: (new, ()), new.made_as)


def _issued(service: Service, invitation: Invitation, claims: Claims, audience: Audience) -> IssuedToken:
    """Sign an invitation; the same one again gives the same token."""
    whole = {**claims, "jti": invitation.token_id, _WORKSPACE: invitation.workspace}
    issued = invitation.expires - INVITATION_LIFE
    text = service.tokens.sign(whole, audience=audience, issued=issued, expires=invitation.expires)
    return IssuedToken(text, invitation.expires)


def _invitation(claims: Claims, *, device_id: str) -> Invitation:
    return Invitation(
        workspace=str(claims[_WORKSPACE]),
        token_id=str(claims["jti"]),
        expires=datetime.fromtimestamp(int(claims["exp"]), tz=UTC),
        device_id=device_id,
        reactivates=bool(claims.get(_REACTIVATES, False)),
    )


def _end_of(life: timedelta, now: datetime) -> datetime:
    """Return when a token ends: tokens hold whole seconds."""
    return (now + life).replace(microsecond=0)
