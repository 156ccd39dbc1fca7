"""Exchanging a mail address and a password for a token (mender contract 5.1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sluiceway.domain.errors import Invalid, Unauthenticated
from sluiceway.domain.user import TokenKind, User, UserToken, normal_mail
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Key
from sluiceway.storage.token_items import put_token
from sluiceway.storage.user_items import read_user
from sluiceway.usecases.credentials import TOKEN_LIFE
from sluiceway.usecases.passwords import NOBODYS_HASH, is_password
from sluiceway.usecases.service import Service
from sluiceway.usecases.user_tokens import sign_user_token

LONG_TOKEN_LIFE = timedelta(days=3650)
"""For callers who ask for a token without an expiry: every token ends, this one when nobody remembers it."""
_NOBODY = {"ws": "-", "uid": "-"}
"""An unknown address is looked up as far as a known one, so that the time taken does not tell them apart."""


def log_in(service: Service, mail: str, password: str, now: datetime, *, no_expiry: bool = False) -> str:
    """Return a new token with all rights. Raises Unauthenticated, whichever of the two was wrong."""
    user = _find_user(service, mail)
    matches = is_password(password, user.password_hash if user else NOBODYS_HASH)
    if user is None or not matches:
        raise Unauthenticated("unauthorized")
    expires = now + (LONG_TOKEN_LIFE if no_expiry else TOKEN_LIFE)
    token = UserToken(user.workspace, service.new_id(), user.id, TokenKind.LOGIN, expires, created=now)
    commit(service.table, lambda: (None, put_token(token)))
    return sign_user_token(service, user, token, now)


def _find_user(service: Service, mail: str) -> User | None:
    owner = service.table.get(_mail_key(mail)) or _NOBODY
    workspace = str(owner["ws"])
    stored = service.table.get(keys.user(workspace, str(owner["uid"])))
    return read_user(workspace, stored) if stored else None


def _mail_key(mail: str) -> Key:
    try:
        return keys.mail(normal_mail(mail))
    except Invalid as impossible:
        raise Unauthenticated("unauthorized") from impossible
