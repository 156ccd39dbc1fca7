"""What is wrong with a body of the native surface is said in one voice, whoever found it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import native
from native._wire import NativeModel
from native._wire_dry_runs import DryRunBody
from native._wire_plans import PlanBody
from sluiceway.domain.errors import InvalidMembers
from sluiceway.http.wire import parse_body
from tests.unit.http.requests import request_for

for _path in Path(native.__path__[0]).glob("_wire_*.py"):
    import_module(f"native.{_path.stem}")

FOREIGN_VOICE = ("Input should", "Field required", "Extra inputs", "String should", "List should", "Value error")
WHOLE = {"target": {"devices": ["a"]}}


def bodies(model: type[NativeModel] = NativeModel) -> Iterator[type[NativeModel]]:
    """All kinds of bodies that are read, and of their parts; some others only describe a call."""
    for inner in model.__subclasses__():
        if inner.__module__.startswith("native._wire_"):
            yield inner
        yield from bodies(inner)


def problems(model: type[NativeModel], body: object) -> dict[str, str]:
    """What is wrong by member, if anything is."""
    try:
        parse_body(model, request_for(body=body))
    except InvalidMembers as refused:
        return dict(refused.faults)
    return {}


@pytest.mark.parametrize(
    ("body", "member", "problem"),
    [
        ({}, "target", "must be given"),
        ({**WHOLE, "nme": "x"}, "nme", "is not known here"),
        ([], "", "must be an object"),
        ({**WHOLE, "poll_every_seconds": 0}, "poll_every_seconds", "must be 1 or more"),
        ({**WHOLE, "poll_every_seconds": 86_401}, "poll_every_seconds", "must be 86400 or less"),
        ({**WHOLE, "poll_every_seconds": 1.5}, "poll_every_seconds", "must be a whole number"),
        ({**WHOLE, "slot": "firmware"}, "slot", "must be 'software', 'config' or 'workflow'"),
        ({**WHOLE, "plan": {"phases": [{"percent": 0}]}}, "plan.phases.0.percent", "must be more than 0"),
        ({**WHOLE, "plan": {"phases": [{"percent": "1"}]}}, "plan.phases.0.percent", "must be a number"),
        ({**WHOLE, "plan": {"phases": []}}, "plan.phases", "must not be empty"),
        ({**WHOLE, "plan": {"phases": [{}] * 21}}, "plan.phases", "must have at most 20 entries, and has 21"),
        ({**WHOLE, "plan": {"phases": {}}}, "plan.phases", "must be a list"),
        ({**WHOLE, "plan": {"seed": "s" * 129}}, "plan.seed", "must have at most 128 characters"),
        ({**WHOLE, "plan": {"seed": 1}}, "plan.seed", "must be a string"),
        ({**WHOLE, "plan": {"cumulative": 1}}, "plan.cumulative", "must be true or false"),
        ({**WHOLE, "plan": {"start": "tomorrow"}}, "plan.start", "must be a time in RFC 3339 form"),
        ({**WHOLE, "plan": {"start": "2026-03-11T1"}}, "plan.start", "must be a time in RFC 3339 form"),
        (
            {**WHOLE, "plan": {"start": "2026-03-11T13:00:00"}},
            "plan.start",
            "must be a time in RFC 3339 form, with its zone",
        ),
    ],
)
def test_a_problem_says_what_is_allowed(body: object, member: str, problem: str) -> None:
    assert problems(DryRunBody, body) == {member: problem}


JUNK: tuple[object, ...] = (
    *(None, True, -1, 0, 1.5, 2**62, 1e300),
    *("", "x", "x" * 9_999, "a/b", "é", "2026-03-11", "T", "2026-03-11T13:00"),
    *([], [None], [""], [{}] * 101, {}, {"x": 1}),
)


@pytest.mark.parametrize("model", [*bodies()])
def test_no_problem_is_told_in_the_words_of_a_library(model: type[NativeModel]) -> None:
    members = ["unknown", *(field.alias or name for name, field in model.model_fields.items())]
    told = [problems(model, {member: junk}) for member in members for junk in JUNK]
    assert [said for each in told for said in each.values() if said.startswith(FOREIGN_VOICE)] == []


def test_nothing_has_to_be_longer_than_not_empty() -> None:
    """Else `must not be empty` would not say what is allowed."""
    schemas = json.dumps([model.model_json_schema() for model in bodies()])
    assert '"minLength": 1' in schemas
    assert [
        least for least in ("minLength", "minItems") for more in range(2, 9) if f'"{least}": {more}' in schemas
    ] == []


@given(st.integers(0, 1_000))
def test_a_whole_number_is_one_however_it_is_written(number: int) -> None:
    """To JSON Schema, by which this surface describes its bodies, 20.0 is an integer."""
    members = ("look_every_seconds", "most_devices", "priority")
    one, other = (dict.fromkeys(members, written) for written in (number, float(number)))
    assert problems(PlanBody, one) == problems(PlanBody, other)
    windows = [{"days": [day], "start": "02:00", "duration_seconds": 60} for day in (0, 0.0)]
    phases = [{"percent": 50, "gate": {"minimum_sample": 20.0}}, {"devices": 2.0}]
    assert problems(PlanBody, {"windows": windows, "phases": phases}) == {}


def test_every_member_that_is_described_as_an_integer_takes_a_whole_one_with_a_point() -> None:
    """Whatever else is wrong with it or missing, nobody says that it must be a whole number."""
    for model in bodies():
        members = model.model_json_schema().get("properties", {})
        kinds = {name: [member, *member.get("anyOf", [])] for name, member in members.items()}
        numbers = {name: 3.0 for name, kind in kinds.items() if {"integer"} & {each.get("type") for each in kind}}
        assert {name: said for name, said in problems(model, numbers).items() if "whole" in said} == {}, model


def test_the_description_of_a_number_has_its_bounds() -> None:
    """Where they stand behind what reads the number, they get names that mean nothing to JSON Schema."""
    for model in bodies():
        members = model.model_json_schema().get("properties", {})
        kinds = [each for member in members.values() for each in (member, *member.get("anyOf", []))]
        assert [each for each in kinds if each.get("type") == "integer" and "minimum" not in each] == [], model
