"""The people who operate a workspace (mender contract 5.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sluiceway.domain.errors import Invalid, NotFound, Unprocessable
from sluiceway.domain.user import User, check_mail, normal_mail
from sluiceway.storage import keys
from sluiceway.storage.changes import update_between
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Absent, Delete, Equal, Put, Query, Write
from sluiceway.storage.token_items import delete_token
from sluiceway.storage.user_items import mail_item, put_user, read_user, user_item, user_key
from sluiceway.usecases.passwords import check_password, hash_password, is_password
from sluiceway.usecases.personal_tokens import load_tokens
from sluiceway.usecases.service import Service
from sluiceway.usecases.turns import read_turn

_TURN = "user_turn"
"""Counts removals of users, so that no two of them leave a workspace with nobody."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """Whom to make."""

    mail: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UserChange:
    """What to change; None stays. `current_password` is compared when it is given."""

    mail: str | None = None
    password: str | None = field(default=None, repr=False)
    current_password: str | None = field(default=None, repr=False)


def create_user(service: Service, workspace: str, new: NewUser, now: datetime) -> str:
    """Make a user with all rights and return their id. Raises Invalid, and Unprocessable when the mail is taken."""
    check_mail(new.mail, member="email")
    check_password(new.password)
    user = User(workspace, service.new_id(), normal_mail(new.mail), hash_password(new.password), now)
    return commit(service.table, lambda: (user.id, _new_user_writes(service, user)))


def list_users(service: Service, workspace: str) -> list[User]:
    """Return all users, oldest first."""
    heads = [keys.user(workspace, user_id) for user_id in _user_ids(service, workspace)]
    users = [read_user(workspace, item) for item in service.table.get_many(heads).values()]
    return sorted(users, key=lambda user: (user.created, user.id))


def load_user(service: Service, workspace: str, user_id: str) -> User:
    """Read one user. Raises NotFound."""
    stored = service.table.get(keys.user(workspace, user_id))
    if stored is None:
        raise NotFound(f"user {user_id}")
    return read_user(workspace, stored)


def update_user(service: Service, workspace: str, user_id: str, change: UserChange, now: datetime) -> None:
    """Change a user; a new password ends all their tokens, from the next call on.

    Raises NotFound, Invalid, and Unprocessable when the mail is taken or the current password is another one.
    """
    _check(change)
    change = replace(change, password=hash_password(change.password) if change.password is not None else None)
    commit(service.table, lambda: (None, _change_writes(service, load_user(service, workspace, user_id), change, now)))


def delete_user(service: Service, workspace: str, user_id: str) -> None:
    """Remove a user; their tokens end with them. Raises NotFound, and Unprocessable for the last user."""
    commit(service.table, lambda: (None, _removal_writes(service, workspace, user_id)))


def _user_ids(service: Service, workspace: str) -> list[str]:
    return [str(record.item["uid"]) for record in read_all(service.table, Query(keys.user_directory(workspace)))]


def _new_user_writes(service: Service, user: User) -> list[Write]:
    _refuse_taken(service, user)
    return put_user(user)


def _refuse_taken(service: Service, user: User) -> None:
    owner = service.table.get(keys.mail(user.mail))
    if owner is not None and owner["uid"] != user.id:
        raise Unprocessable(f"email: {user.mail} belongs to a user already")


def _check(change: UserChange) -> None:
    if change.mail is None and change.password is None:
        raise Invalid("email or password: one of them must be given")
    if change.mail is not None:
        check_mail(change.mail, member="email")
    if change.password is not None:
        check_password(change.password)


def _change_writes(service: Service, before: User, change: UserChange, now: datetime) -> list[Write]:
    """Plan a change whose new password is a hash already."""
    if change.current_password is not None and not is_password(change.current_password, before.password_hash):
        raise Unprocessable("current_password: it is another one")
    after = replace(
        before,
        mail=normal_mail(change.mail) if change.mail is not None else before.mail,
        password_hash=change.password or before.password_hash,
        epoch=before.epoch + (change.password is not None),
        updated=now,
    )
    _refuse_taken(service, after)
    ended = _ended_tokens(service, before) if change.password else []
    head = update_between(user_key(after), user_item(before), user_item(after), Equal("rev", before.rev))
    return [head, *_mail_writes(before, after), *ended]


def _mail_writes(before: User, after: User) -> list[Write]:
    if before.mail == after.mail:
        return []
    return [Delete(keys.mail(before.mail)), Put(keys.mail(after.mail), mail_item(after), Absent())]


def _ended_tokens(service: Service, user: User) -> list[Write]:
    """Take the personal tokens of a user off their list; tokens of logins die by the epoch alone."""
    return [write for token in load_tokens(service, user.workspace, user.id) for write in delete_token(token)]


def _removal_writes(service: Service, workspace: str, user_id: str) -> Sequence[Write]:
    user = load_user(service, workspace, user_id)
    turn = read_turn(workspace, _TURN, service.table.get(keys.workspace(workspace)))
    if _user_ids(service, workspace) == [user_id]:
        raise Unprocessable("the last user of a workspace cannot be removed: nobody could log in; make another first")
    return [
        Delete(user_key(user), Equal("rev", user.rev)),
        Delete(keys.mail(user.mail)),
        Delete(keys.user_entry(workspace, user_id)),
        Delete(keys.user_settings(workspace, user_id)),
        turn.take(),
        *_ended_tokens(service, user),
    ]
