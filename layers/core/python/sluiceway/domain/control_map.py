"""Where a device halts in the middle of an update, by word of its deployment (mender contract 9.6).

A device that reads control maps asks for the map before each of the three points, and again while it is paused. What
the creator left out is filled in as the genuine client would, so that every device reads the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LOWEST_PRIORITY, HIGHEST_PRIORITY = -10, 10


class Point(StrEnum):
    """What a device is about to do when it looks at the map."""

    INSTALL = "ArtifactInstall_Enter"
    REBOOT = "ArtifactReboot_Enter"
    COMMIT = "ArtifactCommit_Enter"


class Action(StrEnum):
    """What a device does at a point; `force_continue` overrules maps of a lower priority that the device has."""

    CONTINUE = "continue"
    FORCE_CONTINUE = "force_continue"
    PAUSE = "pause"
    FAIL = "fail"


class ActionOnExpiry(StrEnum):
    """What a device does when it could not fetch the map for too long: anything that comes to an end."""

    CONTINUE = "continue"
    FORCE_CONTINUE = "force_continue"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a device does at one point."""

    action: Action = Action.CONTINUE
    on_map_expire: ActionOnExpiry = ActionOnExpiry.CONTINUE
    on_action_executed: Action = Action.CONTINUE


@dataclass(frozen=True, slots=True)
class ControlMap:
    """One instruction for each point that is not simply passed."""

    priority: int = 0
    states: Mapping[Point, Instruction] = field(default_factory=dict)

    @property
    def halts(self) -> bool:
        """Whether a device that obeys it stops somewhere, for a time or for good."""
        return any(each.action in {Action.PAUSE, Action.FAIL} for each in self.states.values())


PASS = ControlMap()


def instruct(
    action: Action | None = None,
    on_map_expire: ActionOnExpiry | None = None,
    on_action_executed: Action | None = None,
) -> Instruction:
    """Return an instruction, with what was left out following from the action."""
    now = action or Action.CONTINUE
    expired = ActionOnExpiry.FAIL if now is Action.PAUSE else ActionOnExpiry(now)
    return Instruction(now, on_map_expire or expired, on_action_executed or now)
