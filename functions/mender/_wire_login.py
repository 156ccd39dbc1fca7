"""What a login sends: mail address and password by HTTP Basic, wishes in the body (contract 5.1, RFC 7617)."""

from __future__ import annotations

import base64
from typing import NamedTuple

from sluiceway.domain.errors import Unauthenticated
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body


class BasicCredentials(NamedTuple):
    """What HTTP Basic carries."""

    username: str
    password: str


class LoginOptions(WireModel):
    """The body, which may be absent. A second factor (`token2fa`) is not asked for, so it is not read."""

    no_expiry: bool = False


def parse_login_options(request: Request) -> LoginOptions:
    """Read the body. Raises Invalid."""
    return parse_body(LoginOptions, request) if request.body else LoginOptions()


def basic_credentials(request: Request) -> BasicCredentials:
    """Read the Authorization header. Raises Unauthenticated."""
    header = request.headers.get("authorization", "")
    if not header:
        raise Unauthenticated("Authorization not present in header")
    scheme, _, encoded = header.partition(" ")
    try:
        username, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError as malformed:
        raise Unauthenticated("malformed Authorization header") from malformed
    if scheme.lower() != "basic" or not colon:
        raise Unauthenticated("malformed Authorization header")
    return BasicCredentials(username, password)
