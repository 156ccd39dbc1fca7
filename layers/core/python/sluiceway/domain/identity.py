"""The identity of a device: the JSON object of attributes that tells it from all others (mender contract 6.1, 9.1)."""

from __future__ import annotations

import json

from sluiceway.domain.errors import Invalid
from sluiceway.domain.strict_json import read_json

MOST_IDENTITY_BYTES = 4096


def canonical_identity(text: str) -> str:
    """Return identity data with sorted keys and no spaces, so that the same attributes are the same identity.

    Raises Invalid for anything but a strictly written JSON object with members, of at most 4,096 bytes.
    """
    try:
        identity = read_json(text)
    except ValueError as broken:
        raise Invalid(f"invalid auth request: id_data is not a JSON object: {broken}") from None
    if not isinstance(identity, dict) or not identity:
        raise Invalid("invalid auth request: id_data is not a JSON object with members")
    canonical = json.dumps(identity, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(canonical.encode()) > MOST_IDENTITY_BYTES:
        raise Invalid(f"invalid auth request: id_data has more than {MOST_IDENTITY_BYTES} bytes")
    return canonical
