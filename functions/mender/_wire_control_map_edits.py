"""What users write into an update control map (contract 4.2, 9.6).

A member that nobody knows is refused here, other than in the rest of a body: it may be one of these with a slip of the
pen, and then devices would go on where they were to halt.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from sluiceway.domain.control_map import (
    HIGHEST_PRIORITY,
    LOWEST_PRIORITY,
    Action,
    ActionOnExpiry,
    ControlMap,
    Instruction,
    Point,
    instruct,
)
from sluiceway.domain.errors import Invalid
from sluiceway.http.parameters import is_uuid
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body


def _only_uuid(value: str) -> str:
    if not is_uuid(value):
        raise ValueError("must be a UUID")
    return value.lower()


MapId = Annotated[str, AfterValidator(_only_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
Priority = Annotated[int, Field(ge=LOWEST_PRIORITY, le=HIGHEST_PRIORITY)]


class WantedInstruction(WireModel):
    """What devices are to do at one point; what is left out follows from the action, which is to continue."""

    model_config = ConfigDict(extra="forbid")

    action: Action | None = None
    on_map_expire: ActionOnExpiry | None = None
    on_action_executed: Action | None = None

    def to_instruction(self) -> Instruction:
        """Return the instruction."""
        return instruct(self.action, self.on_map_expire, self.on_action_executed)


class WantedControlMap(WireModel):
    """Where devices are to halt; a point that is not named is passed."""

    model_config = ConfigDict(extra="forbid")

    id: MapId | None = None
    priority: Priority | None = None
    states: dict[Point, WantedInstruction] | None = None

    def to_control_map(self) -> ControlMap:
        """Return the map."""
        states = {point: wanted.to_instruction() for point, wanted in (self.states or {}).items()}
        return ControlMap(self.priority or 0, states)


class ControlMapChange(WireModel):
    """Body of a change."""

    update_control_map: WantedControlMap


def parse_control_map(request: Request, deployment_id: str) -> ControlMap:
    """Read the map that a deployment is to have. Raises Invalid."""
    wanted = parse_body(ControlMapChange, request).update_control_map
    if wanted.id not in {None, deployment_id}:
        raise Invalid("Validating request body: update_control_map.id: must be the id of the deployment, or left out")
    return wanted.to_control_map()
