"""What the tokens of the Mender dialect say: the claims of mender contract 5.1 and 9.1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sluiceway.usecases.ports import Audience, Claims

ISSUER = "Mender"
"""What the dialect prescribes; nobody but us checks it."""
USERS = Audience(ISSUER, "users")
DEVICES = Audience(ISSUER, "devices")
DOWNLOADS = Audience(ISSUER, "download")
TOKEN_LIFE = timedelta(days=7)
_WORKSPACE = "mender.tenant"
_EPOCH = "ep"
_PLAN: Claims = {"mender.plan": "enterprise", "mender.trial": False}
"""The plan with phases and retries, which clients look for before they offer them."""


@dataclass(frozen=True, slots=True)
class UserCredentials:
    """Who a user token speaks for."""

    workspace: str
    user_id: str
    token_id: str
    epoch: int

    def to_claims(self) -> Claims:
        """Return the claims of the token."""
        return {
            "sub": self.user_id,
            "jti": self.token_id,
            "scp": "mender.*",
            "mender.user": True,
            _WORKSPACE: self.workspace,
            _EPOCH: self.epoch,
            **_PLAN,
        }

    @staticmethod
    def from_claims(claims: Claims) -> UserCredentials:
        """Read the claims of a verified token."""
        workspace, user_id, token_id, epoch = _common(claims)
        return UserCredentials(workspace, user_id, token_id, epoch)


@dataclass(frozen=True, slots=True)
class DeviceCredentials:
    """Which key of which device a device token was given for."""

    workspace: str
    device_id: str
    auth_set_id: str
    epoch: int

    def to_claims(self) -> Claims:
        """Return the claims of the token."""
        return {
            "sub": self.device_id,
            "jti": self.auth_set_id,
            "mender.device": True,
            _WORKSPACE: self.workspace,
            _EPOCH: self.epoch,
            **_PLAN,
        }

    @staticmethod
    def from_claims(claims: Claims) -> DeviceCredentials:
        """Read the claims of a verified token."""
        workspace, device_id, auth_set_id, epoch = _common(claims)
        return DeviceCredentials(workspace, device_id, auth_set_id, epoch)


def _common(claims: Claims) -> tuple[str, str, str, int]:
    return str(claims[_WORKSPACE]), str(claims["sub"]), str(claims["jti"]), int(claims[_EPOCH])
