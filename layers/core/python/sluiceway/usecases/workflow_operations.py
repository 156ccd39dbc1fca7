"""Carrying out an operation on workflow slots: all of it holds, or none (losant contract 4, data model 3.9).

An operation that changes few slots is one transaction. For more of them the operation itself is stored, and with that
it holds: the slots follow in parts, each once, and whoever reads them before sees them as they will be. Who dies in
between leaves the rest to the next operation, or to the tick of due work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from sluiceway.domain.errors import Contended, Unavailable
from sluiceway.domain.workflow_operation import Detachment, Operation, Release, Removal, SlotView, Wish, decided_view
from sluiceway.domain.workflow_slot import Change, Source, WorkflowSlot, unstored_slot
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Record, Write
from sluiceway.storage.workflow_operation_items import (
    begin_operation,
    end_operation,
    pending_number,
    read_operation,
    still_pending,
    take_number,
)
from sluiceway.storage.workflow_slot_items import (
    delete_workflow_slot,
    read_log,
    read_workflow_slot,
    store_view,
    workflow_log_key,
    workflow_slot_key,
)
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_ledger import load_ledger, read_slots

T = TypeVar("T")
MOST_AT_ONCE = 45
"""Slots in one transaction: two writes each, of the hundred that it takes, and what else belongs to the operation."""
MOST_PARTS_OF_CALL = 120
"""Transactions of one call, some seconds; the tick applies what is left."""


class Decided(NamedTuple):
    """What an operation asks of slots, and what it writes beside them."""

    wish: Wish
    beside: Sequence[Write] = ()


@dataclass(frozen=True, slots=True)
class SlotChange:
    """A slot as it was read, and what is to become of it."""

    stored: WorkflowSlot
    change: Change


def carry_out(service: Service, workspace: str, decide: Callable[[], Decided], source: Source, now: datetime) -> None:
    """Let an operation take hold, as it is decided on what holds then; one without effect writes nothing.

    One that took hold is a success: what a busy store does not take of its slots is left to the tick.
    Raises what `decide` raises, and Contended when an operation on many devices is still being applied.
    """

    def plan() -> tuple[tuple[Operation, list[WorkflowSlot]] | None, Sequence[Write]]:
        number = _settle(service, workspace) + 1
        wish, beside = decide()
        operation = Operation(number, wish, source, now)
        changes = _decide(operation, _slots_of(service, workspace, wish, now))
        if len(changes) > MOST_AT_ONCE:
            slots = [each.stored for each in changes]
            return (operation, slots), [*begin_operation(workspace, operation), *beside]
        writes = [*beside, *_writes(service, changes)]
        return None, [take_number(workspace, number), *writes] if writes else []

    begun = commit(service.table, plan)
    if begun:
        operation, slots = begun
        with suppress(Unavailable):
            _apply(service, workspace, operation, slots, MOST_PARTS_OF_CALL)


def repair_operation(service: Service, record: Record) -> None:
    """Apply the rest of an operation that somebody began."""
    workspace, operation = keys.workspace_of(record.key.pk), read_operation(record.item)
    _apply(service, workspace, operation, _slots_of(service, workspace, operation.wish, operation.time))


def _settle(service: Service, workspace: str) -> int:
    """Return the number of the last operation, which is pending no more: what is decided next builds on its slots."""
    ledger = load_ledger(service, workspace)
    if ledger.pending is not None:
        slots = _slots_of(service, workspace, ledger.pending.wish, ledger.pending.time)
        if not _apply(service, workspace, ledger.pending, slots, MOST_PARTS_OF_CALL):
            raise Contended("an operation on many devices is still being applied; try again in a minute")
    return ledger.number


def _apply(
    service: Service, workspace: str, operation: Operation, slots: Iterable[WorkflowSlot], most_parts: int | None = None
) -> bool:
    """Store what a pending operation makes of slots, and end it; False when there are more parts than that."""
    changed = [each.stored for each in _decide(operation, slots)]
    parts = [changed[start : start + MOST_AT_ONCE] for start in range(0, len(changed), MOST_AT_ONCE)]
    for part in parts[:most_parts]:
        _apply_part(service, workspace, operation, part)
    if most_parts is not None and len(parts) > most_parts:
        return False
    commit(service.table, lambda: (None, _end(service, workspace, operation)))
    return True


def _apply_part(service: Service, workspace: str, operation: Operation, part: Sequence[WorkflowSlot]) -> None:
    views = _fresh_views(service, operation, part)

    def plan() -> tuple[None, Sequence[Write]]:
        writes = _writes(service, _decide(operation, next(views)))
        return None, [still_pending(workspace, operation.number), *writes] if writes else []

    commit(service.table, plan)


def _fresh_views(
    service: Service, operation: Operation, part: Sequence[WorkflowSlot]
) -> Iterator[Sequence[WorkflowSlot]]:
    """Give the slots as they were read, then, after each lost race, as they are now: none when somebody was faster."""
    yield part
    while _is_pending(service, part[0].workspace, operation):
        yield _read_again(service, part, operation.time)
    while True:
        yield []


def _end(service: Service, workspace: str, operation: Operation) -> Sequence[Write]:
    return end_operation(workspace, operation.number) if _is_pending(service, workspace, operation) else []


def _is_pending(service: Service, workspace: str, operation: Operation) -> bool:
    return pending_number(service.table.get(keys.workflow_ledger(workspace))) == operation.number


def _decide(operation: Operation, slots: Iterable[WorkflowSlot]) -> list[SlotChange]:
    decisions = ((slot, operation.decide(slot)) for slot in slots)
    return [SlotChange(slot, decision) for slot, decision in decisions if isinstance(decision, Change)]


def _writes(service: Service, changes: Sequence[SlotChange]) -> list[Write]:
    logs = service.table.get_many([workflow_log_key(each.stored) for each in changes if each.stored.rev])
    writes: list[Write] = []
    for each in changes:
        view = decided_view(each.stored, each.change)
        if view is None:
            writes += delete_workflow_slot(SlotView(each.stored, each.stored.rev))
        else:
            kept = logs.get(workflow_log_key(each.stored))
            writes += store_view(view, read_log(kept, each.stored.rev) if kept else ())
    return writes


def _slots_of(service: Service, workspace: str, wish: Wish, now: datetime) -> list[WorkflowSlot]:
    """Read every slot that a wish may be about; a pair of a release that has none yet is among them."""
    match wish:
        case Release():
            pairs = wish.pairs()
            unstored = [unstored_slot(workspace, device_id, workflow_id, now) for device_id, workflow_id in pairs]
            return _read_again(service, unstored, now)
        case Removal(str(workflow_id), str(device_id)):
            found = service.table.get(keys.workflow_slot(workspace, device_id, workflow_id))
            return [read_workflow_slot(workspace, found)] if found else []
        case Removal(None, str(device_id)) | Detachment(device_id):
            return read_slots(service, workspace, (keys.workflow_slots_of(workspace, device_id),))
        case _:
            return read_slots(service, workspace, keys.workflow_slot_shards(workspace))


def _read_again(service: Service, slots: Sequence[WorkflowSlot], now: datetime) -> list[WorkflowSlot]:
    """Read slots as they are stored now; those that are not are empty."""
    found = service.table.get_many([workflow_slot_key(slot) for slot in slots])
    return [
        read_workflow_slot(slot.workspace, found[key])
        if (key := workflow_slot_key(slot)) in found
        else unstored_slot(slot.workspace, slot.device_id, slot.workflow_id, now)
        for slot in slots
    ]
