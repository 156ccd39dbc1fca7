"""What a schema may do to the process that evaluates it, and that it does nothing to ours."""

from __future__ import annotations

import json
import re

import pytest

from sluiceway.domain.config_instance import Case
from sluiceway.domain.config_schema import SchemaFormat
from sluiceway.domain.errors import Invalid, Violation
from sluiceway.schemas.process import EvaluationFailedError, SchemaProcesses

JSON, YAML = SchemaFormat.JSON, SchemaFormat.YAML
LEVELS = 40
DOUBLING = {
    "$ref": "#/$defs/0",
    "$defs": {
        **{str(level): {"allOf": [{"$ref": f"#/$defs/{level + 1}"}] * 2} for level in range(LEVELS)},
        str(LEVELS): {"type": "number"},
    },
}
"""Each level refers twice to the next one: 2 to the power of 40 steps."""
BACKTRACKING = {"pattern": "^(a+)+$"}


@pytest.fixture(scope="module", name="schemas")
def _schemas() -> SchemaProcesses:
    return SchemaProcesses(cpu_seconds=1)


def test_a_process_answers_as_the_module_does(schemas: SchemaProcesses) -> None:
    assert schemas.canonical("type: object", YAML) == '{"type":"object"}'
    assert schemas.violations([Case("1", "{}", JSON), Case('{"é": 1}', "type: string", YAML)]) == [
        (),
        (Violation((), "{'é': 1} is not of type 'string'"),),
    ]


def test_nothing_to_evaluate_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nonexistent")
    assert SchemaProcesses().violations([]) == []


def test_what_is_refused_says_why(schemas: SchemaProcesses) -> None:
    with pytest.raises(Invalid, match=r"^Expecting value at character 0$"):
        schemas.canonical("", JSON)
    with pytest.raises(Invalid, match="refers to itself without end"):
        schemas.violations([Case("1", '{"$ref": "#"}', JSON)])


@pytest.mark.parametrize(
    ("content", "schema"),
    [(json.dumps("a" * 60 + "!"), BACKTRACKING), ("1", DOUBLING)],
    ids=["a pattern that backtracks", "references that multiply"],
)
def test_an_evaluation_without_end_is_stopped(schemas: SchemaProcesses, content: str, schema: object) -> None:
    with pytest.raises(Invalid, match="takes more than 1 seconds to evaluate"):
        schemas.violations([Case(content, json.dumps(schema), JSON)])


def test_a_process_that_waits_for_ever_is_stopped() -> None:
    with pytest.raises(Invalid, match="takes more than 0 seconds to evaluate"):
        SchemaProcesses(cpu_seconds=0).canonical("{}", JSON)


def test_an_evaluation_has_so_much_memory_and_no_more() -> None:
    frugal = SchemaProcesses(memory=256 * 1024 * 1024)
    with pytest.raises(Invalid, match="more memory than there is for it"):
        frugal.canonical(json.dumps({"enum": list(range(6_000_000))}), JSON)


def test_a_failure_of_our_own_is_not_the_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(EvaluationFailedError, match=re.escape("No module named")):
        SchemaProcesses().canonical("{}", JSON)
