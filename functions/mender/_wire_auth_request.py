"""A device's request for a token (contract 9.1)."""

from __future__ import annotations

from sluiceway.domain.errors import Invalid
from sluiceway.http.json_body import json_object, text_member
from sluiceway.http.request import Request
from sluiceway.usecases.request_token import AuthRequest

SIGNATURE_HEADER = "x-men-signature"
_LONGEST = 16_384
"""Above every key and identity that is taken; a tenant token may be a long one that we do not know."""


def parse_auth_request(request: Request) -> AuthRequest:
    """Read the body, and keep its bytes for the signature. Raises Invalid."""
    body = json_object(request, what="auth request")
    try:
        return AuthRequest(
            identity=text_member(body, "id_data", longest=_LONGEST),
            public_key=text_member(body, "pubkey", longest=_LONGEST),
            tenant_token=text_member(body, "tenant_token", longest=_LONGEST, required=False),
            signature=request.headers.get(SIGNATURE_HEADER),
            body=request.body,
        )
    except Invalid as fault:
        raise Invalid(f"invalid auth request: {fault}") from fault
