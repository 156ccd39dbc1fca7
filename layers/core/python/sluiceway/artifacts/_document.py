"""The JSON documents inside an artifact, checked member by member; what is refused is named by its place."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from typing import Final, NoReturn

from sluiceway.domain.errors import InvalidArtifact

MAX_TEXT_LENGTH: Final = 256
"""Characters of a name, key or value (mender contract 1.8)."""


def parse_object(data: bytes, where: str) -> dict[str, object]:
    """Parse a JSON object.

    Raises:
        InvalidArtifact: It is not one, repeats a member, or holds what cannot be written again (NaN, lone surrogates).

    """
    try:
        document = json.loads(data.decode(), object_pairs_hook=_distinct, parse_constant=_refuse_constant)
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidArtifact(f"{where} is not valid JSON: {_reason(error)}") from error
    if not isinstance(document, dict):
        raise InvalidArtifact(f"{where} is not a JSON object")
    return document


def _reason(error: ValueError | RecursionError) -> str:
    return "not UTF-8" if isinstance(error, UnicodeError) else str(error)


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a member is repeated")
    return document


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def only_members(document: AbstractSet[str], allowed: AbstractSet[str], where: str) -> None:
    """Refuse members that the format does not know."""
    if unknown := document - allowed:
        raise InvalidArtifact(f"{where} has the unknown member {min(unknown)[:MAX_TEXT_LENGTH]!a}")


def as_text(value: object, where: str) -> str:
    """A string of at most 256 printable characters; it may be empty."""
    if not isinstance(value, str):
        raise InvalidArtifact(f"{where} is not a string")
    if len(value) > MAX_TEXT_LENGTH:
        raise InvalidArtifact(f"{where} is longer than {MAX_TEXT_LENGTH} characters")
    if not value.isprintable():
        raise InvalidArtifact(f"{where} has unprintable characters")
    return value


def as_name(value: object, where: str) -> str:
    """A string of 1 to 256 printable characters."""
    name = as_text(value, where)
    if not name:
        raise InvalidArtifact(f"{where} is empty")
    return name


def as_list(value: object, where: str) -> list[object]:
    """A JSON array; absent or null is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidArtifact(f"{where} is not a list")
    return value


def as_names(value: object, where: str) -> tuple[str, ...]:
    """An array of names; absent or null is an empty one."""
    return tuple(as_name(item, f"a value of {where}") for item in as_list(value, where))


def as_object(value: object, where: str) -> dict[str, object]:
    """A JSON object whose keys are names; absent or null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidArtifact(f"{where} is not an object")
    return {as_name(key, f"a key of {where}"): item for key, item in value.items()}


def as_provides(value: object, where: str) -> dict[str, str]:
    """An object of strings."""
    return {key: as_text(item, f"{where} {key}") for key, item in as_object(value, where).items()}


def as_depends(value: object, where: str) -> dict[str, str | tuple[str, ...]]:
    """An object whose values are a string or a list of strings; a list names at least one."""
    return {key: _depends_value(item, f"{where} {key}") for key, item in as_object(value, where).items()}


def _depends_value(value: object, where: str) -> str | tuple[str, ...]:
    if not isinstance(value, list):
        return as_text(value, where)
    if not value:
        raise InvalidArtifact(f"{where} is an empty list")
    return as_names(value, where)
