"""Making a tenant and the first user who may operate it (design section 8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sluiceway.domain.errors import Conflict, Invalid
from sluiceway.domain.user import TokenKind, User, UserToken, Workspace, check_mail, normal_mail
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Absent, Put, Write
from sluiceway.storage.token_items import put_token
from sluiceway.storage.user_items import put_user, workspace_item
from sluiceway.usecases.passwords import check_password, hash_password
from sluiceway.usecases.service import Service
from sluiceway.usecases.user_tokens import sign_user_token

FIRST_TOKEN_LIFE = timedelta(days=30)
FIRST_TOKEN_NAME = "first token"  # noqa: S105 - a name, shown in lists
MOST_NAME_CHARACTERS = 256


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """What to make; `mail` and `password` are the first user's."""

    name: str
    mail: str
    password: str = field(repr=False)
    max_devices: int = 0
    """How many devices it may accept, 0 for any number."""


@dataclass(frozen=True, slots=True)
class CreatedWorkspace:
    """The workspace, its first user, and a token of theirs with all rights that lives 30 days."""

    workspace: Workspace
    user: User
    token: str = field(repr=False)


def create_workspace(service: Service, new: NewWorkspace, now: datetime) -> CreatedWorkspace:
    """Make a workspace; the first of all is that of devices which name none.

    Raises Invalid, or Conflict when somebody has the mail address, in whichever workspace.
    """
    _check(new)
    workspace = Workspace(service.new_id(), new.name, now, new.max_devices)
    user = User(workspace.id, service.new_id(), normal_mail(new.mail), hash_password(new.password), now)
    expires = now + FIRST_TOKEN_LIFE
    token = UserToken(workspace.id, service.new_id(), user.id, TokenKind.PERSONAL, expires, FIRST_TOKEN_NAME, now)
    commit(service.table, lambda: (None, _writes(service, workspace, user, token)))
    return CreatedWorkspace(workspace, user, sign_user_token(service, user, token, now))


def _check(new: NewWorkspace) -> None:
    if not 0 < len(new.name) <= MOST_NAME_CHARACTERS:
        raise Invalid(f"name: a workspace has a name of at most {MOST_NAME_CHARACTERS} characters")
    if new.max_devices < 0:
        raise Invalid("max_devices: must be 0, for any number, or more")
    check_mail(new.mail, member="username")
    check_password(new.password)


def _writes(service: Service, workspace: Workspace, user: User, token: UserToken) -> list[Write]:
    mail_key, default_key = keys.mail(user.mail), keys.default_workspace()
    found = service.table.get_many([mail_key, default_key])
    if mail_key in found:
        raise Conflict(f"the mail address {user.mail} belongs to a user already: choose another username")
    is_first = default_key not in found
    return [
        Put(keys.workspace(workspace.id), workspace_item(workspace), Absent()),
        *put_user(user),
        *put_token(token),
        *([Put(default_key, {"ws": workspace.id}, Absent())] if is_first else []),
    ]
