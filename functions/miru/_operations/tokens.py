"""Tokens that let machines become devices, and that devices call with."""

from __future__ import annotations

from typing_extensions import TypedDict

from miru._operations.common import CONFLICT, Time, answers
from miru._versions import Version
from sluiceway.http.openapi import Operation


class Token(TypedDict):
    """A token, and when it ends."""

    token: str
    expires_at: Time


def operations(_version: Version) -> dict[str, Operation]:
    """Return the operations, which are the same in every version."""
    return {"provisioning_tokens.create_provisioning_token": Operation(answers=answers(Token), refusals=(CONFLICT,))}
