"""Giving devices a version of a workflow under a plan: their slots want it from then on (losant contract 4.2, 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.choices import PlannedChoice
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment, Event, Reported, Status, Withdrawn
from sluiceway.domain.errors import Refused
from sluiceway.domain.object_ids import repeatable_object_id
from sluiceway.domain.slots import AssignedVersion, read_assigned_version
from sluiceway.domain.workflow_slot import Actor, LogEntry, Source, WorkflowSlot, unstored_slot
from sluiceway.storage import keys
from sluiceway.storage.table import Item, Key
from sluiceway.storage.workflow_slot_items import read_log, read_workflow_slot, workflow_log_key
from sluiceway.usecases.assign_workflows import Assignment, Selection, release_workflows
from sluiceway.usecases.channels import Held, Pushed
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_ledger import load_ledger

_GONE = Withdrawn(Status.DECOMMISSIONED)


@dataclass(frozen=True, slots=True)
class WorkflowChannel:
    """A `Channel`: what a device has, and what it is given, is called by workflow and version."""

    service: Service
    deployment: Deployment
    content: AssignedVersion
    planned: PlannedChoice

    def held_by(self, device_ids: Collection[str]) -> Mapping[str, Held]:
        """Return which version each device is to run, nothing of the workflow being something as well."""
        slots = {each: (str(self._desired(slot)), slot.choice) for each, slot in self._slots(device_ids).items()}
        return {each: Held(name, choice, name) for each, (name, choice) in slots.items()}

    def content_of(self, name: str) -> str:
        """Return the name: it tells all."""
        return name

    def _desired(self, slot: WorkflowSlot) -> AssignedVersion:
        return replace(self.content, version=slot.desired.version if slot.desired else None)

    def push(self, rows: Sequence[DeviceDeployment], now: datetime) -> Mapping[str, Pushed | Event]:
        """Release each version to its devices with one operation; attempts that began at other times apart."""
        there = self._existing([row.device_id for row in rows])
        alike: defaultdict[tuple[AssignedVersion, datetime | None], list[str]] = defaultdict(list)
        for row in rows:
            if row.device_id in there:
                again = row.offered if row.attempt > 1 else None
                alike[self._version_for(row), again].append(row.device_id)
        given = {row.device_id: _GONE for row in rows if row.device_id not in there}
        released = (
            self._release(replace(self.planned, again=again), version, ids, now)
            for (version, again), ids in alike.items()
        )
        return {**given, **dict(pair for pairs in released for pair in pairs)}

    def follow(self, rows: Sequence[DeviceDeployment], now: datetime) -> Mapping[str, Event]:  # noqa: ARG002 - as all
        """Read slots in one batch, the logs of those whose devices have spoken, and devices that have no slot."""
        slots = self._slots([row.device_id for row in rows])
        spoke = [slot for slot in slots.values() if not slot.is_up_to_date and _has_spoken(slot)]
        logs = self.service.table.get_many([workflow_log_key(slot) for slot in spoke])
        slotless = [device_id for device_id, slot in slots.items() if not slot.rev]
        gone = set(slotless).difference(self._existing(slotless))
        states = ((row, slots[row.device_id]) for row in rows if row.device_id not in gone)
        events = ((row.device_id, _event_of(row, slot, _newest(slot, logs))) for row, slot in states)
        return {**dict.fromkeys(gone, _GONE), **{device_id: event for device_id, event in events if event is not None}}

    def take_back(self, rows: Sequence[DeviceDeployment], now: datetime) -> Collection[str]:
        """Let slots want what they did before, which changes nothing where they still do."""
        alike: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            alike[row.previous].append(row.device_id)
        taking_back = self.planned.taking_back()
        released = (self._release(taking_back, read_assigned_version(each), ids, now) for each, ids in alike.items())
        return {device_id for pairs in released for device_id, _ in pairs}

    def _version_for(self, row: DeviceDeployment) -> AssignedVersion:
        return read_assigned_version(row.restores) if row.restores else self.content

    def _existing(self, device_ids: Collection[str]) -> set[str]:
        heads = {keys.workflow_device(self.deployment.workspace, each): each for each in device_ids}
        return {heads[key] for key in self.service.table.get_many(list(heads))}

    def _slots(self, device_ids: Collection[str]) -> dict[str, WorkflowSlot]:
        """Return the slots as every reader must see them, also those that are still to be stored."""
        workspace, workflow_id = self.deployment.workspace, self.content.workflow_id
        ledger = load_ledger(self.service, workspace)
        places = {each: keys.workflow_slot(workspace, each, workflow_id) for each in device_ids}
        found = self.service.table.get_many(list(places.values()))
        stored = {
            each: read_workflow_slot(workspace, found[key])
            if key in found
            else unstored_slot(workspace, each, workflow_id, self.deployment.created)
            for each, key in places.items()
        }
        views = {each: ledger.view(slot) for each, slot in stored.items()}
        return {each: view.slot if view else stored[each] for each, view in views.items()}

    def _release(
        self, planned: PlannedChoice, version: AssignedVersion, device_ids: Sequence[str], now: datetime
    ) -> Iterator[tuple[str, Pushed | Event]]:
        """Release to all at once; when that is refused, to each alone, so that only the ones it is about fail."""
        assignment = Assignment({version.workflow_id: version.version}, Selection(frozenset(device_ids)), planned)
        source = Source(Actor.TOKEN, source_id(self.deployment))
        try:
            release_workflows(self.service, self.deployment.workspace, assignment, source, now)
        except Refused as refusal:
            if len(device_ids) == 1:
                yield device_ids[0], Reported(Status.FAILURE, str(refusal))
                return
            for each in device_ids:
                yield from self._release(planned, version, [each], now)
        else:
            yield from ((each, str(version)) for each in device_ids)


def source_id(deployment: Deployment) -> str:
    """Return what a planned deployment is called in the logs of slots, where ids are object ids (contract 2.2)."""
    return repeatable_object_id(deployment.created, deployment.workspace, deployment.id)


def _has_spoken(slot: WorkflowSlot) -> bool:
    """Tell whether anything happened to a slot since it was decided what it is to have."""
    return slot.choice is None or slot.updated != slot.choice.at


def _newest(slot: WorkflowSlot, logs: Mapping[Key, Item]) -> LogEntry | None:
    stored = logs.get(workflow_log_key(slot))
    return next(reversed(read_log(stored, slot.rev)), None) if stored else None


def _event_of(row: DeviceDeployment, slot: WorkflowSlot, newest: LogEntry | None) -> Event | None:
    """Say what became of a slot: an error counts that the device told since this attempt was pushed.

    The push is an entry of the log itself, unless the slot was up to date: an older error is not the newest entry.
    """
    wanted = read_assigned_version(row.pushed)
    if (slot.desired.version if slot.desired else None) != wanted.version:
        return Withdrawn(Status.SUPERSEDED)
    if slot.is_up_to_date or slot.is_empty:
        return Reported(Status.SUCCESS)
    if newest is None or newest.attempt is None:
        return None
    is_about_it = newest.attempt.version in {"", wanted.version}
    return Reported(Status.FAILURE, newest.attempt.error) if is_about_it else None
