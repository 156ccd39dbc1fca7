"""Application tokens: made by whoever has the right to, shown once, and ended at once (losant contract 5.2)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sluiceway.domain.application_token import (
    EVERYTHING,
    MOST_APPLICATION_TOKENS,
    SECRET_BYTES,
    ApplicationToken,
    Effect,
    TokenScopes,
    check_application_token,
    compose_token,
    digest_of_token,
    may_grant,
    require_scope,
    token_owner,
)
from sluiceway.domain.errors import Invalid, MissingScopes, NoSuchRecord, NotFound, Unauthenticated
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.domain.object_ids import make_object_id
from sluiceway.storage import keys
from sluiceway.storage.application_token_items import put_application_token, read_application_token
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Check, Delete, Present, Query, Write
from sluiceway.usecases.service import Service
from sluiceway.usecases.turns import read_turn

_TURN = "application_token_turn"
"""Counts tokens that were ever made, so that the last free place is given away once."""


@dataclass(frozen=True, slots=True)
class ApplicationSession:
    """A program, by an application token that is good now."""

    workspace: str
    token_id: str
    scopes: TokenScopes

    def require(self, effect: Effect, *actions: str) -> None:
        """Raise MissingScopes unless the token permits one of these spellings of an action."""
        require_scope(self.scopes, effect, actions)


@dataclass(frozen=True, slots=True)
class NewApplicationToken:
    """What to make."""

    name: str
    scopes: TokenScopes = frozenset({EVERYTHING})
    description: str = ""
    expires: datetime | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class ShownApplicationToken:
    """A token that was just made, and its text, which nobody can read again."""

    token: ApplicationToken
    text: str = field(repr=False)


def open_application_session(service: Service, text: str, now: datetime) -> ApplicationSession:
    """Prove a program by the token that it shows, in one read. Raises Unauthenticated."""
    owner = token_owner(text)
    if owner is None:
        raise Unauthenticated("the token is not one that this service has made")
    stored = service.table.get(keys.application_token(*owner))
    token = read_application_token(owner.workspace, stored) if stored else None
    if token is None or not token.is_made_of(text) or not token.is_good(now):
        raise Unauthenticated("the token is unknown, inactive or expired")
    return ApplicationSession(token.workspace, token.id, token.scopes)


def create_application_token(
    service: Service, creator: ApplicationSession, new: NewApplicationToken, now: datetime
) -> ShownApplicationToken:
    """Make a token that may do no more than the one that is shown.

    Raises InvalidField, MissingScopes, Invalid when there are as many as there may be, and Unauthenticated when the
    creator was revoked meanwhile.
    """
    check_application_token(new.name, new.scopes)
    missing = [scope for scope in new.scopes if not may_grant(creator.scopes, scope)]
    if missing:
        raise MissingScopes(new.scopes, missing)
    shown = _compose(service, creator.workspace, new, creator.token_id, now)
    return commit(service.table, lambda: (shown, _delegated_writes(service, creator, shown.token)))


def issue_application_token(
    service: Service, workspace: str, new: NewApplicationToken, now: datetime
) -> ShownApplicationToken:
    """Make a token on behalf of the owner of the installation, with any rights. Raises as above, and NotFound."""
    check_application_token(new.name, new.scopes)
    shown = _compose(service, workspace, new, "", now)
    return commit(service.table, lambda: (shown, _writes(service, shown.token)))


def list_application_tokens(service: Service, workspace: str) -> list[ApplicationToken]:
    """Return all tokens, oldest first."""
    records = read_all(service.table, Query(keys.application_tokens(workspace)))
    found = [read_application_token(workspace, record.item) for record in records]
    return sorted(found, key=lambda each: (each.created, each.id))


def get_application_token(service: Service, workspace: str, token_id: str) -> ApplicationToken:
    """Read one token. Raises NotFound."""
    stored = service.table.get(keys.application_token(workspace, token_id)) if is_possible_id(token_id) else None
    if stored is None:
        raise NoSuchRecord("application token", token_id)
    return read_application_token(workspace, stored)


def revoke_application_token(service: Service, workspace: str, token_id: str) -> None:
    """End a token, from the next call on. Raises NotFound."""
    commit(service.table, lambda: (None, _removal(get_application_token(service, workspace, token_id))))


def _compose(
    service: Service, workspace: str, new: NewApplicationToken, creator_id: str, now: datetime
) -> ShownApplicationToken:
    token_id = make_object_id(now, service.new_id())
    text = compose_token(workspace, token_id, secrets.token_urlsafe(SECRET_BYTES))
    token = ApplicationToken(
        workspace,
        token_id,
        new.name,
        new.scopes,
        digest_of_token(text),
        created=now,
        updated=now,
        description=new.description,
        creator_id=creator_id,
        expires=new.expires,
        is_active=new.is_active,
    )
    return ShownApplicationToken(token, text)


def _delegated_writes(service: Service, creator: ApplicationSession, token: ApplicationToken) -> list[Write]:
    proof = keys.application_token(creator.workspace, creator.token_id)
    if service.table.get(proof) is None:
        raise Unauthenticated("the token was revoked")
    return [Check(proof, Present()), *_writes(service, token)]


def _writes(service: Service, token: ApplicationToken) -> list[Write]:
    workspace = token.workspace
    home = service.table.get(keys.workspace(workspace))
    if home is None:
        raise NotFound(f"workspace {workspace}")
    others = [each for each in list_application_tokens(service, workspace) if not each.has_ended(token.created)]
    if len(others) >= MOST_APPLICATION_TOKENS:
        raise Invalid(f"an application has at most {MOST_APPLICATION_TOKENS} tokens: delete those that nobody uses")
    return [put_application_token(token), read_turn(workspace, _TURN, home).take()]


def _removal(token: ApplicationToken) -> list[Write]:
    return [Delete(keys.application_token(token.workspace, token.id), Present())]
