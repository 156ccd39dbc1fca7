"""Finding devices by what is known of them (mender contract 7).

Comparison follows the store that the dialect was made for: an attribute with several values is found by any of them,
`$ne` and `$nin` also find devices without the attribute, and text is never compared with a number.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sluiceway.domain.device import DeviceEntry
from sluiceway.domain.inventory import Attribute, Attributes
from sluiceway.domain.patterns import compile_pattern
from sluiceway.domain.times import rfc3339

Scalar: TypeAlias = str | int | float
Operand: TypeAlias = "Scalar | bool | tuple[Scalar, ...]"


class Scope(StrEnum):
    """Where an attribute comes from."""

    INVENTORY = "inventory"
    IDENTITY = "identity"
    SYSTEM = "system"
    TAGS = "tags"
    MONITOR = "monitor"


class Operator(StrEnum):
    """How an attribute is compared."""

    EQUAL = "$eq"
    NOT_EQUAL = "$ne"
    GREATER = "$gt"
    GREATER_OR_EQUAL = "$gte"
    LESS = "$lt"
    LESS_OR_EQUAL = "$lte"
    IN = "$in"
    NOT_IN = "$nin"
    EXISTS = "$exists"
    REGEX = "$regex"


@dataclass(frozen=True, slots=True)
class Place:
    """One attribute of devices."""

    scope: Scope
    name: str


GROUP = Place(Scope.SYSTEM, "group")
CHECK_IN_TIME = Place(Scope.SYSTEM, "check_in_time")
ID = Place(Scope.IDENTITY, "id")
STATUS = Place(Scope.IDENTITY, "status")


@dataclass(frozen=True, slots=True)
class Term:
    """A condition on one attribute. The operand is a tuple for `$in` and `$nin`, a boolean for `$exists`."""

    place: Place
    operator: Operator
    operand: Operand


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A search that users keep under a name: it finds the devices that meet all its terms."""

    id: str
    name: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One criterion of a sort; devices without the attribute come last either way."""

    place: Place
    descending: bool = False


@dataclass(frozen=True, slots=True)
class DeviceInventory:
    """All that is known of a device, by scope; `updated` is when that last changed."""

    id: str
    updated: datetime
    scopes: Mapping[Scope, Attributes]
    tags_version: int = 0

    def values(self, place: Place) -> tuple[Scalar, ...]:
        """The values of an attribute, none when the device has no such attribute."""
        if place == ID:
            return (self.id,)
        attribute = self.scopes[place.scope].get(place.name)
        if attribute is None:
            return ()
        return attribute.value if isinstance(attribute.value, tuple) else (attribute.value,)

    def has(self, place: Place) -> bool:
        """Whether the device has an attribute, be it an empty list."""
        return place == ID or place.name in self.scopes[place.scope]

    def seen(self, moment: datetime | None) -> DeviceInventory:
        """Return the same with the time of its last contact."""
        if moment is None:
            return self
        contact = Attribute(CHECK_IN_TIME.name, rfc3339(moment))
        system = {**self.scopes[Scope.SYSTEM], contact.name: contact}
        return replace(self, scopes={**self.scopes, Scope.SYSTEM: system})


def describe(
    entry: DeviceEntry, inventory: Attributes, tags: Attributes, updated: datetime | None, tags_version: int = 0
) -> DeviceInventory:
    """Put together what is known of a device."""
    changed = updated or entry.created
    times = {"created_ts": rfc3339(entry.created), "updated_ts": rfc3339(changed)}
    group = {GROUP.name: entry.groups.group} if entry.groups.group else {}
    identity = {name: _identity_value(value) for name, value in json.loads(entry.identity).items()}
    scopes = {
        Scope.INVENTORY: inventory,
        Scope.IDENTITY: _attributes({**identity, "status": str(entry.status)}),
        Scope.SYSTEM: _attributes({**group, **times}),
        Scope.TAGS: tags,
        Scope.MONITOR: {},
    }
    return DeviceInventory(entry.device_id, changed, scopes, tags_version)


def matches(device: DeviceInventory, terms: Iterable[Term]) -> bool:
    """Tell whether a device meets every term."""
    return all(_meets(device, term) for term in terms)


def has_words(device: DeviceInventory, words: Iterable[str]) -> bool:
    """Tell whether each word occurs in the device's id or one of its values, in whatever case."""
    values = [
        value for attributes in device.scopes.values() for attribute in attributes.values() for value in _all(attribute)
    ]
    text = "\n".join([device.id, *map(str, values)]).casefold()
    return all(word.casefold() in text for word in words)


