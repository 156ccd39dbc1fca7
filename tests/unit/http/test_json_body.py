"""JSON bodies are read strictly, by hand and by wire models alike."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError, model_validator

from sluiceway.domain.errors import Invalid, InvalidMembers
from sluiceway.domain.strict_json import DEEPEST, Json, read_exact_json, write_exact_json
from sluiceway.http.json_body import json_object, json_value, text_member, text_members
from sluiceway.http.wire import WireModel, parse_body
from tests.unit.http.requests import request_for

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_INTEGERS = st.integers(-(2**63), 2**63 - 1)
_FRACTIONS = st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | _INTEGERS | _FRACTIONS | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
    max_leaves=20,
)
BROKEN = {
    "empty": (b"", "Expecting value at character 0"),
    "cut off": (b'{"name": "a"', "at character 12"),
    "twice": (b'{"name": "a"} {}', "Extra data"),
    "single quotes": (b"{'name': 'a'}", "at character 1"),
    "repeated member": (b'{"name": "a", "name": "b"}', "the same member twice"),
    "repeated inner member": (b'{"x": [{"n": 1, "n": 1}]}', "the same member twice"),
    "not a number": (b'{"name": NaN}', "NaN is not JSON"),
    "infinity": (b'{"name": -Infinity}', "-Infinity is not JSON"),
    "too large a fraction": (b'{"name": 1e999}', "too large"),
    "a 65 bit integer": (b'{"name": 9223372036854775808}', "64 bits"),
    "an endless integer": (b'{"name": ' + b"9" * 100_000 + b"}", "64 bits"),
    "byte order mark": (b'\xef\xbb\xbf{"name": "a"}', "at character 0"),
    "utf-16": ('{"name": "a"}'.encode("utf-16"), "not UTF-8 at byte 0"),
    "latin-1": ('{"name": "é"}'.encode("latin-1"), "not UTF-8 at byte 10"),
    "encoded surrogate": (b'{"name": "\xed\xa0\x80"}', "not UTF-8"),
    "half a pair": (b'{"name": "\\ud800"}', "surrogate pair"),
    "half a pair in a name": (b'{"name": "a", "\\uDC00": 1}', "surrogate pair"),
    "control character": (b'{"name": "a\nb"}', "control character"),
    "too deep": (b'{"name": "a", "x": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}", "nested too deeply"),
    "endlessly deep": (b'{"x":' * 200_000, "nested too deeply"),
}


class Thing(WireModel):
    name: Annotated[str, Field(min_length=1, max_length=256)]
    devices: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    count: int = 0
    force: bool = False

    @model_validator(mode="after")
    def _has_one_target(self) -> Thing:
        if self.force and self.devices:
            raise ValueError("devices and force exclude each other")
        return self


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_body_is_refused_with_the_reason(case: str) -> None:
    body, reason = BROKEN[case]
    with pytest.raises(Invalid, match=r"^failed to decode request body: ") as by_hand:
        json_object(request_for(body=body))
    assert reason in str(by_hand.value)
    with pytest.raises(Invalid) as by_model:
        parse_body(Thing, request_for(body=body))
    assert str(by_model.value) == str(by_hand.value)


@given(_JSON)
def test_every_other_body_is_read_as_it_was_written(value: Json) -> None:
    assert json_value(request_for(body=json.dumps(value))) == value
    assert json_value(request_for(body=json.dumps(value, ensure_ascii=False))) == value


@given(st.binary(max_size=60))
def test_no_bytes_do_worse_than_be_refused(body: bytes) -> None:
    with suppress(Invalid):
        json.dumps(json_value(request_for(body=body)), ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize("body", ["[]", '"text"', "null", "7"])
def test_a_body_that_is_not_an_object_is_refused(body: str) -> None:
    with pytest.raises(Invalid, match=r"^failed to decode auth request: it is not an object$"):
        json_object(request_for(body=body), what="auth request")
    with pytest.raises(Invalid, match=r"^Validating request body: Input should be an object$"):
        parse_body(Thing, request_for(body=body))


def test_all_blank_members_are_named_together_and_in_order() -> None:
    with pytest.raises(InvalidMembers) as caught:
        text_members({"device_type": "", "artifact_name": None}, ["device_type", "artifact_name"], longest=4096)
    assert str(caught.value) == "artifact_name: cannot be blank; device_type: cannot be blank."
    assert caught.value.faults == (("artifact_name", "cannot be blank"), ("device_type", "cannot be blank"))


def test_a_member_of_a_member_is_named_by_both() -> None:
    with pytest.raises(InvalidMembers) as caught:
        text_members({"nonce": 1, "device_id": "d"}, ["nonce", "device_id"], longest=4096, of="claims")
    assert caught.value.faults == (("claims.nonce", "must be a string"),)


def test_a_member_is_a_string_of_bounded_length() -> None:
    assert text_member({"a": "é" * 200}, "a", longest=200) == "é" * 200
    with pytest.raises(InvalidMembers, match=r"^a: the length must be no more than 200\.$") as caught:
        text_member({"a": "é" * 201}, "a", longest=200)
    assert caught.value.faults == (("a", "the length must be no more than 200"),)
    values: list[Json] = [1, True, ["x"], {"x": "y"}, 0, False]
    for value in values:
        with pytest.raises(Invalid, match=r"^a: must be a string\.$"):
            text_member({"a": value}, "a", longest=200, required=False)


def test_a_member_that_may_be_absent_is_then_empty() -> None:
    assert text_member({}, "a", longest=200, required=False) == ""
    with pytest.raises(Invalid, match=r"^a: cannot be blank\.$"):
        text_member({}, "a", longest=200)


def test_a_wire_model_ignores_members_it_does_not_know() -> None:
    assert parse_body(Thing, request_for(body={"name": "a", "group": "x", "retries": 3})) == Thing(name="a")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, "name: Field required"),
        ({"name": ""}, "name: String should have at least 1 character"),
        ({"name": 1}, "name: Input should be a valid string"),
        ({"name": "a", "count": "1"}, "count: Input should be a valid integer"),
        ({"name": "a", "count": True}, "count: Input should be a valid integer"),
        ({"name": "a", "force": "true"}, "force: Input should be a valid boolean"),
        ({"name": "a", "devices": ["b", ""]}, "devices.1: String should have at least 1 character"),
        ({"name": "a", "devices": ["b"], "force": True}, "devices and force exclude each other"),
        ({"count": "1"}, "name: Field required; count: Input should be a valid integer"),
    ],
)
def test_a_wire_model_names_every_member_that_is_wrong(body: object, refusal: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_body(Thing, request_for(body=body))
    assert str(caught.value) == f"Validating request body: {refusal}"


def test_an_error_of_a_wire_model_shows_no_value() -> None:
    with pytest.raises(ValidationError) as caught:
        Thing.model_validate({"name": ["password-77ab"]})
    assert "password-77ab" not in str(caught.value)


@given(_JSON | st.integers())
def test_what_is_read_exactly_is_written_as_the_same_value(value: object) -> None:
    text = json.dumps(value)
    written = write_exact_json(read_exact_json(text))
    assert json.loads(written, parse_float=Decimal) == json.loads(text, parse_float=Decimal)
