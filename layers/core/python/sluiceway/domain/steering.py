"""How a deployment is steered: what a poll needs of its plan, and what operators made of it since (design section 7).

It stands in the head of the deployment, so that a pause is one write and in force at the next poll. What only the
execution needs, such as gates, is kept apart (`domain.plan`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sluiceway.domain.deadlines import NO_DEADLINES, Deadlines
from sluiceway.domain.errors import Unavailable
from sluiceway.domain.windows import Window

MOST_COMMANDS = 20
"""That the execution has not taken up yet: more can only pile up while none runs."""
MOST_SWITCHES = 4
"""Pauses and resumes among them. They are in force at once, so that older ones can go: of those nothing is told."""
_A_MINUTE = 60


class CommandKind(StrEnum):
    """What an operator may ask of a deployment that goes on."""

    PAUSE = "pause"
    RESUME = "resume"
    APPROVE = "approve"
    NEXT_PHASE = "next-phase"
    CHANGE_PLAN = "change-plan"


SWITCHES = frozenset({CommandKind.PAUSE, CommandKind.RESUME})
"""What is always taken, and follows one another in turn."""


@dataclass(frozen=True, slots=True)
class Command:
    """What an operator asked. It is in force with the write; only to judge gates and open phases is the execution's."""

    kind: CommandKind
    at: datetime
    by: str
    """Id of the API key."""
    phase: int | None = None
    """Number, from 0, of the phase that is approved or opened."""
    follows_untold: bool = False
    """Whether pauses and resumes came right before it that are not told: too many came between two looks."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is offered while it lasts; what was offered goes on."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Steering:
    """What bounds offers at this moment. Without a plan there is nothing but a pause."""

    has_plan: bool = False
    seed: str = ""
    bounds: tuple[int, ...] = ()
    """Where each phase ends, in parts of `spread.WHOLE`; of a fixed list each row says its phase."""
    has_exact_phases: bool = False
    """Whether each device was looked at, so that there are as many in each phase as were planned."""
    start: datetime | None = None
    end: datetime | None = None
    closed: datetime | None = None
    """Since when nobody is let in any more: who was not, counts as aborted."""
    windows: tuple[Window, ...] = ()
    priority: int = 0
    most_in_flight: int | None = None
    per_minute: int | None = None
    """How many devices are let in within a minute at present; None for any number."""
    deadlines: Deadlines = NO_DEADLINES
    withdraws_success: bool = False
    pause: Pause | None = None
    commands: tuple[Command, ...] = ()
    """What operators asked that the execution has not taken up yet, oldest first."""

    @property
    def is_bounded(self) -> bool:
        """Whether a device is let in only after a look at how many were, or at how many are at work."""
        return self.per_minute is not None or self.most_in_flight is not None

    def asked(self, command: Command) -> Steering:
        """Return it with one more thing for the execution to take up.

        Raises Unavailable when too many wait, save for a pause or a resume: the two oldest of those make room for it.
        """
        if command.kind in SWITCHES:
            return replace(self, commands=(*_with_room_for_a_switch(self.commands), command))
        if len(self.commands) >= MOST_COMMANDS:
            problem = f"{MOST_COMMANDS} commands wait for the execution, which does not run"
            raise Unavailable(problem, retry_after=_A_MINUTE)
        return replace(self, commands=(*self.commands, command))


def _with_room_for_a_switch(commands: Sequence[Command]) -> Sequence[Command]:
    """Leave out a pause and the resume of it, or a resume and the pause after it: what is in force does not change."""
    switches = [place for place, each in enumerate(commands) if each.kind in SWITCHES]
    if len(switches) < MOST_SWITCHES:
        return commands
    first, second, third = switches[:3]
    marked = (*commands[:third], replace(commands[third], follows_untold=True), *commands[third + 1 :])
    return [each for place, each in enumerate(marked) if place not in {first, second}]


UNSTEERED = Steering()
