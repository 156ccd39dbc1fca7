"""What a device asks and says of its workflow slots (losant contract 6.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sluiceway.artifacts.object_keys import workflow_key
from sluiceway.domain.errors import Contended, NoSuchRecord
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.domain.strict_json import Json, canonical_json
from sluiceway.domain.workflow import BUNDLE_MEDIA_TYPE, Workflow, WorkflowClass
from sluiceway.domain.workflow_device import WorkflowDevice
from sluiceway.domain.workflow_operation import Ledger, SlotView
from sluiceway.domain.workflow_slot import (
    Actor,
    Change,
    Content,
    Log,
    Report,
    Source,
    WorkflowSlot,
    append,
    decide_slot,
    unstored_slot,
)
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Item, Key, Write
from sluiceway.storage.workflow_device_items import note_agent
from sluiceway.storage.workflow_items import read_minimum_agent, read_workflow
from sluiceway.storage.workflow_operation_items import renames, unchanged_ledger
from sluiceway.storage.workflow_slot_items import delete_workflow_slot, read_log, store_view, workflow_log_key
from sluiceway.usecases.notes import write_note
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_device_sessions import WorkflowDeviceSession, fresh_session
from sluiceway.usecases.workflow_ledger import ledger_of, load_ledger, read_slots
from sluiceway.usecases.workflow_slots import views_of

BUNDLE_SECONDS = 900
_MOST_AT_ONCE = 45
"""Slots in one transaction of a report: two writes each, of the hundred that it takes."""


class Action(StrEnum):
    """What a device has to do about a slot."""

    INSTALL = "install"
    REMOVE = "remove"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class WantedState:
    """Every slot of a device that is not empty; the etag changes with them, and with the names of workflows."""

    etag: str
    slots: tuple[WorkflowSlot, ...]


@dataclass(frozen=True, slots=True)
class WantedSlot:
    """A slot with what its device needs to know beside it."""

    slot: WorkflowSlot
    workflow: Workflow
    action: Action
    minimum_agent_version: str = ""
    """What the wanted version asks for; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Where to download what is wanted, and until when the link works."""

    content: Content
    size: int
    url: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What a device says of its workflows; when that is everything, it runs nothing else."""

    reports: Mapping[str, Report]
    is_everything: bool = False
    agent_version: str = ""


def wanted_state(service: Service, session: WorkflowDeviceSession) -> WantedState:
    """Return what a device is to run, in one Query. Raises Contended.

    The etag covers names without a read of them, by how often any was changed before the device called.
    """
    slots = tuple(view.slot for _, view in sorted(_look(service, session).views.items()) if not view.slot.is_empty)
    told: list[Json] = [[slot.id, _told(slot.desired), _told(slot.current)] for slot in slots]
    identity = canonical_json([renames(session.ledger), *told])
    return WantedState(hashlib.sha256(identity.encode()).hexdigest(), slots)


def describe_wanted(service: Service, wanted: WantedState) -> list[WantedSlot]:
    """Read what a device needs to know of its slots, in one batch."""
    places = [(_workflow_key(slot), _bundle_key(slot)) for slot in wanted.slots]
    found = service.table.get_many([key for both in places for key in both if key])
    return [_described(slot, found, *both) for slot, both in zip(wanted.slots, places, strict=True)]


def wanted_bundle(service: Service, session: WorkflowDeviceSession, workflow_id: str, now: datetime) -> Bundle:
    """Return a link to what is wanted in a slot. Raises NotFound when nothing is."""
    view = _look(service, session).views.get(workflow_id)
    desired = view.slot.desired if view else None
    if desired is None:
        raise NoSuchRecord("workflow slot", workflow_id)
    stored = service.objects.find(workflow_key(session.device.workspace, desired.etag))
    url = service.objects.link(
        stored, filename=f"{workflow_id}.json", seconds=BUNDLE_SECONDS, now=now, content_type=BUNDLE_MEDIA_TYPE
    )
    return Bundle(desired, stored.size, url, now + timedelta(seconds=BUNDLE_SECONDS))


def report_workflows(
    service: Service, session: WorkflowDeviceSession, report: DeviceReport, now: datetime
) -> list[str]:
    """Take what a device says, and return the workflows that nobody knows. The same report again changes nothing."""
    device = session.device
    if report.agent_version not in {"", device.agent_version}:
        write_note(service, note_agent(device, report.agent_version))
    look = _look(service, session)
    silent = {workflow_id: Report(None) for workflow_id in look.views} if report.is_everything else {}
    said = {**silent, **report.reports}
    look = _with_new_slots(service, look, said, now)
    known = [each for each in said if each in look.views]
    for start in range(0, len(known), _MOST_AT_ONCE):
        part = {each: said[each] for each in known[start : start + _MOST_AT_ONCE]}
        _store_reports(service, look, part, now)
    return sorted(said.keys() - look.views.keys())


