"""Exchanging a mail address and a password for a token (mender contract 5.1)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sluiceway.domain.errors import Invalid, Unauthenticated
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.domain.user import TokenKind, User, UserToken, normal_mail
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.token_items import put_token
from sluiceway.storage.user_items import read_user
from sluiceway.usecases.credentials import TOKEN_LIFE
from sluiceway.usecases.login_attempts import begin_attempt, count_failure, forget_failures
from sluiceway.usecases.passwords import NOBODYS_HASH, is_password
from sluiceway.usecases.service import Service
from sluiceway.usecases.user_tokens import sign_user_token

LONG_TOKEN_LIFE = timedelta(days=3650)
"""For callers who ask for a token without an expiry: every token ends, this one when nobody remembers it."""
_NOBODY = {"ws": "-", "uid": "-"}
"""An unknown address is looked up as far as a known one, so that the time taken does not tell them apart."""


def log_in(service: Service, mail: str, password: str, now: datetime, *, no_expiry: bool = False) -> str:
    """Return a new token with all rights. Raises Unauthenticated, whichever of the two was wrong.

    Raises TooManyAttempts, whatever the password, when it was wrong too often, or when too many try at once.
    """
    address = _possible_mail(mail)
    begin_attempt(service, address, now)
    user = _find_user(service, address)
    matches = is_password(password, user.password_hash if user else NOBODYS_HASH)
    if user is None or not matches:
        count_failure(service, address, now)
        raise Unauthenticated("unauthorized")
    expires = now + (LONG_TOKEN_LIFE if no_expiry else TOKEN_LIFE)
    token = UserToken(user.workspace, service.new_id(), user.id, TokenKind.LOGIN, expires, created=now)
    commit(service.table, lambda: (None, [*put_token(token), *forget_failures(service, address, now)]))
    return sign_user_token(service, user, token, now)


def _possible_mail(mail: str) -> str:
    try:
        address = normal_mail(mail)
    except Invalid as impossible:
        raise Unauthenticated("unauthorized") from impossible
    if not is_possible_id(address):
        raise Unauthenticated("unauthorized")
    return address


def _find_user(service: Service, address: str) -> User | None:
    owner = service.table.get(keys.mail(address)) or _NOBODY
    workspace = str(owner["ws"])
    stored = service.table.get(keys.user(workspace, str(owner["uid"])))
    return read_user(workspace, stored) if stored else None
