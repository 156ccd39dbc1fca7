"""Plans and what they are made of read back as they were stored."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given

from sluiceway.domain.gates import NO_GATE, Gate
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.storage.attributes import deserialise, serialise
from sluiceway.storage.gate_items import gate_item, read_gate
from sluiceway.storage.plan_items import plan_item, read_plan
from tests.support.plans import gates, plans


@given(plans)
def test_a_plan_reads_back(plan: Plan) -> None:
    assert read_plan(deserialise(serialise(plan_item(plan)))) == plan


@given(gates)
def test_a_gate_reads_back(gate: Gate) -> None:
    assert read_gate(gate_item(gate)) == gate


def test_what_is_usual_is_not_stored() -> None:
    assert plan_item(Plan()) == {}
    assert gate_item(NO_GATE) == {}


def test_a_gate_of_several_phases_is_stored_once() -> None:
    gate = Gate(most_failures=0)
    assert plan_item(
        Plan((PlannedPhase(percent=10, gate=gate), PlannedPhase(percent=20, gate=gate), PlannedPhase()))
    ) == {
        "phases": [{"percent": "10.0"}, {"percent": "20.0"}, {"gate": 1}],
        "gates": [{"most_failures": 0}, {}],
    }


def test_a_gate_without_soak_time_is_told_from_one_with() -> None:
    assert gate_item(Gate(soak=timedelta(minutes=5))) == {"soak": 300_000}
