"""A plan as attributes of one item: what is as usual is left out, and a gate of several phases is there once.

A percentage is text, since numbers are whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sluiceway.domain.gates import Gate
from sluiceway.domain.plan import AtEnd, Plan, PlannedPhase
from sluiceway.storage.deadlines_items import deadlines_item, read_deadlines
from sluiceway.storage.defaults import without_defaults
from sluiceway.storage.gate_items import gate_item, read_gate
from sluiceway.storage.moments import read_moment, read_span, stored_moment, stored_span
from sluiceway.storage.pace_items import pace_item, read_pace
from sluiceway.storage.retry_items import read_retry, retry_item
from sluiceway.storage.table import Item
from sluiceway.storage.window_items import read_windows, window_item

_AS_THEY_ARE = ("seed", "priority", "most_in_flight", "most_devices", "withdraws_success")


def plan_item(plan: Plan) -> Item:
    """Return the stored form, empty for a plan that says nothing."""
    return without_defaults(_whole_item(plan), _DEFAULTS)


def _whole_item(plan: Plan) -> Item:
    gates = list(dict.fromkeys(phase.gate for phase in plan.phases))
    return {
        **{name: getattr(plan, name) for name in _AS_THEY_ARE},
        "phases": [_phase_item(phase, gates.index(phase.gate)) for phase in plan.phases],
        "gates": [gate_item(gate) for gate in gates],
        "start": stored_moment(plan.start),
        "end": stored_moment(plan.end),
        "at_end": str(plan.at_end),
        "windows": [window_item(window) for window in plan.windows],
        "pace": None if plan.pace is None else pace_item(plan.pace),
        "retry": retry_item(plan.retry),
        "deadlines": deadlines_item(plan.deadlines),
        "look_every": stored_span(plan.look_every),
    }


def read_plan(stored: Mapping[str, Any]) -> Plan:
    """Return the plan that was stored."""
    item: Mapping[str, Any] = {**_DEFAULTS, **stored}
    gates = [read_gate(gate) for gate in item["gates"]]
    return Plan(
        **{name: item[name] for name in _AS_THEY_ARE},
        phases=tuple(_read_phase(phase, gates) for phase in item["phases"]),
        start=read_moment(item["start"]),
        end=read_moment(item["end"]),
        at_end=AtEnd(item["at_end"]),
        windows=read_windows(item["windows"]),
        pace=None if item["pace"] is None else read_pace(item["pace"]),
        retry=read_retry(item["retry"]),
        deadlines=read_deadlines(item["deadlines"]),
        look_every=read_span(item["look_every"]),
    )


def _phase_item(phase: PlannedPhase, gate: int) -> Item:
    return without_defaults(_whole_phase_item(phase, gate), _PHASE_DEFAULTS)


def _whole_phase_item(phase: PlannedPhase, gate: int) -> Item:
    return {
        "percent": None if phase.percent is None else str(float(phase.percent)),
        "devices": phase.devices,
        "start": stored_moment(phase.start),
        "gate": gate,
    }


_PHASE_DEFAULTS = _whole_phase_item(PlannedPhase(), 0)
_DEFAULTS = _whole_item(Plan())


def _read_phase(stored: Mapping[str, Any], gates: Sequence[Gate]) -> PlannedPhase:
    item: Mapping[str, Any] = {**_PHASE_DEFAULTS, **stored}
    return PlannedPhase(
        percent=None if item["percent"] is None else float(item["percent"]),
        devices=item["devices"],
        start=read_moment(item["start"]),
        gate=gates[item["gate"]],
    )
