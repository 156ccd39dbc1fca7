"""Users, their tokens and their settings (contract 5)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, NotRequired

from pydantic import Field, JsonValue
from typing_extensions import TypedDict

from mender._operations.common import (
    CHANGED,
    CONFLICT,
    CREATED,
    NO_CONTENT,
    NOT_FOUND,
    REFUSED_CREDENTIALS,
    UNPROCESSABLE,
    IfMatch,
    Time,
    answers,
)
from mender._operations.devauth import Token
from mender._wire_login import LoginOptions
from mender._wire_users import NewTokenBody, NewUserBody, UserChangeBody
from sluiceway.http.openapi import Answer, Operation, Refusal, content_json
from sluiceway.usecases.passwords import LEAST_PASSWORD_CHARACTERS

Mail = Annotated[str, Field(max_length=1024, pattern=r"^\s*[^\s:][^:]*@[^:@]*[^\s:@]\s*$")]
Password = Annotated[str, Field(min_length=LEAST_PASSWORD_CHARACTERS, max_length=1024)]


class NewUser(NewUserBody):
    """Whom to make."""

    email: Mail
    password: Password


class UserChange(UserChangeBody):
    """What to change; a current password is compared when it is given."""

    email: Mail | None = None
    password: Password | None = None


class User(TypedDict):
    """Somebody who may log in."""

    id: str
    email: str
    created_ts: Time
    updated_ts: Time


class PersonalToken(TypedDict):
    """A token for scripts, which is never shown itself."""

    id: str
    name: str
    created_ts: NotRequired[Time]
    expiration_date: Time
    last_used: NotRequired[Time]


_CHANGES: list[JsonValue] = [
    {"required": [member], "properties": {member: {"type": "string"}}} for member in ("email", "password")
]
_SETTINGS = {200: Answer(content_json(dict[str, object]), {"ETag": str})}
_STORE_SETTINGS = Operation(
    headers=IfMatch, body=content_json(dict[str, object]), answers={201: NO_CONTENT}, refusals=(CHANGED,)
)
_TOO_MANY_ATTEMPTS = Refusal(
    "TooManyAttempts",
    HTTPStatus.TOO_MANY_REQUESTS,
    "Too many wrong passwords, and for some minutes even the right one is refused; or too many logins at once.",
    {"Retry-After": Annotated[int, Field(ge=1)]},
)
_UPDATE_USER = Operation(
    body=content_json(Annotated[UserChange, Field(json_schema_extra={"anyOf": _CHANGES})]),
    answers={204: NO_CONTENT},
    refusals=(NOT_FOUND, UNPROCESSABLE),
)

OPERATIONS = {
    "useradm.log_in": Operation(
        body=content_json(LoginOptions),
        body_required=False,
        answers={200: Answer(Token)},
        refusals=(REFUSED_CREDENTIALS, _TOO_MANY_ATTEMPTS),
        security="password",
    ),
    "useradm.log_out": Operation(answers={202: NO_CONTENT}),
    "useradm.list_tokens": Operation(answers=answers(list[PersonalToken])),
    "useradm.create_token": Operation(
        body=content_json(NewTokenBody), answers={200: Answer(Token)}, refusals=(CONFLICT, UNPROCESSABLE)
    ),
    "useradm.revoke_token": Operation(answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)),
    "useradm.get_settings": Operation(answers=_SETTINGS),
    "useradm.get_own_settings": Operation(answers=_SETTINGS),
    "useradm.store_settings": _STORE_SETTINGS,
    "useradm.store_own_settings": _STORE_SETTINGS,
    "useradm.list_users": Operation(answers=answers(list[User])),
    "useradm.create_user": Operation(body=content_json(NewUser), answers={201: CREATED}, refusals=(UNPROCESSABLE,)),
    "useradm.get_user": Operation(answers=answers(User), refusals=(NOT_FOUND,)),
    "useradm.get_own_user": Operation(answers=answers(User)),
    "useradm.update_user": _UPDATE_USER,
    "useradm.update_own_user": _UPDATE_USER,
    "useradm.delete_user": Operation(answers={204: NO_CONTENT}, refusals=(NOT_FOUND, UNPROCESSABLE)),
}
