"""Tokens as the clients take them (contract 5.1, 9.1)."""

from sluiceway.http.response import Response, as_text

JWT = "application/jwt"


def token_response(token: str) -> Response:
    """Answer the bare token, without a newline: mender-cli stores the bytes and sends them back in a header."""
    return as_text(token, JWT)
