"""The identity of a device: the JSON object of attributes that tells it from all others (mender contract 6.1, 9.1)."""

from __future__ import annotations

from sluiceway.domain.errors import Invalid
from sluiceway.domain.strict_json import Json, canonical_json, read_json

MOST_IDENTITY_BYTES = 4096
TEXT_MEMBERS = frozenset({"mac", "sku", "sn"})
"""What clients print as text: one device with something else here breaks their list of all devices (contract 6.1)."""
_INVALID = "invalid auth request:"


def canonical_identity(text: str) -> str:
    """Return identity data with sorted keys and no spaces, so that the same attributes are the same identity.

    Raises Invalid for anything but a strictly written, flat JSON object with members, of at most 4,096 bytes.
    """
    try:
        identity = read_json(text)
    except ValueError as broken:
        raise Invalid(f"{_INVALID} id_data is not a JSON object: {broken}") from None
    if not isinstance(identity, dict) or not identity:
        raise Invalid(f"{_INVALID} id_data is not a JSON object with members")
    for name, value in identity.items():
        _check_member(name, value)
    canonical = canonical_json(identity)
    if len(canonical.encode()) > MOST_IDENTITY_BYTES:
        raise Invalid(f"{_INVALID} id_data has more than {MOST_IDENTITY_BYTES} bytes")
    return canonical


def _check_member(name: str, value: Json) -> None:
    """Go matches the names of members without regard to case, Unicode's variants of a letter included."""
    if isinstance(value, dict | list):
        raise Invalid(f"{_INVALID} id_data must be flat: the value of {name!r} is not")
    if name.casefold() in TEXT_MEMBERS and not isinstance(value, str):
        raise Invalid(f"{_INVALID} the value of {name!r} in id_data must be a string")
