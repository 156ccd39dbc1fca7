"""Tokens that a user makes for their scripts, by name (mender contract 5.2, 5.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sluiceway.domain.errors import Conflict, NotFound, Unauthenticated, Unprocessable
from sluiceway.domain.user import TokenKind, UserToken
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Delete, Equal, Key, Update, Write
from sluiceway.storage.token_items import delete_token, put_token, read_token
from sluiceway.storage.user_items import read_user, user_key
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.user_tokens import sign_user_token

MOST_PERSONAL_TOKENS = 10


class _Listed(NamedTuple):
    """A place in the list of a user's tokens, and the token unless it is gone."""

    place: Key
    token: UserToken | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """What to make."""

    name: str
    life: timedelta


def list_personal_tokens(service: Service, session: UserSession, now: datetime) -> list[UserToken]:
    """Return the caller's personal tokens that are good now, by name."""
    return [token for token in load_tokens(service, session.workspace, session.user_id) if token.expires > now]


def create_personal_token(service: Service, session: UserSession, new: NewToken, now: datetime) -> str:
    """Return a new token with all rights, which is never shown again.

    Raises Conflict when the caller has one of this name, and Unprocessable when they have ten.
    """
    token_id = service.new_id()
    return commit(service.table, lambda: _plan(service, session, new, token_id, now))


def revoke_personal_token(service: Service, session: UserSession, token_id: str) -> None:
    """End one of the caller's personal tokens. Raises NotFound."""
    listed = load_tokens(service, session.workspace, session.user_id)
    token = next((token for token in listed if token.id == token_id), None)
    if token is None:
        raise NotFound(f"token {token_id}")
    commit(service.table, lambda: (None, delete_token(token)))


def log_out(service: Service, session: UserSession) -> None:
    """End the token that the caller shows."""
    stored = service.table.get(keys.token(session.workspace, session.token_id))
    if stored is not None:
        token = read_token(session.workspace, stored)
        commit(service.table, lambda: (None, delete_token(token)))


def load_tokens(service: Service, workspace: str, user_id: str) -> list[UserToken]:
    """Read every personal token of a user that is stored, by name, those that have expired among them."""
    return [token for _, token in _load_list(service, workspace, user_id) if token]


def _load_list(service: Service, workspace: str, user_id: str) -> list[_Listed]:
    """Read each place of the list, with its token unless DynamoDB has dropped that as expired."""
    records = read_all(service.table, keys.personal_tokens(workspace, user_id))
    places = {record.key: keys.token(workspace, str(record.item["jti"])) for record in records}
    stored = service.table.get_many(list(places.values()))
    tokens = {key: read_token(workspace, item) for key, item in stored.items()}
    return [_Listed(place, tokens.get(key)) for place, key in places.items()]


def _plan(
    service: Service, session: UserSession, new: NewToken, token_id: str, now: datetime
) -> tuple[str, list[Write]]:
    workspace, user_id = session.workspace, session.user_id
    stored = service.table.get(keys.user(workspace, user_id))
    if stored is None:
        raise Unauthenticated("unauthorized")
    user = read_user(workspace, stored)
    listed = _load_list(service, workspace, user_id)
    _refuse(new, [token for _, token in listed if token and token.expires > now])
    token = UserToken(workspace, token_id, user_id, TokenKind.PERSONAL, now + new.life, new.name, now)
    added = put_token(token)
    nobody_else = Update(user_key(user), add={"rev": 1}, condition=Equal("rev", user.rev))
    kept = {write.key for write in added}
    return sign_user_token(service, user, token, now), [nobody_else, *added, *_cleared(listed, kept, now)]


def _refuse(new: NewToken, live: list[UserToken]) -> None:
    if any(token.name == new.name for token in live):
        raise Conflict("Personal Access Token with a given name already exists")
    if len(live) >= MOST_PERSONAL_TOKENS:
        raise Unprocessable(f"maximum number of personal access tokens reached: {MOST_PERSONAL_TOKENS}")


def _cleared(listed: list[_Listed], kept: set[Key], now: datetime) -> list[Write]:
    """Take expired tokens off the list, except where the new one takes their place."""
    return [Delete(place) for place, token in listed if place not in kept and not (token and token.expires > now)]
