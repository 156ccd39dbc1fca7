"""State machines hold together: nothing else looks into a definition that CDK uploads as a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from statelint.linter import Linter  # type: ignore[import-untyped] # it ships none

from infra.paths import STATE_MACHINES
from tests.infra.assembly import Assembly

State: TypeAlias = dict[str, Any]
Machine: TypeAlias = dict[str, Any]

FILES = sorted(STATE_MACHINES.glob("*.asl.json"))
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def source(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def machine(source: Path) -> Machine:
    definition: Machine = json.loads(source.read_text(encoding="utf-8"))
    return definition


def machines(value: object) -> Iterator[Machine]:
    """The machine itself and those inside of its Map and Parallel states."""
    if isinstance(value, dict):
        if "States" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from machines(member)


def targets(state: State) -> set[str]:
    branches = [*state.get("Choices", ()), *state.get("Catch", ())]
    return {found for found in (state.get("Next"), state.get("Default"), *(one["Next"] for one in branches)) if found}


def faults(machine: Machine) -> Iterator[str]:
    for part in machines(machine):
        states: dict[str, State] = part["States"]
        yield from (f"{name} leads to {to}" for name, state in states.items() for to in targets(state) - set(states))
        yield from (f"{name} is not reached" for name in set(states) - reached(part))
        for name, state in states.items():
            if state["Type"] == "Task":
                needed = ("Retry", "Catch", "TimeoutSeconds")
                yield from (f"{name} has no {field}" for field in needed if not state.get(field))
            if state["Type"] == "Succeed" and "Output" in state:
                yield f"{name} ends with Succeed.Output"


def reached(part: Machine) -> set[str]:
    seen: set[str] = set()
    ahead = {part["StartAt"]}
    while ahead:
        seen |= ahead
        ahead = {to for name in ahead for to in targets(part["States"].get(name, {}))} - seen
    return seen


def test_the_graph_is_whole_and_every_task_is_guarded(machine: Machine) -> None:
    assert list(faults(machine)) == []


@pytest.mark.parametrize(
    ("state", "field", "fault"),
    [
        ("IsStillDue", "Default", "IsStillDue leads to Nowhere"),
        ("Announce", "Next", "Announced is not reached"),
        ("CheckRetry", "Retry", "CheckRetry has no Retry"),
        ("CheckRetry", "Catch", "CheckRetry has no Catch"),
        ("Announce", "TimeoutSeconds", "Announce has no TimeoutSeconds"),
    ],
)
def test_the_check_of_the_graph_finds_each_fault(state: str, field: str, fault: str) -> None:
    broken = deepcopy(json.loads((STATE_MACHINES / "retry.asl.json").read_text(encoding="utf-8")))
    broken["States"][state][field] = "Nowhere" if field in {"Default", "Next"} else []
    assert fault in set(faults(broken))


def test_it_is_written_in_jsonata_and_in_seven_bits(source: Path, machine: Machine) -> None:
    assert source.read_bytes().isascii()
    assert machine["QueryLanguage"] == "JSONata"


def test_what_failed_in_a_task_can_be_redriven(machine: Machine) -> None:
    """A redrive runs the state that failed once more: a task goes on, and one of type Fail fails again."""
    states = machine["States"]
    caught = {
        error
        for state in states.values()
        for each in state.get("Catch", ())
        for error in each["ErrorEquals"]
        if states[each["Next"]]["Type"] == "Fail"
    }
    assert caught <= {"States.QueryEvaluationError", "States.DataLimitExceeded"}, "what no redrive mends"


_PLAIN_VALUES = {"Timestamp": "2026-11-21T12:00:00Z", "Seconds": 1, "TimeoutSeconds": 1}
"""What stands in for expressions where statelint does not know that there may be some."""


def test_statelint_has_no_objection(machine: Machine) -> None:
    for part in machines(machine):
        for state in part["States"].values():
            for field, value in _PLAIN_VALUES.items():
                if str(state.get(field)).startswith("{%"):
                    state[field] = value
    text = PLACEHOLDER.sub("aws", json.dumps(machine))
    assert Linter.validate(json.loads(text)) == []


def test_the_template_fills_in_every_placeholder(assembly: Assembly) -> None:
    deployed = list(assembly.resources("AWS::StepFunctions::StateMachine"))
    assert len(deployed) == len(FILES)
    for resource in deployed:
        key = resource.properties["DefinitionS3Location"]["Key"]
        uploaded = (assembly.folder / f"asset.{key}").read_text(encoding="utf-8")
        assert set(PLACEHOLDER.findall(uploaded)) == set(resource.properties["DefinitionSubstitutions"])


def test_a_machine_is_standard_logged_in_full_and_traced(assembly: Assembly) -> None:
    for resource in assembly.resources("AWS::StepFunctions::StateMachine"):
        assert resource.properties.get("StateMachineType", "STANDARD") == "STANDARD"
        assert resource.properties["LoggingConfiguration"]["Level"] == "ALL"
        assert resource.properties["TracingConfiguration"] == {"Enabled": True}
