"""DynamoDB's wire form of attributes, such as `{"n": {"N": "1"}}`, and their size by DynamoDB's rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sluiceway.storage.table import InvalidRequest, Item, Key, Record, Value

Attribute: TypeAlias = Mapping[str, Any]
"""One value under the name of its type: S, N, B, BOOL, NULL, SS, L or M."""
Attributes: TypeAlias = Mapping[str, Attribute]

_NUMBER_LIMIT = 10**38


def serialise(item: Item) -> dict[str, Attribute]:
    """Wire form of an item; raises InvalidRequest for what DynamoDB cannot store."""
    return {name: serialise_value(value) for name, value in item.items()}


def serialise_value(value: Value) -> Attribute:
    """Wire form of one value; raises InvalidRequest for what DynamoDB cannot store."""
    match value:
        case str():
            return {"S": _text(value)}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": _number(value)}
        case None:
            return {"NULL": True}
        case bytes():
            return {"B": value}
        case _:
            return _collection(value)


def _collection(values: frozenset[str] | Mapping[str, Value] | Sequence[Value]) -> Attribute:
    match values:
        case frozenset():
            return {"SS": _members(values)}
        case Mapping():
            return {"M": serialise(values)}
        case Sequence():
            return {"L": [serialise_value(each) for each in values]}
        case _:
            raise InvalidRequest(f"values of type {type(values).__name__} cannot be stored")


def _text(value: str) -> str:
    """A plain string, whatever subclass of str (such as an enumeration) holds it."""
    if type(value) is str and value.isascii():
        return value
    try:
        return value.encode().decode()
    except UnicodeEncodeError:
        raise InvalidRequest("text with half of a surrogate pair cannot be stored") from None


def _number(value: int) -> str:
    if abs(value) >= _NUMBER_LIMIT:
        raise InvalidRequest("numbers of more than 38 digits cannot be stored")
    return f"{value:d}"


def _members(strings: frozenset[str]) -> list[str]:
    if not strings:
        raise InvalidRequest("an empty set cannot be stored; remove the attribute instead")
    return sorted(_text(each) for each in strings)


def deserialise(attributes: Attributes) -> dict[str, Value]:
    """The item of a wire form."""
    return {name: deserialise_value(attribute) for name, attribute in attributes.items()}


def deserialise_value(attribute: Attribute) -> Value:
    """The value of a wire form; raises ValueError for a number that is not whole and a type that we never store."""
    ((kind, stored),) = attribute.items()
    value: Value
    match kind:
        case "S":
            value = stored
        case "N":
            value = int(stored)
        case "B" | "BOOL":
            value = stored
        case "NULL":
            value = None
        case "SS":
            value = frozenset(stored)
        case "M":
            value = deserialise(stored)
        case "L":
            value = [deserialise_value(each) for each in stored]
        case _:
            raise ValueError(f"attributes of type {kind} are not ours")
    return value


def plain(item: Item) -> dict[str, Value]:
    """The item that its wire form stands for, in containers of its own; raises InvalidRequest as that would."""
    return {name: plain_value(value) for name, value in item.items()}


def plain_value(value: Value) -> Value:
    """The value that its wire form stands for: itself, in nearly all cases."""
    if (type(value) is str and value.isascii()) or (type(value) is int and abs(value) < _NUMBER_LIMIT):
        return value
    match value:
        case bool() | None | bytes():
            return value
        case Mapping():
            return plain(value)
        case _:
            return deserialise_value(serialise_value(value))


def key_attributes(key: Key) -> Attributes:
    """A key as the attributes that hold it."""
    return {"PK": serialise_value(key.pk), "SK": serialise_value(key.sk)}


def stored_form(record: Record) -> Attributes:
    """An item as it is stored, its key among the attributes."""
    return {**key_attributes(record.key), **serialise(record.item)}


def record_of(stored: Attributes) -> Record:
    """The key and the item of a stored form."""
    return Record(Key(stored["PK"]["S"], stored["SK"]["S"]), item_of(stored))


def item_of(stored: Attributes) -> dict[str, Value]:
    """The item of a stored form, without its key."""
    return {name: deserialise_value(attribute) for name, attribute in stored.items() if name not in ("PK", "SK")}


def size_of(item: Item) -> int:
    """Bytes that limits and capacity are counted in: names and values, with DynamoDB's costs of numbers and nesting."""
    names = "".join(item)
    return len(names.encode()) + sum(map(_value_size, item.values()))


def _value_size(value: Value) -> int:
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int):
        return _number_size(value)
    return len(value) if isinstance(value, bytes) else _collection_size(value)


def _collection_size(values: frozenset[str] | Mapping[str, Value] | Sequence[Value]) -> int:
    match values:
        case frozenset():
            return sum(len(each.encode()) for each in values)
        case Mapping():
            return 3 + len(values) + size_of(values)
        case _:
            return 3 + sum(1 + _value_size(each) for each in values)


def _number_size(number: int) -> int:
    """A byte, one for each pair of digits but zeros at the end, and one for a minus."""
    digits = f"{abs(number):d}"
    zeros = len(digits) - len(digits.rstrip("0"))
    pairs = (len(digits) + 1) // 2 - zeros // 2 if number else 0
    return 1 + pairs + (number < 0)
