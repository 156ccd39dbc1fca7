from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.schemas.yaml_text import yaml_as_json

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_json_is_yaml(value: object) -> None:
    assert json.loads(yaml_as_json(json.dumps(value))) == value


@given(values)
def test_what_is_written_as_yaml_says_the_same(value: object) -> None:
    written = yaml.safe_dump(value, allow_unicode=True, default_style='"')
    assert json.loads(yaml_as_json(written)) == json.loads(json.dumps(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on: off", {"on": "off"}),
        ("2020-01-01", "2020-01-01"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        (".nan", ".nan"),
        ("~", None),
        ("", None),
        ("a:", {"a": None}),
        ("TRUE", True),
        ("1: x", {"1": "x"}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
    ],
)
def test_plain_text_is_taken_as_yaml_1_2_has_it(text: str, value: object) -> None:
    assert json.loads(yaml_as_json(text)) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x 1\nb: *x", "aliases are not taken"),
        ("a: 1\nb: {c: 1, c: 2}", "the mapping in line 2 has a key twice"),
        ("? [a]\n: 1", "neither text nor a number"),
        ("a: [", "in line 1"),
        ("--- 1\n--- 2", "another document in line 2"),
        ("[" * 5000, "nested too deeply"),
        ('!!python/object/apply:os.system ["true"]', "could not determine a constructor"),
        ("!!timestamp 2020-01-01", "not JSON serializable"),
        ("!!binary aGVsbG8=", "not JSON serializable"),
        ("\0", "special characters are not allowed"),
        ("!!int x", "invalid literal"),
    ],
)
def test_what_json_cannot_say_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        yaml_as_json(text)