def ordered(devices: Sequence[DeviceInventory], orders: Sequence[Order]) -> list[DeviceInventory]:
    """Sort by each criterion in turn, the first one first; what is equal keeps its order."""
    found = list(devices)
    for order in reversed(orders):
        there = [device for device in found if device.values(order.place)]
        without = [device for device in found if not device.values(order.place)]
        found = sorted(there, key=_sort_key(order.place), reverse=order.descending) + without
    return found


def count_attributes(devices: Iterable[DeviceInventory]) -> list[tuple[Place, int]]:
    """Return every attribute that some device has, and how many have it, the commonest first."""
    counts = Counter(
        Place(scope, name) for device in devices for scope, attributes in device.scopes.items() for name in attributes
    )
    return sorted(counts.items(), key=lambda counted: (-counted[1], counted[0].scope, counted[0].name))


def _attributes(values: Mapping[str, Scalar | tuple[str, ...]]) -> Attributes:
    return {name: Attribute(name, value) for name, value in values.items()}


def _identity_value(value: object) -> Scalar | tuple[str, ...]:
    """Show an identity's member as an attribute; what has no form of one is shown as JSON text."""
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    return json.dumps(value, ensure_ascii=False)


def _all(attribute: Attribute) -> tuple[Scalar, ...]:
    return attribute.value if isinstance(attribute.value, tuple) else (attribute.value,)


def _sort_key(place: Place) -> Callable[[DeviceInventory], tuple[bool, Scalar]]:
    def key(device: DeviceInventory) -> tuple[bool, Scalar]:
        first = device.values(place)[0]
        return isinstance(first, str), first

    return key


def _meets(device: DeviceInventory, term: Term) -> bool:
    values = device.values(term.place)
    match term.operator:
        case Operator.EXISTS:
            return device.has(term.place) is term.operand
        case Operator.NOT_EQUAL | Operator.NOT_IN:
            return not any(_is_one_of(value, term.operand) for value in values)
        case Operator.EQUAL | Operator.IN:
            return any(_is_one_of(value, term.operand) for value in values)
        case Operator.REGEX:
            pattern = compile_pattern(str(term.operand))
            return any(isinstance(value, str) and _found(pattern, value) for value in values)
        case _:
            return any(_compares(value, term) for value in values)


def _found(pattern: re.Pattern[str], value: str) -> bool:
    return pattern.search(value) is not None


def _is_one_of(value: Scalar, operand: Operand) -> bool:
    return value in operand if isinstance(operand, tuple) else value == operand


def _compares(value: Scalar, term: Term) -> bool:
    operand = term.operand
    if isinstance(value, str) and isinstance(operand, str):
        return _is_beyond(term.operator, (value > operand) - (value < operand))
    if isinstance(value, int | float) and isinstance(operand, int | float):
        return _is_beyond(term.operator, (value > operand) - (value < operand))
    return False


def _is_beyond(operator: Operator, sign: int) -> bool:
    accepted = {
        Operator.GREATER: {1},
        Operator.GREATER_OR_EQUAL: {0, 1},
        Operator.LESS: {-1},
        Operator.LESS_OR_EQUAL: {-1, 0},
    }
    return sign in accepted[operator]
