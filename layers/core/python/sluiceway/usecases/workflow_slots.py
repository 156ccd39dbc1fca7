"""Listing workflow slots, and reading one, with what is shown beside it (losant contract 2.1, 2.2).

A list reads every slot that may be meant, one Query for each partition's page, and sorts in memory; logs, devices and
workflows are read of the page only. What is listed was true at one moment, between two operations.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sluiceway.domain.errors import Invalid, NoSuchRecord
from sluiceway.domain.object_ids import is_object_id
from sluiceway.domain.strict_json import bytes_as_sent
from sluiceway.domain.workflow import Workflow
from sluiceway.domain.workflow_device import WorkflowDevice
from sluiceway.domain.workflow_operation import MOST_SLOTS, Ledger, SlotView
from sluiceway.domain.workflow_slot import Content, Log, WorkflowSlot, append
from sluiceway.storage import keys
from sluiceway.storage.table import Item, Key, Query
from sluiceway.storage.workflow_device_items import read_workflow_device
from sluiceway.storage.workflow_items import read_workflow
from sluiceway.storage.workflow_slot_items import (
    Pair,
    read_log,
    read_pair,
    read_workflow_slot,
    workflow_log_key,
)
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_ledger import load_ledger, read_between_operations, read_slots

MOST_PAGE_BYTES = 5 * 1024 * 1024
"""Of one page with its logs, as it is sent: below what one answer holds (data model G21)."""
_ENTRIES_SHOWN = (100, 10, 3)
"""Of each slot: the first number that fits; none if even the last does not."""
_ENTRY_BYTES, _SLOT_BYTES = 400, 1600
"""Of members, ids and times of an entry and of a slot, beside their texts."""


class SlotField(StrEnum):
    """What a list can be sorted by."""

    ID = "id"
    DEVICE = "device"
    WORKFLOW = "workflow"
    DESIRED = "desired"
    CURRENT = "current"
    CREATED = "created"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class SlotListing:
    """Which slots to list; None filters nothing. `version` is met by what is wanted or what runs."""

    device_id: str | None = None
    workflow_id: str | None = None
    version: str | None = None
    hides_empty: bool = False
    field: SlotField = SlotField.UPDATED
    descending: bool = False
    offset: int = 0
    limit: int = 100

    def is_met_by(self, slot: WorkflowSlot) -> bool:
        """Tell whether a slot is to be listed."""
        return (
            self.device_id in {None, slot.device_id}
            and self.workflow_id in {None, slot.workflow_id}
            and (self.version is None or slot.mentions(self.version))
            and not (self.hides_empty and slot.is_empty)
        )


@dataclass(frozen=True, slots=True)
class ShownSlot:
    """A slot with its device, its workflow, which may be deleted, and its newest log entries, oldest first."""

    slot: WorkflowSlot
    device: WorkflowDevice
    workflow: Workflow
    log: Log


class SlotPage(NamedTuple):
    """A page of a list, and how many slots the whole list has."""

    slots: tuple[ShownSlot, ...]
    total: int


def list_workflow_slots(service: Service, workspace: str, listing: SlotListing) -> SlotPage:
    """Return a page of slots. Raises Invalid when there is too much to look through, and Contended."""

    def read(ledger: Ledger) -> SlotPage:
        stored = read_slots(service, workspace, _queries(workspace, listing))
        if len(stored) > MOST_SLOTS:
            raise Invalid(f"there are more than {MOST_SLOTS} deployments to look through: name a deviceId")
        views = [
            view for view in views_of(ledger, workspace, stored, listing.device_id) if listing.is_met_by(view.slot)
        ]
        page = _sorted(views, listing)[listing.offset : listing.offset + listing.limit]
        return SlotPage(tuple(_shown(service, workspace, page)), len(views))

    return read_between_operations(service, workspace, read)


def get_workflow_slot(service: Service, workspace: str, slot_id: str) -> ShownSlot:
    """Return a slot with its whole log. Raises NotFound."""
    ledger = load_ledger(service, workspace)
    pair = _pair_of(service, workspace, ledger, slot_id)
    stored = service.table.get(keys.workflow_slot(workspace, *pair)) if pair else None
    slots = [read_workflow_slot(workspace, stored)] if stored else []
    device_id = pair.device_id if pair else None
    views = [view for view in views_of(ledger, workspace, slots, device_id) if view.slot.id == slot_id]
    shown = _shown(service, workspace, views)
    if not shown:
        raise NoSuchRecord("workflow slot", slot_id)
    return shown[0]


def views_of(
    ledger: Ledger, workspace: str, stored: Sequence[WorkflowSlot], device_id: str | None = None
) -> list[SlotView]:
    """Return slots, of one device or of all, as every reader must see them: also those that are still to be made."""
    known = {Pair(slot.device_id, slot.workflow_id) for slot in stored}
    every = ledger.announced(workspace, device_id)
    announced = [slot for slot in every if Pair(slot.device_id, slot.workflow_id) not in known]
    return [view for slot in (*stored, *announced) if (view := ledger.view(slot))]


def _queries(workspace: str, listing: SlotListing) -> Sequence[Query]:
    if listing.device_id is None:
        return keys.workflow_slot_shards(workspace)
    if listing.workflow_id is None:
        return (keys.workflow_slots_of(workspace, listing.device_id),)
    key = keys.workflow_slot(workspace, listing.device_id, listing.workflow_id)
    return (Query(key.pk, first=key.sk, last=key.sk),)


def _pair_of(service: Service, workspace: str, ledger: Ledger, slot_id: str) -> Pair | None:
    if not is_object_id(slot_id):
        return None
    log = service.table.get(keys.workflow_slot_log(workspace, slot_id))
    if log is not None:
        return read_pair(log)
    announced = (slot for slot in ledger.announced(workspace) if slot.id == slot_id)
    return next((Pair(slot.device_id, slot.workflow_id) for slot in announced), None)


def _sorted(views: Iterable[SlotView], listing: SlotListing) -> list[SlotView]:
    """Sort by id first, since the sort by the field keeps the order of what it finds equal."""
    by_id = sorted(views, key=lambda view: view.slot.id)
    return sorted(by_id, key=lambda view: _SORT_KEYS[listing.field](view.slot), reverse=listing.descending)


def _version_key(content: Content | None) -> tuple[bool, str]:
    """Return what sorts nothing before every version."""
    return (True, content.version) if content else (False, "")


_SORT_KEYS: Mapping[SlotField, Callable[[WorkflowSlot], str | datetime | tuple[bool, str]]] = {
    SlotField.ID: lambda slot: slot.id,
    SlotField.DEVICE: lambda slot: slot.device_id,
    SlotField.WORKFLOW: lambda slot: slot.workflow_id,
    SlotField.DESIRED: lambda slot: _version_key(slot.desired),
    SlotField.CURRENT: lambda slot: _version_key(slot.current),
    SlotField.CREATED: lambda slot: slot.created,
    SlotField.UPDATED: lambda slot: slot.updated,
}


def _shown(service: Service, workspace: str, views: Sequence[SlotView]) -> list[ShownSlot]:
    """Read what is shown beside slots; one whose device was deleted meanwhile is left out."""
    wanted = [*_companions(workspace, views), *(workflow_log_key(view.slot) for view in views if view.stored_rev)]
    found = service.table.get_many(wanted)
    return _fitting([shown for view in views if (shown := _joined(workspace, found, view))])


def _companions(workspace: str, views: Sequence[SlotView]) -> Iterable[Key]:
    slots = [view.slot for view in views]
    yield from {keys.workflow_device(workspace, slot.device_id): None for slot in slots}
    yield from {keys.workflow(workspace, slot.workflow_id): None for slot in slots}


def _log(found: Mapping[Key, Item], view: SlotView) -> Log:
    stored = found.get(workflow_log_key(view.slot))
    return append(read_log(stored, view.stored_rev) if stored else (), view.unstored)


def _joined(workspace: str, found: Mapping[Key, Item], view: SlotView) -> ShownSlot | None:
    slot = view.slot
    device = found.get(keys.workflow_device(workspace, slot.device_id))
    workflow = found.get(keys.workflow(workspace, slot.workflow_id))
    if device is None or workflow is None:
        return None
    return ShownSlot(
        slot, read_workflow_device(workspace, device), read_workflow(workspace, workflow), _log(found, view)
    )


def _fitting(slots: Sequence[ShownSlot]) -> list[ShownSlot]:
    """Show as much of the logs of a page as one answer holds, the same number of entries of each."""
    room = MOST_PAGE_BYTES - sum(map(_bytes_of_slot, slots))
    for most in _ENTRIES_SHOWN:
        if sum(_bytes_of_log(each.log[-most:]) for each in slots) <= room:
            return [replace(each, log=each.log[-most:]) for each in slots]
    return [replace(each, log=()) for each in slots]


def _bytes_of_slot(shown: ShownSlot) -> int:
    texts = shown.device.name, shown.workflow.name, shown.slot.desired, shown.slot.current
    return _SLOT_BYTES + _bytes_of_texts(texts)


def _bytes_of_log(log: Log) -> int:
    return _ENTRY_BYTES * len(log) + _bytes_of_texts([(each.previous, each.new, each.attempt) for each in log])


def _bytes_of_texts(texts: object) -> int:
    return bytes_as_sent(json.dumps(texts, ensure_ascii=False))
