"""A device asks for a token with what only its private key can have signed (miru contract 8.3, 8.4)."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.errors import Unauthenticated
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.config_device_items import read_config_device
from sluiceway.storage.table import Write
from sluiceway.usecases.config_keys import key_id_of, read_rsa_key
from sluiceway.usecases.config_tokens import IssuedToken, issue_device_token, remember_once
from sluiceway.usecases.service import Service

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

MOST_AHEAD = timedelta(minutes=5)
"""How far ahead a signed request may end: genuine devices take two minutes, and have clocks of their own."""
_ALGORITHM = "RS512"
_CHECKS: Any = {
    "require": ["jti", "iat", "exp"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
}
"""Times are compared with the moment that the caller passes, not with the clock that PyJWT reads."""
_LAST_SECOND = 2**33
_NOT_SIGNED = "this is not signed with the key of a device"


@dataclass(frozen=True, slots=True)
class SignedClaims:
    """What a device signs; `signature` is in base64."""

    device_id: str
    nonce: str
    expires: datetime
    signature: str

    @property
    def signed_bytes(self) -> bytes:
        """The form that is signed: compact JSON in this order, and the time in whole seconds."""
        seconds = int(self.expires.replace(microsecond=0).timestamp())
        signed = {"device_id": self.device_id, "nonce": self.nonce, "expiration": seconds}
        return json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode()

    def check(self, key: RSAPublicKey) -> None:
        """Raise Unauthenticated unless it was signed with the private half of a key."""
        try:
            key.verify(b64decode(self.signature, validate=True), self.signed_bytes, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError) as wrong:
            raise Unauthenticated(_NOT_SIGNED) from wrong


class _Shown(NamedTuple):
    """What a device shows, once, to be given a token."""

    workspace: str
    device_id: str
    nonce: str
    expires: datetime
    check: Callable[[RSAPublicKey], object]
    """Raises Unauthenticated unless the key's other half signed it."""


def token_for_claims(service: Service, device_id: str, claims: SignedClaims, now: datetime) -> IssuedToken:
    """Give a device a token for claims that it signed. Raises Unauthenticated, also when there is no such device."""
    if claims.device_id != device_id or not is_possible_id(device_id):
        raise Unauthenticated("the claims are those of another device")
    _refuse_time(claims.expires, now)
    pointer = service.table.get(keys.config_device_pointer(device_id))
    if pointer is None:
        raise Unauthenticated(_NOT_SIGNED)
    shown = _Shown(str(pointer["ws"]), device_id, claims.nonce, claims.expires, claims.check)
    return _token(service, shown, now)


def token_for_jwt(service: Service, text: str, now: datetime) -> IssuedToken:
    """Give a device a token for a JWT that it signed and that names its key. Raises Unauthenticated."""
    key_id, claims = _unverified(text)
    expires = datetime.fromtimestamp(claims["exp"], UTC)
    _refuse_time(expires, now)
    pointer = service.table.get(keys.config_key_pointer(key_id)) if is_possible_id(key_id) else None
    if pointer is None:
        raise Unauthenticated(_NOT_SIGNED)
    shown = _Shown(str(pointer["ws"]), str(pointer["device"]), claims["jti"], expires, lambda key: _verified(text, key))
    return _token(service, shown, now)


def _token(service: Service, shown: _Shown, now: datetime) -> IssuedToken:
    head = keys.config_device(shown.workspace, shown.device_id)
    public_key = keys.config_device_key(shown.workspace, shown.device_id)
    used = keys.used_once(shown.workspace, shown.device_id, shown.nonce)

    def plan() -> tuple[IssuedToken, list[Write]]:
        found = service.table.get_many([head, public_key, used])
        if head not in found or public_key not in found:
            raise Unauthenticated(_NOT_SIGNED)
        device = read_config_device(shown.workspace, found[head])
        _check_proof(shown, device, str(found[public_key]["pem"]))
        if used in found:
            raise Unauthenticated("this was shown already")
        return issue_device_token(service, device, now), [remember_once(used, shown.expires)]

    return commit(service.table, plan)


def _check_proof(shown: _Shown, device: ConfigDevice, pem: str) -> None:
    """Raise Unauthenticated unless it was signed with the key of the device as it was read.

    A batch is no moment: its key can be that of a machine whose place was taken before the device was read.
    """
    public_key = read_rsa_key(pem, field="pem")
    if key_id_of(public_key) != device.key_id:
        raise Unauthenticated("the device is just being activated again")
    shown.check(public_key)


def _unverified(text: str) -> tuple[str, Mapping[str, Any]]:
    """Return which key a JWT names, and what it says until that key has been asked."""
    try:
        key_id = jwt.get_unverified_header(text).get("kid", "")
        claims: Mapping[str, Any] = jwt.decode(text, options={"verify_signature": False})
    except (jwt.PyJWTError, UnicodeEncodeError) as malformed:
        raise Unauthenticated(_NOT_SIGNED) from malformed
    if not isinstance(claims.get("jti"), str) or not _is_time(claims.get("exp")):
        raise Unauthenticated(_NOT_SIGNED)
    return key_id, claims


def _is_time(seconds: object) -> bool:
    return type(seconds) is int and 0 <= seconds <= _LAST_SECOND


def _verified(text: str, key: RSAPublicKey) -> None:
    try:
        jwt.decode(text, key, algorithms=[_ALGORITHM], options=_CHECKS)
    except jwt.PyJWTError as wrong:
        raise Unauthenticated(_NOT_SIGNED) from wrong


def _refuse_time(expires: datetime, now: datetime) -> None:
    if not now < expires <= now + MOST_AHEAD:
        raise Unauthenticated(f"what is shown must end within {MOST_AHEAD.seconds // 60} minutes from now")
