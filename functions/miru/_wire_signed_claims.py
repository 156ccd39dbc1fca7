"""What a device signs to be given a token (contract 8.3); read without pydantic."""

from __future__ import annotations

from miru._wire_times import parse_moment
from sluiceway.domain.errors import InvalidMembers
from sluiceway.http.json_body import json_object, text_member, text_members
from sluiceway.http.request import Request
from sluiceway.usecases.config_device_tokens import SignedClaims

MOST_CLAIM_CHARACTERS = 256
MOST_SIGNATURE_CHARACTERS = 4096


def parse_signed_claims(request: Request) -> SignedClaims:
    """Read claims and their signature (contract 8.3). Raises Invalid."""
    body = json_object(request)
    claims = body.get("claims")
    if not isinstance(claims, dict):
        raise InvalidMembers([("claims", "must be an object")])
    texts = text_members(claims, ("device_id", "nonce", "expiration"), longest=MOST_CLAIM_CHARACTERS, of="claims")
    expires = parse_moment(texts["expiration"])
    if expires is None:
        raise InvalidMembers([("claims.expiration", "must be a date and time with its offset from UTC")])
    signature = text_member(body, "signature", longest=MOST_SIGNATURE_CHARACTERS)
    return SignedClaims(texts["device_id"], texts["nonce"], expires, signature)
