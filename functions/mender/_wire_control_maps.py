"""Update control maps as JSON, for users and for devices (contract 9.6). No pydantic: a hot path."""

from __future__ import annotations

from sluiceway.domain.control_map import ControlMap, Instruction, Point
from sluiceway.domain.strict_json import Json


def control_map_json(control_map: ControlMap, deployment_id: str) -> dict[str, Json]:
    """Render a map. The genuine client fails on a map without the id, and on any further member."""
    states = {point: control_map.states[point] for point in Point if point in control_map.states}
    return {
        "id": deployment_id,
        "priority": control_map.priority,
        "states": {str(point): _instruction_json(instruction) for point, instruction in states.items()},
    }


def _instruction_json(instruction: Instruction) -> Json:
    return {
        "action": str(instruction.action),
        "on_map_expire": str(instruction.on_map_expire),
        "on_action_executed": str(instruction.on_action_executed),
    }
