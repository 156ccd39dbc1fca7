from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.errors import Invalid
from sluiceway.domain.inventory import (
    MOST_ATTRIBUTE_BYTES,
    MOST_ATTRIBUTES,
    Attribute,
    AttributeValue,
    attributes_of,
    device_type_of,
    from_json,
    merged,
    to_json,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = texts | numbers | st.lists(texts, max_size=3).map(tuple) | st.lists(numbers, max_size=3).map(tuple)
reports = st.lists(st.builds(Attribute, texts, values, texts), max_size=6)


@given(reports)
def test_attributes_come_back_from_json_as_they_were(reported: list[Attribute]) -> None:
    attributes = attributes_of(reported)
    assert from_json(to_json(attributes)) == attributes


@given(reports, reports)
def test_a_merge_adds_and_overwrites_and_removes_nothing(known: list[Attribute], reported: list[Attribute]) -> None:
    before, new = attributes_of(known), attributes_of(reported)
    after = merged(before, new)
    assert set(after) == set(before) | set(new)
    assert all(after[name] == (new[name] if name in new else before[name]) for name in after)


def test_the_last_of_two_attributes_of_one_name_counts() -> None:
    assert attributes_of([Attribute("a", "1"), Attribute("a", "2")])["a"].value == "2"


def test_there_may_be_a_hundred_attributes_and_not_one_more() -> None:
    hundred = attributes_of(Attribute(str(number), "") for number in range(MOST_ATTRIBUTES))
    with pytest.raises(Invalid, match="too many attributes"):
        merged(hundred, attributes_of([Attribute("more", "")]))


def test_attributes_have_64_kib_together_counted_in_bytes() -> None:
    spare = len(to_json({"a": Attribute("a", "")}).encode())
    assert attributes_of([Attribute("a", "x" * (MOST_ATTRIBUTE_BYTES - spare))])
    with pytest.raises(Invalid, match="too large"):
        attributes_of([Attribute("a", "x" * (MOST_ATTRIBUTE_BYTES - spare + 1))])
    with pytest.raises(Invalid, match="too large"):
        attributes_of([Attribute("a", "é" * (MOST_ATTRIBUTE_BYTES // 2))])


@pytest.mark.parametrize(
    ("value", "device_type"),
    [("board-a", "board-a"), (("a", "b"), ""), (7, ""), ("x" * 256, "x" * 256), ("é" * 129, "")],
)
def test_only_what_an_artifact_could_name_is_a_device_type(value: AttributeValue, device_type: str) -> None:
    assert device_type_of(attributes_of([Attribute("device_type", value)])) == device_type
