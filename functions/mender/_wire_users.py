"""Users and their personal tokens as JSON, and what is asked of them (contract 5.3, 5.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from mender._wire_times import rfc3339
from sluiceway.domain.user import User, UserToken
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.personal_tokens import NewToken
from sluiceway.usecases.users import NewUser, UserChange

LONGEST_TOKEN_LIFE_SECONDS = 31_536_000
_Text = Annotated[str, Field(max_length=1024)]


class NewUserBody(WireModel):
    """The body that makes a user."""

    email: _Text
    password: _Text


class UserChangeBody(WireModel):
    """The body that changes a user."""

    email: _Text | None = None
    password: _Text | None = None
    current_password: _Text | None = None


class NewTokenBody(WireModel):
    """The body that makes a personal token."""

    name: Annotated[str, Field(min_length=1, max_length=256)]
    expires_in: Annotated[int, Field(ge=1, le=LONGEST_TOKEN_LIFE_SECONDS)]


def parse_new_user(request: Request) -> NewUser:
    """Read whom to make. Raises Invalid."""
    body = parse_body(NewUserBody, request)
    return NewUser(body.email, body.password)


def parse_user_change(request: Request) -> UserChange:
    """Read what to change. Raises Invalid."""
    body = parse_body(UserChangeBody, request)
    return UserChange(body.email, body.password, body.current_password)


def parse_new_token(request: Request) -> NewToken:
    """Read which token to make. Raises Invalid."""
    body = parse_body(NewTokenBody, request)
    return NewToken(body.name, timedelta(seconds=body.expires_in))


def user_json(user: User) -> dict[str, Any]:
    """Render a user."""
    return {
        "id": user.id,
        "email": user.mail,
        "created_ts": rfc3339(user.created),
        "updated_ts": rfc3339(user.updated or user.created),
    }


def token_json(token: UserToken) -> dict[str, Any]:
    """Render a personal token, which is never shown itself."""
    made = {} if token.created is None else {"created_ts": rfc3339(token.created)}
    used = {} if token.last_used is None else {"last_used": rfc3339(token.last_used)}
    return {"id": token.id, "name": token.name, **made, "expiration_date": rfc3339(token.expires), **used}
