"""What a device says about itself (mender contract 7, 9.7)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sluiceway.domain.errors import Invalid

MOST_ATTRIBUTES = 100
MOST_ATTRIBUTE_BYTES = 64 * 1024
MOST_DEVICE_TYPE_BYTES = 256
"""No artifact names a longer device type (mender contract 1.8)."""
DEVICE_TYPE = "device_type"
TIME_ZONES = ("time_zone", "timezone", "geo-timezone")
"""Attributes that may hold the IANA name of a device's time zone; the first that does counts."""
MOST_TIME_ZONE_CHARACTERS = 64

AttributeValue: TypeAlias = "str | int | float | tuple[str, ...] | tuple[int | float, ...]"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One named value, with what it means when the device says so."""

    name: str
    value: AttributeValue
    description: str = ""


Attributes: TypeAlias = Mapping[str, Attribute]
"""Attributes of one scope by name."""


def attributes_of(reported: Iterable[Attribute]) -> Attributes:
    """Attributes by name; the last one of a name counts. Raises Invalid as `checked` does."""
    return checked({attribute.name: attribute for attribute in reported})


def merged(known: Attributes, reported: Attributes) -> Attributes:
    """Add and overwrite. Raises Invalid as `checked` does."""
    return checked({**known, **reported})


def checked(attributes: Attributes) -> Attributes:
    """Return the attributes. Raises Invalid for more than 100 of them, or more than 64 KiB."""
    if len(attributes) > MOST_ATTRIBUTES:
        raise Invalid(f"too many attributes: at most {MOST_ATTRIBUTES}")
    if len(to_json(attributes).encode()) > MOST_ATTRIBUTE_BYTES:
        raise Invalid(f"the attributes are too large: at most {MOST_ATTRIBUTE_BYTES} bytes together")
    return attributes


def device_type_of(attributes: Attributes) -> str:
    """The device type that an artifact could be compatible with, empty when there is none."""
    value = attributes[DEVICE_TYPE].value if DEVICE_TYPE in attributes else ""
    return value if isinstance(value, str) and len(value.encode()) <= MOST_DEVICE_TYPE_BYTES else ""


def time_zone_of(attributes: Attributes) -> str:
    """The time zone that the device says it is in, which may not exist; empty when it says none."""
    told = (attributes[name].value for name in TIME_ZONES if name in attributes)
    texts = (value for value in told if isinstance(value, str) and value)
    return next((text for text in texts if text.isascii() and len(text) <= MOST_TIME_ZONE_CHARACTERS), "")


def to_json(attributes: Attributes) -> str:
    """Return attributes as JSON text: name to value, or to value and description."""
    plain = {name: [attribute.value, attribute.description] for name, attribute in attributes.items()}
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> Attributes:
    """Return the attributes of `to_json`."""
    plain = json.loads(text)
    return {name: Attribute(name, _frozen(value), description) for name, (value, description) in plain.items()}


def _frozen(value: object) -> AttributeValue:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]  # as to_json wrote it
