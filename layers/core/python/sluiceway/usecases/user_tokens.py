"""Giving a user a token that can be revoked."""

from __future__ import annotations

from datetime import datetime

from sluiceway.domain.user import User, UserToken
from sluiceway.usecases.credentials import USERS, UserCredentials
from sluiceway.usecases.service import Service


def sign_user_token(service: Service, user: User, token: UserToken, now: datetime) -> str:
    """Return the JWT of a stored token."""
    credentials = UserCredentials(user.workspace, user.id, token.id, user.epoch)
    return service.tokens.sign(credentials.to_claims(), audience=USERS, issued=now, expires=token.expires)
