from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.device import AuthStatus, DeviceEntry
from sluiceway.domain.inventory import Attribute, Attributes
from sluiceway.domain.inventory_search import (
    DeviceInventory,
    Operator,
    Order,
    Place,
    Scope,
    Term,
    count_attributes,
    describe,
    has_words,
    matches,
    ordered,
)

NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
X = Place(Scope.INVENTORY, "x")
OPPOSITES = [
    (Operator.EQUAL, Operator.NOT_EQUAL),
    (Operator.IN, Operator.NOT_IN),
]
scalars = (
    st.integers(-3, 3) | st.floats(-3, 3).map(lambda number: round(number, 1)) | st.sampled_from(["", "a", "b", "1"])
)
values = scalars | st.lists(scalars, max_size=3).map(tuple)
devices = st.none() | values


def device(value: object = None, device_id: str = "d", identity: str = "{}") -> DeviceInventory:
    """A device with one attribute, none when the value is None."""
    attributes: Attributes = {} if value is None else {"x": Attribute("x", value)}  # type: ignore[arg-type]
    return describe(DeviceEntry(device_id, AuthStatus.PENDING, identity, NOW), attributes, {}, None)


def holds(found: DeviceInventory, operator: Operator, operand: object) -> bool:
    return matches(found, [Term(X, operator, operand)])  # type: ignore[arg-type]


@pytest.mark.parametrize(("operator", "opposite"), OPPOSITES)
@given(value=devices, operand=scalars)
def test_an_operator_and_its_opposite_divide_all_devices(
    operator: Operator, opposite: Operator, value: object, operand: object
) -> None:
    compared = (operand,) if operator is Operator.IN else operand
    assert holds(device(value), operator, compared) is not holds(device(value), opposite, compared)


@given(value=scalars, operand=scalars)
def test_one_value_is_below_equal_to_or_above_another_of_its_kind_and_nothing_of_another(
    value: object, operand: object
) -> None:
    found = device(value)
    answers = [holds(found, each, operand) for each in (Operator.LESS, Operator.EQUAL, Operator.GREATER)]
    assert sum(answers) == (isinstance(value, str) is isinstance(operand, str))
    assert holds(found, Operator.LESS_OR_EQUAL, operand) is (answers[0] or answers[1])
    assert holds(found, Operator.GREATER_OR_EQUAL, operand) is (answers[1] or answers[2])


@given(found=st.lists(devices, max_size=6), descending=st.booleans())
def test_a_sort_loses_nobody_and_puts_those_without_a_value_last(found: list[object], *, descending: bool) -> None:
    given_devices = [device(value, f"d{number}") for number, value in enumerate(found)]
    done = ordered(given_devices, [Order(X, descending)])
    assert sorted(each.id for each in done) == sorted(each.id for each in given_devices)
    have = [bool(each.values(X)) for each in done]
    assert have == sorted(have, reverse=True)
    first = [each.values(X)[0] for each in done if each.values(X)]
    keys = [(isinstance(value, str), value) for value in first]
    assert keys == sorted(keys, reverse=descending)


def test_identity_data_of_any_shape_can_be_searched_for() -> None:
    found = device(identity='{"mac":"m","n":1,"list":["a","b"],"deep":{"a":[1]},"flag":true,"status":"mine"}')
    shown = {name: attribute.value for name, attribute in found.scopes[Scope.IDENTITY].items()}
    assert shown == {
        "mac": "m",
        "n": 1,
        "list": ("a", "b"),
        "deep": '{"a": [1]}',
        "flag": "true",
        "status": "pending",
    }


def test_words_are_looked_for_in_every_value_and_the_id() -> None:
    found = device(("Alpha", 12), device_id="Device-7")
    assert has_words(found, ["ALPH", "device-7", "12"])
    assert not has_words(found, ["alpha", "beta"])
    assert has_words(found, [])


def test_attributes_are_counted_once_for_each_device_that_has_them() -> None:
    counted = dict(count_attributes([device("a"), device(("a", "b")), device()]))
    assert counted[X] == 2
    assert counted[Place(Scope.IDENTITY, "status")] == 3