@dataclass(frozen=True, slots=True)
class _Look:
    """A device and its slots by workflow, and the ledger that they were read with."""

    device: WorkflowDevice
    ledger: Ledger
    views: Mapping[str, SlotView]


def _look(service: Service, session: WorkflowDeviceSession) -> _Look:
    """Read the slots of a device, as no operation that they do not all know of left them. Raises Contended."""
    device = session.device
    ledger = ledger_of(service, device.workspace, session.ledger)
    for _ in service.table.backoff.attempts():
        slots = read_slots(service, device.workspace, (keys.workflow_slots_of(device.workspace, device.id),))
        if not ledger.is_older_than(slots):
            views = views_of(ledger, device.workspace, slots, device.id)
            return _Look(device, ledger, {view.slot.workflow_id: view for view in views})
        ledger = load_ledger(service, device.workspace)
    raise Contended("operations on workflows kept taking hold while they were read; try again")


def _fresh_looks(service: Service, look: _Look, said: Collection[str], now: datetime) -> Iterator[_Look]:
    """Give what was read already, then, after each lost race, what is stored now. Raises Unauthenticated."""
    yield look
    while True:
        yield _with_new_slots(service, _look(service, fresh_session(service, look.device)), said, now)


def _store_reports(service: Service, first: _Look, reports: Mapping[str, Report], now: datetime) -> None:
    looks = _fresh_looks(service, first, reports, now)

    def plan() -> tuple[None, list[Write]]:
        return None, _report_writes(service, next(looks), reports, now)

    commit(service.table, plan)


def _report_writes(service: Service, look: _Look, reports: Mapping[str, Report], now: datetime) -> list[Write]:
    """Return what stores reports; a slot is made only while nothing takes its device or its workflow away."""
    views = {each: look.views[each] for each in reports if each in look.views}
    logs = _logs(service, views, reports)
    source = Source(Actor.DEVICE, look.device.id)
    writes: list[Write] = []
    for workflow_id, view in views.items():
        writes += _writes_of(view, logs.get(workflow_id, ()), reports[workflow_id], source, now)
    makes_slots = bool(writes) and any(not view.stored_rev for view in views.values())
    return [*writes, unchanged_ledger(look.device.workspace, look.ledger.number)] if makes_slots else writes


def _writes_of(view: SlotView, log: Log, report: Report, source: Source, now: datetime) -> list[Write]:
    known = append(log, view.unstored)
    decision = decide_slot(view.slot, known[-1] if known else None, report, source, now)
    if not isinstance(decision, Change):
        return []
    if decision.slot is None:
        return delete_workflow_slot(view)
    return store_view(SlotView(decision.slot, view.stored_rev, (*view.unstored, *decision.entries)), log)


def _logs(service: Service, views: Mapping[str, SlotView], reports: Mapping[str, Report]) -> dict[str, Log]:
    """Read the logs that a decision may depend on or add to."""
    wanted = {
        workflow_id: workflow_log_key(view.slot)
        for workflow_id, view in views.items()
        if view.stored_rev and reports[workflow_id] != Report(view.slot.current)
    }
    found = service.table.get_many(list(wanted.values()))
    return {each: read_log(found[key], views[each].stored_rev) for each, key in wanted.items() if key in found}


def _with_new_slots(service: Service, look: _Look, said: Collection[str], now: datetime) -> _Look:
    """Add the slots that a device may get by what it says; one of a deleted workflow, so that it is told to drop it."""
    workspace, device_id = look.device.workspace, look.device.id
    places = [keys.workflow(workspace, each) for each in said if each not in look.views and is_possible_id(each)]
    stored = (read_workflow(workspace, item) for item in service.table.get_many(places).values())
    unstored = (
        replace(unstored_slot(workspace, device_id, each.id, now), is_discontinued=each.is_deleted)
        for each in stored
        if each.workflow_class is WorkflowClass.EDGE
    )
    return replace(look, views={**look.views, **{slot.workflow_id: SlotView(slot, 0) for slot in unstored}})


def _workflow_key(slot: WorkflowSlot) -> Key:
    return keys.workflow(slot.workspace, slot.workflow_id)


def _bundle_key(slot: WorkflowSlot) -> Key | None:
    return keys.workflow_bundle(slot.workspace, slot.workflow_id, slot.desired.etag) if slot.desired else None


def _described(slot: WorkflowSlot, found: Mapping[Key, Item], place: Key, bundle: Key | None) -> WantedSlot:
    agent = read_minimum_agent(found.get(bundle) if bundle else None)
    return WantedSlot(slot, read_workflow(slot.workspace, found[place]), _action(slot), agent)


def _action(slot: WorkflowSlot) -> Action:
    if slot.desired is None:
        return Action.NONE if slot.current is None else Action.REMOVE
    return Action.NONE if slot.is_up_to_date else Action.INSTALL


def _told(content: Content | None) -> list[Json] | None:
    return [content.version, content.etag] if content else None
