"""Values on their way to DynamoDB's wire form and back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.storage.attributes import (
    deserialise,
    deserialise_value,
    item_of,
    plain,
    plain_value,
    record_of,
    serialise,
    serialise_value,
    size_of,
    stored_form,
)
from sluiceway.storage.table import InvalidRequest, Item, Key, Record, Value
from tests.support.items import items, values

TYPES = {"S", "N", "B", "BOOL", "NULL", "SS", "L", "M"}


@given(items())
def test_every_item_comes_back_from_its_wire_form(item: Item) -> None:
    assert deserialise(serialise(item)) == item


@given(values())
def test_every_value_comes_back_with_its_type(value: Value) -> None:
    """1, True and "1" are equal or alike in places; none may turn into the other."""
    assert type(deserialise_value(serialise_value(value))) is type(value)


@given(values())
def test_a_plain_value_is_what_comes_back_from_the_wire_form(value: Value) -> None:
    assert repr(plain_value(value)) == repr(deserialise_value(serialise_value(value)))


@given(values())
def test_a_wire_form_names_one_type(value: Value) -> None:
    (kind,) = serialise_value(value)

    assert kind in TYPES


@given(items(), st.text(min_size=1), st.text(min_size=1))
def test_a_record_comes_back_from_its_stored_form(item: Item, pk: str, sk: str) -> None:
    record = Record(Key(pk, sk), item)

    assert record_of(stored_form(record)) == record
    assert item_of(stored_form(record)) == item


class Status(StrEnum):
    SUCCESS = "success"


class Size(IntEnum):
    LARGE = 3


def test_subclasses_are_stored_as_the_plain_types() -> None:
    stored = serialise({"enum": Status.SUCCESS, "tuple": ("a",), "mapping": MappingProxyType({"a": 1})})

    assert stored == {"enum": {"S": "success"}, "tuple": {"L": [{"S": "a"}]}, "mapping": {"M": {"a": {"N": "1"}}}}
    assert type(stored["enum"]["S"]) is str


def test_plain_values_are_of_the_plain_types() -> None:
    stored = plain(
        {"text": Status.SUCCESS, "number": Size.LARGE, "list": (Status.SUCCESS,), "mapping": MappingProxyType({})}
    )

    assert stored == {"text": "success", "number": 3, "list": ["success"], "mapping": {}}
    assert [type(stored[name]) for name in ("text", "number")] == [str, int]


@pytest.mark.parametrize("value", [1.0, frozenset(), 10**38, -(10**38), "\udfff", {1, 2}, object()])
def test_what_dynamodb_cannot_store_is_refused(value: str) -> None:
    for place in (value, [value], {"inside": value}):
        for taken in (serialise_value, plain_value):
            with pytest.raises(InvalidRequest):
                taken(place)


@pytest.mark.parametrize("attribute", [{"N": "1.5"}, {"NS": ["1"]}, {}])
def test_what_we_never_store_is_not_read_as_something_else(attribute: Mapping[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the number's text comes from int()
        deserialise_value(attribute)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("", 0),
        ("é🚀", 6),
        (b"123", 3),
        (True, 1),
        (None, 1),
        (0, 1),
        (7, 2),
        (99, 2),
        (100, 2),
        (1000, 2),
        (1234, 3),
        (-1234, 4),
        (10**37, 2),
        (frozenset({"ab", "c"}), 3),
        ([], 3),
        (["a", 1], 3 + 1 + 1 + 1 + 2),
        ({"ab": "c"}, 3 + 1 + 2 + 1),
        ({"a": {"b": [None]}}, 3 + 1 + 1 + 3 + 1 + 1 + 3 + 1 + 1),
    ],
)
def test_a_size_is_counted_by_dynamodbs_rules(value: Value, size: int) -> None:
    assert size_of({"name": value}) == len("name") + size
