"""Workflow slots as items: lean ones, since every list reads them all, and the log of each apart (data model 1.6).

A log lies where the id of its slot leads, so that it finds the slot as well: a slot costs two items, not three.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from sluiceway.domain.choices import Choice
from sluiceway.domain.workflow_operation import SlotView
from sluiceway.domain.workflow_slot import (
    Actor,
    Attempt,
    Content,
    Log,
    LogEntry,
    Side,
    Source,
    WorkflowSlot,
    append,
    shorter_logs,
)
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Condition, Delete, Equal, Item, Key, Put, Value, Write

MOST_LOG_BYTES = 80 * 1024
"""Packed: 45 slots with their logs fit into the 4 MB of one transaction, and a whole log of plain words into this."""


class Pair(NamedTuple):
    """Whose slot it is."""

    device_id: str
    workflow_id: str


def workflow_slot_key(slot: WorkflowSlot) -> Key:
    """Find this slot."""
    return keys.workflow_slot(slot.workspace, slot.device_id, slot.workflow_id)


def workflow_log_key(slot: WorkflowSlot) -> Key:
    """Find the log of this slot."""
    return keys.workflow_slot_log(slot.workspace, slot.id)


def store_view(view: SlotView, log: Log) -> list[Write]:
    """Store what became of a slot and of its log, which was this one, if the slot still is as it was read."""
    slot = view.slot
    return [
        Put(workflow_slot_key(slot), workflow_slot_item(slot), _unchanged(view.stored_rev)),
        Put(workflow_log_key(slot), _log_item(slot, append(log, view.unstored))),
    ]


def delete_workflow_slot(view: SlotView) -> list[Write]:
    """Remove a slot with its log, if it still is as it was read."""
    return [Delete(workflow_slot_key(view.slot), _unchanged(view.stored_rev)), Delete(workflow_log_key(view.slot))]


def workflow_slot_item(slot: WorkflowSlot) -> Item:
    """Return the stored form of a slot; what is empty is left out."""
    optional: dict[str, Value] = {
        "want": list(slot.desired) if slot.desired else None,
        "runs": list(slot.current) if slot.current else None,
        "chosen": [to_milliseconds(slot.choice.at), slot.choice.plan] if slot.choice else None,
        "over": slot.is_discontinued,
        "op": slot.operation,
    }
    return {
        "device": slot.device_id,
        "flow": slot.workflow_id,
        "created": to_milliseconds(slot.created),
        "updated": to_milliseconds(slot.updated),
        "rev": slot.rev,
        **{name: value for name, value in optional.items() if value},
    }


def read_workflow_slot(workspace: str, stored: Item) -> WorkflowSlot:
    """Return the slot of an item."""
    item = cast("Mapping[str, Any]", stored)
    return WorkflowSlot(
        workspace=workspace,
        device_id=item["device"],
        workflow_id=item["flow"],
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        desired=_read_content(item.get("want")),
        current=_read_content(item.get("runs")),
        choice=_read_choice(item.get("chosen")),
        is_discontinued=item.get("over", False),
        operation=item.get("op", 0),
        rev=item["rev"],
    )


def read_log(stored: Item, rev: int) -> Log:
    """Return the log of an item as it was in that revision of its slot."""
    entries = json.loads(zlib.decompress(cast("bytes", stored["z"])))
    return [entry for entry in map(_read_entry, entries) if entry.rev <= rev]


def read_pair(stored: Item) -> Pair:
    """Return whose slot the log of an item belongs to."""
    return Pair(cast("str", stored["device"]), cast("str", stored["flow"]))


def _log_item(slot: WorkflowSlot, log: Log) -> Item:
    packed = next(packed for packed in map(_packed, shorter_logs(log)) if len(packed) <= MOST_LOG_BYTES)
    return {"device": slot.device_id, "flow": slot.workflow_id, "z": packed}


def _packed(log: Log) -> bytes:
    return zlib.compress(json.dumps([_entry(each) for each in log], ensure_ascii=False, separators=(",", ":")).encode())


def _entry(entry: LogEntry) -> Sequence[object]:
    return [
        to_milliseconds(entry.date),
        entry.side,
        entry.source,
        entry.previous,
        entry.new,
        entry.rev,
        *([entry.attempt] if entry.attempt else []),
    ]


def _read_entry(stored: Sequence[Any]) -> LogEntry:
    date, side, (actor, source_id), previous, new, rev, *attempt = stored
    return LogEntry(
        date=from_milliseconds(date),
        side=Side(side),
        source=Source(Actor(actor), source_id),
        previous=_read_content(previous),
        new=_read_content(new),
        rev=rev,
        attempt=Attempt(*attempt[0]) if attempt else None,
    )


def _read_choice(stored: Sequence[Any] | None) -> Choice | None:
    return Choice(from_milliseconds(stored[0]), stored[1]) if stored else None


def _read_content(stored: Sequence[str] | None) -> Content | None:
    return Content(*stored) if stored else None


def _unchanged(rev: int) -> Condition:
    return Equal("rev", rev) if rev else Absent()
