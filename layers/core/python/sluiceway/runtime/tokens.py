"""Signed tokens: JWTs with one algorithm, HS256, and a key that is fetched again every few minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import jwt

from sluiceway.domain.errors import Unauthenticated
from sluiceway.usecases.ports import Audience, Claims

KEY_LIFE = timedelta(minutes=5)
"""After as long, every process uses a changed key: all older tokens are refused, and new ones taken, by then."""
_ALGORITHM = "HS256"
_CHECKS: Any = {"require": ["iss", "aud", "iat", "exp"], "verify_exp": False, "verify_iat": False, "verify_nbf": False}
"""Times are compared with the moment that the caller passes, not with the clock that PyJWT reads."""


class JwtTokens:
    """Implements `Tokens`. `load_key` is called when a token is signed or checked and the key is `KEY_LIFE` old."""

    def __init__(self, load_key: Callable[[], str]) -> None:
        self._load_key = load_key
        self._key = ""
        self._loaded: datetime | None = None
        self._lock = Lock()

    def sign(self, claims: Claims, *, audience: Audience, issued: datetime, expires: datetime) -> str:
        """Make a compact JWT."""
        standard = {"iss": audience.issuer, "aud": audience.name, "iat": issued, "exp": expires}
        return jwt.encode({**claims, **standard}, self._signing_key(issued), algorithm=_ALGORITHM)

    def verify(self, token: str, *, audience: Audience, now: datetime) -> Claims:
        """Return the claims of a token of ours. Raises Unauthenticated with the text of mender contract 1.2."""
        try:
            claims: Claims = jwt.decode(
                token,
                self._signing_key(now),
                algorithms=[_ALGORITHM],
                audience=audience.name,
                issuer=audience.issuer,
                options=_CHECKS,
            )
        except (jwt.DecodeError, UnicodeEncodeError) as malformed:
            raise Unauthenticated("identity: incorrect token format") from malformed
        except jwt.PyJWTError as refused:
            raise Unauthenticated("unauthorized") from refused
        if int(claims["exp"]) <= now.timestamp():
            raise Unauthenticated("unauthorized")
        return claims

    def _signing_key(self, now: datetime) -> str:
        with self._lock:
            if self._loaded is None or now - self._loaded >= KEY_LIFE:
                self._key, self._loaded = self._load_key(), now
            return self._key
