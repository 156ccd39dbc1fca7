"""Password hashes: scrypt, with its parameters written into the hash so that they can be raised later (RFC 7914)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

from sluiceway.domain.errors import Invalid

LEAST_PASSWORD_CHARACTERS = 8
_SCHEME = "scrypt"
_COST, _BLOCK, _PARALLEL = 2**15, 8, 3
"""32 MiB and some 0.2 s of one processor, OWASP's advice for this much memory."""
_MEMORY = 64 * 1024 * 1024
_SALT_BYTES = _KEY_BYTES = 32
_NEW_PASSWORD_BYTES = 18


def check_password(password: str) -> None:
    """Raise Invalid for a password that is too short to be one (mender contract 5.4)."""
    if len(password) < LEAST_PASSWORD_CHARACTERS:
        raise Invalid(f"password: must have at least {LEAST_PASSWORD_CHARACTERS} characters")


def hash_password(password: str) -> str:
    """Return `scrypt$cost$block$parallel$salt$key` with a fresh salt."""
    salt = secrets.token_bytes(_SALT_BYTES)
    key = _derive(password, salt, _COST, _BLOCK, _PARALLEL)
    return "$".join((_SCHEME, str(_COST), str(_BLOCK), str(_PARALLEL), _to_text(salt), _to_text(key)))


def is_password(password: str, password_hash: str) -> bool:
    """Tell whether a hash was made of this password; how long that takes says nothing about the answer."""
    _, cost, block, parallel, salt, key = password_hash.split("$")
    derived = _derive(password, b64decode(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(derived, b64decode(key))


def new_password() -> str:
    """Return a random password of 24 letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(_NEW_PASSWORD_BYTES)


def _derive(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=_MEMORY, dklen=_KEY_BYTES)


def _to_text(octets: bytes) -> str:
    return b64encode(octets).decode()


NOBODYS_HASH = "$".join(
    (_SCHEME, str(_COST), str(_BLOCK), str(_PARALLEL), _to_text(bytes(_SALT_BYTES)), _to_text(bytes(_KEY_BYTES)))
)
"""What a password is compared with when there is no such user, so that the answer takes as long. No password has it."""
