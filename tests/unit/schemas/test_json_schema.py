from __future__ import annotations

import json

import pytest

from sluiceway.domain.config_instance import Case
from sluiceway.domain.config_schema import SchemaFormat
from sluiceway.domain.errors import Violation
from sluiceway.schemas.json_schema import MOST_VIOLATIONS, canonical_schema, violations_of

JSON, YAML = SchemaFormat.JSON, SchemaFormat.YAML
METASCHEMA = "https://json-schema.org/draft/2020-12/schema"


def violations(content: str, schema: object) -> list[Violation]:
    return violations_of(Case(content, json.dumps(schema), JSON))


def test_a_schema_says_the_same_in_json_and_in_yaml() -> None:
    as_yaml = "# a comment\ntype: object\nproperties:\n  speed: {maximum: 2, type: number}\n"
    as_json = '{"properties": {"speed": {"type": "number", "maximum": 2}},\n "type": "object"}'
    assert canonical_schema(as_yaml, YAML) == canonical_schema(as_json, JSON)
    assert canonical_schema(as_json, JSON) == ('{"properties":{"speed":{"maximum":2,"type":"number"}},"type":"object"}')


@pytest.mark.parametrize(
    ("number", "keyword", "is_right"),
    [
        ("18446744073709551615", {"maximum": 2**64 - 1, "type": "integer"}, True),
        ("18446744073709551616", {"maximum": 2**64 - 1}, False),
        ("1e400", {"type": "integer", "minimum": 10**399}, True),
        ("-1.5E+400", {"minimum": 0.5}, False),
        (f"{2**64}", {"multipleOf": 0.5}, True),
        (f"{2**64 + 1}", {"multipleOf": 2}, False),
        ("1e400", {"enum": [10**400]}, True),
    ],
)
def test_numbers_beyond_64_bits_are_compared_exactly(
    number: str, keyword: dict[str, object], *, is_right: bool
) -> None:
    assert (violations(number, keyword) == []) is is_right


def test_a_number_that_no_float_is_near_to_is_not_divided_by_one() -> None:
    with pytest.raises(ValueError, match="too large for multipleOf"):
        violations("1e400", {"multipleOf": 0.5})


def test_the_bounds_of_a_schema_may_have_more_than_64_bits() -> None:
    assert canonical_schema(f'{{"maximum": {2**64 - 1}}}', JSON) == f'{{"maximum":{2**64 - 1}}}'


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"$schema": METASCHEMA},
        {"$schema": f"{METASCHEMA}#"},
        {"$ref": METASCHEMA},
        {"$ref": "#"},
        {"$defs": {"a": {"$anchor": "here"}}, "$ref": "#here"},
        {"$id": "https://example.com/a", "$defs": {"b": {"$id": "b"}}, "$ref": "b"},
        {"$id": "https://example.com/", "$defs": {"a": {"$id": "b/a", "$ref": "c"}, "c": {"$id": "b/c"}}},
        {"patternProperties": {"^(a|b)+$": True}},
        {"format": "no such format", "x-ours": 1},
    ],
)
def test_a_schema_of_the_draft_is_taken(schema: object) -> None:
    assert json.loads(canonical_schema(json.dumps(schema), JSON)) == schema


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("3", "3 is not of type"),
        ('{"type": "text"}', r"\$\.type"),
        ('{"properties": {"a": {"minimum": "1"}}}', r"\$\.properties\.a\.minimum"),
        ('{"pattern": "("}', "not a 'regex'"),
        ('{"pattern": "a{99999999999}"}', "not a 'regex'"),
        (json.dumps({"pattern": "(" * 5000 + ")" * 5000}), r"\$\.pattern"),
        ('{"patternProperties": {"(": true}}', "not a 'regex'"),
        ('{"$schema": "http://json-schema.org/draft-07/schema#"}', "only draft 2020-12"),
        ('{"$ref": "https://example.com/schema"}', r"https://example\.com/schema leads nowhere in the document"),
        ('{"items": {"$ref": "#/$defs/a"}}', r"#/\$defs/a leads nowhere"),
        ('{"items": {"$dynamicRef": "#a"}}', "reference #a leads nowhere"),
        ('{"$id": "http://a/b", "$ref": "http://[/"}', "Invalid IPv6 URL"),
        ('{"type": "object", "type": "array"}', "same member twice"),
        ('{"items":' * 100 + "{}" + "}" * 100, "nested too deeply"),
    ],
)
def test_what_is_no_schema_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        canonical_schema(text, JSON)


def test_content_that_matches_has_no_violations() -> None:
    assert violations('{"speed": 1.0}', {"properties": {"speed": {"type": "number"}}, "required": ["speed"]}) == []


def test_a_violation_tells_where_it_is() -> None:
    schema = {"properties": {"axes": {"items": {"properties": {"gain": {"type": "number"}}}}}}
    assert violations('{"axes": [{}, {"gain": "x"}]}', schema) == [
        Violation(("axes", "1", "gain"), "'x' is not of type 'number'")
    ]


def test_content_is_held_against_the_draft_of_2020() -> None:
    assert violations('["a", 1]', {"prefixItems": [{"type": "string"}], "items": False})
    assert violations('{"a": 1}', {"allOf": [{"properties": {"b": True}}], "unevaluatedProperties": False})


def test_a_format_is_a_note_and_not_a_rule() -> None:
    assert violations('"x"', {"format": "ipv4"}) == []


def test_of_many_violations_the_first_are_told_and_none_at_length() -> None:
    told = violations(json.dumps(["x" * 1000] * (MOST_VIOLATIONS + 1)), {"items": {"type": "number"}})
    assert len(told) == MOST_VIOLATIONS
    assert all(len(violation.message) <= 301 for violation in told)


def test_a_schema_that_refers_to_itself_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="refers to itself without end"):
        violations("1", {"$ref": "#"})
