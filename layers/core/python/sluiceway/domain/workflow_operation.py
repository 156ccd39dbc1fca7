"""What an operator wants of many workflow slots at once, as one operation: all of it holds, or none (losant 4.2-4.5).

The operations of a workspace are numbered, and each takes hold with its number. One that changes more slots than one
transaction can is *pending* until the last of them is stored; whoever reads a slot meanwhile sees it as it will be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import TypeAlias

from sluiceway.domain.choices import PlannedChoice
from sluiceway.domain.device_deployment import IGNORED, Ignored
from sluiceway.domain.errors import Invalid
from sluiceway.domain.workflow_slot import (
    Assign,
    Change,
    Command,
    Content,
    Decision,
    Discontinue,
    Exchange,
    Forget,
    Log,
    Source,
    Withdraw,
    WorkflowSlot,
    decide_slot,
    unstored_slot,
)

MOST_TARGETS = 20_000
"""Devices of one release: what one item of the table can hold."""
MOST_SLOTS = 50_000
"""Of one release: what one list looks through."""


@dataclass(frozen=True, slots=True)
class Release:
    """Put contents, by workflow, on devices; None takes the workflow off."""

    contents: Mapping[str, Content | None]
    device_ids: frozenset[str]
    planned: PlannedChoice | None = None
    """Under this plan, which leaves alone what was given something newer; None for an immediate call."""

    def __post_init__(self) -> None:
        """Raise Invalid for more devices than one operation can name."""
        devices, most = len(self.device_ids), min(MOST_TARGETS, MOST_SLOTS // max(1, len(self.contents)))
        if devices > most:
            raise Invalid(
                f"{devices} devices are selected, and one release of {len(self.contents)} workflows takes {most} at "
                "most: name fewer by their ids or by narrower tags"
            )

    def pairs(self) -> Iterable[tuple[str, str]]:
        """Name each device with each workflow."""
        return product(sorted(self.device_ids), self.contents)


@dataclass(frozen=True, slots=True)
class Removal:
    """Take one workflow off one device, off all devices, or all workflows off one device."""

    workflow_id: str | None
    device_id: str | None


@dataclass(frozen=True, slots=True)
class Replacement:
    """Put other content, or nothing, wherever a version of a workflow is wanted."""

    workflow_id: str
    version: str
    content: Content | None


@dataclass(frozen=True, slots=True)
class Discontinuation:
    """Delete a workflow."""

    workflow_id: str


@dataclass(frozen=True, slots=True)
class Detachment:
    """Delete a device, or let it take no workflows any more."""

    device_id: str


Wish: TypeAlias = Release | Removal | Replacement | Discontinuation | Detachment


@dataclass(frozen=True, slots=True)
class Operation:
    """A wish that took hold."""

    number: int
    wish: Wish
    source: Source
    time: datetime

    def decide(self, slot: WorkflowSlot) -> Decision:
        """Say what it makes of a slot; one that knows it already stays as it is."""
        command = command_of(self.wish, slot.device_id, slot.workflow_id)
        if command is None:
            return IGNORED
        decision = decide_slot(slot, None, command, self.source, self.time)
        if isinstance(decision, Ignored) or decision.slot is None:
            return decision
        return replace(decision, slot=replace(decision.slot, operation=self.number))


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot as a reader must see it, which the store may not know yet."""

    slot: WorkflowSlot
    stored_rev: int
    unstored: Log = ()
    """Entries that are not in the stored log."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """How many operations took hold, and the one that is pending."""

    number: int = 0
    pending: Operation | None = None

    def view(self, stored: WorkflowSlot) -> SlotView | None:
        """Return a slot as the pending operation leaves it, None when that leaves nothing."""
        decision = self.pending.decide(stored) if self.pending else IGNORED
        if isinstance(decision, Ignored):
            return SlotView(stored, stored.rev) if stored.rev else None
        return decided_view(stored, decision)

    def announced(self, workspace: str, device_id: str | None = None) -> Iterable[WorkflowSlot]:
        """Return the slots that the pending operation may make, of one device or of all, as they are without it."""
        if self.pending is None or not isinstance(self.pending.wish, Release):
            return
        for each, workflow_id in self.pending.wish.pairs():
            if device_id in {None, each}:
                yield unstored_slot(workspace, each, workflow_id, self.pending.time)

    def is_older_than(self, slots: Iterable[WorkflowSlot]) -> bool:
        """Tell whether one of the slots knows an operation that took hold since."""
        return any(slot.operation > self.number for slot in slots)


def decided_view(stored: WorkflowSlot, change: Change) -> SlotView | None:
    """Return a slot as a decision about it leaves it, None when that leaves nothing."""
    return None if change.slot is None else SlotView(change.slot, stored.rev, change.entries)


def command_of(wish: Wish, device_id: str, workflow_id: str) -> Command | None:
    """Return what a wish asks of the slot of a pair, None when it has nothing to do with it."""
    match wish:
        case Release(contents, device_ids, planned):
            is_meant = workflow_id in contents and device_id in device_ids
            return _assignment(contents[workflow_id], planned) if is_meant else None
        case Removal():
            is_meant = wish.workflow_id in {None, workflow_id} and wish.device_id in {None, device_id}
            return Withdraw() if is_meant else None
        case Replacement():
            return Exchange(wish.version, wish.content) if wish.workflow_id == workflow_id else None
        case Discontinuation():
            return Discontinue() if wish.workflow_id == workflow_id else None
        case Detachment():
            return Forget() if wish.device_id == device_id else None


def _assignment(content: Content | None, planned: PlannedChoice | None) -> Command:
    return Withdraw(planned) if content is None else Assign(content, planned)
