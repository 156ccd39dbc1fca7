"""A workspace whose devices take workflows, at work below HTTP, on any table."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from sluiceway.artifacts.memory import MemoryObjects
from sluiceway.domain.user import Workspace
from sluiceway.domain.workflow import Workflow, WorkflowClass, WorkflowContent, WorkflowVersion
from sluiceway.domain.workflow_device import DeviceClass, Tag, TagSelector, WorkflowDevice
from sluiceway.domain.workflow_operation import Removal
from sluiceway.domain.workflow_slot import Actor, Attempt, Content, Report, Source
from sluiceway.storage import keys
from sluiceway.storage.table import Put, Table
from sluiceway.storage.user_items import workspace_item
from sluiceway.usecases.access_keys import NewAccessKey, ShownAccessKey, create_access_key
from sluiceway.usecases.assign_workflows import (
    Assignment,
    Selection,
    release_workflows,
    remove_workflows,
    replace_workflow_version,
)
from sluiceway.usecases.device_workflows import DeviceReport, report_workflows, wanted_state
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_device_sessions import (
    DeviceProof,
    WorkflowDeviceSession,
    log_in_workflow_device,
    open_workflow_device_session,
)
from sluiceway.usecases.workflow_devices import NewWorkflowDevice, create_workflow_device
from sluiceway.usecases.workflow_slots import ShownSlot, SlotListing, list_workflow_slots
from sluiceway.usecases.workflow_versions import NewWorkflowVersion, publish_workflow_version
from sluiceway.usecases.workflows import NewWorkflow, create_workflow
from tests.support.app import (
    NOW,
)
from tests.support.numbers import Numbers
from tests.support.services import recorded_service

WORKSPACE = str(UUID(int=9, version=4))
OPERATOR = Source(Actor.TOKEN, "64b1f0c2a9d3e85f7c107001")


@dataclass
class WorkflowFleet:
    """One workspace; every call is a second after the one before."""

    table: Table
    seconds: Numbers = field(default_factory=Numbers)
    ids: Numbers = field(default_factory=lambda: Numbers(1))
    workspace: str = WORKSPACE

    def __post_init__(self) -> None:
        self.objects = MemoryObjects()
        self.service = self.over(self.table)
        self.table.write(Put(keys.workspace(self.workspace), workspace_item(Workspace(self.workspace, "plant", NOW))))

    def over(self, table: Table) -> Service:
        """The same stores for a process that reaches the table in another way."""
        return replace(recorded_service(table, lambda: str(UUID(int=next(self.ids), version=4))), objects=self.objects)

    def through(self, service: Service) -> WorkflowFleet:
        """The same one, for a process that reaches the table in another way."""
        other = copy(self)
        other.service = service
        return other

    def clone(self, table: Table) -> WorkflowFleet:
        """Another one at the same point of time, on a clone of the table."""
        other = copy(self)
        other.table, other.objects = table, self.objects.clone()
        other.seconds, other.ids = replace(self.seconds), replace(self.ids)
        other.service = other.over(table)
        return other

    def now(self) -> datetime:
        return NOW + timedelta(seconds=next(self.seconds))

    def workflow(self, name: str = "pump", workflow_class: WorkflowClass = WorkflowClass.EDGE) -> Workflow:
        return create_workflow(self.service, self.workspace, NewWorkflow(name, workflow_class), self.now())

    def publish(self, workflow: Workflow, name: str, *nodes: str, agent: str = "") -> WorkflowVersion:
        """Publish a version, in the place of one of the same name."""
        content = WorkflowContent(nodes=tuple({"type": node} for node in nodes))
        new = NewWorkflowVersion(name, content, minimum_agent_version=agent, may_replace=True)
        return publish_workflow_version(self.service, self.workspace, workflow.id, new, self.now())

    def device(
        self, name: str = "gateway", *tags: Tag, device_class: DeviceClass = DeviceClass.EDGE_COMPUTE
    ) -> WorkflowDevice:
        new = NewWorkflowDevice(name, device_class, tags)
        return create_workflow_device(self.service, self.workspace, new, self.now()).device

    def devices(self, number: int) -> list[WorkflowDevice]:
        return [self.device(f"gateway {each}") for each in range(number)]

    def release(
        self,
        versions: Mapping[str, str | None],
        *devices: WorkflowDevice,
        tags: tuple[TagSelector, ...] = (),
        service: Service | None = None,
    ) -> None:
        selection = Selection(frozenset(device.id for device in devices), tags)
        release_workflows(
            service or self.service, self.workspace, Assignment(versions, selection), OPERATOR, self.now()
        )

    def remove(self, workflow: Workflow | None, device: WorkflowDevice | None) -> None:
        removal = Removal(workflow.id if workflow else None, device.id if device else None)
        remove_workflows(self.service, self.workspace, removal, OPERATOR, self.now())

    def replace(self, workflow: Workflow, old: str, new: str | None) -> None:
        replace_workflow_version(
            self.service, self.workspace, workflow.id, old=old, new=new, source=OPERATOR, now=self.now()
        )

    def access_key(self, new: NewAccessKey | None = None) -> ShownAccessKey:
        return create_access_key(self.service, self.workspace, new or NewAccessKey(), self.now())

    @cached_property
    def common_key(self) -> ShownAccessKey:
        """A key that admits every device."""
        return self.access_key()

    def session(self, device: WorkflowDevice, shown: ShownAccessKey | None = None) -> WorkflowDeviceSession:
        """Let a device log in and call once."""
        key = shown or self.common_key
        proof = DeviceProof(device.id, key.access_key.key, key.secret)
        token = log_in_workflow_device(self.service, proof, NOW).token
        return open_workflow_device_session(self.service, token, NOW)

    def report(
        self, device: WorkflowDevice, reports: Mapping[str, Report], *, is_everything: bool = False, agent: str = ""
    ) -> list[str]:
        report = DeviceReport(reports, is_everything, agent)
        return report_workflows(self.service, self.session(device), report, self.now())

    def runs(self, device: WorkflowDevice, workflow: Workflow, version: WorkflowVersion | None) -> None:
        """Let a device say what it runs of a workflow."""
        current = Content(version.name, version.etag) if version else None
        assert self.report(device, {workflow.id: Report(current)}) == []

    def fails(self, device: WorkflowDevice, workflow: Workflow, attempt: Attempt, current: Content | None) -> None:
        """Let a device say that it could not run something."""
        assert self.report(device, {workflow.id: Report(current, attempt)}) == []

    def slots(self, listing: SlotListing | None = None) -> list[ShownSlot]:
        """Everything that a list shows."""
        wanted = listing or SlotListing(limit=100_000)
        return list(list_workflow_slots(self.service, self.workspace, wanted).slots)

    def slot(self, device: WorkflowDevice, workflow: Workflow) -> ShownSlot:
        """The one slot of a pair."""
        (shown,) = self.slots(SlotListing(device_id=device.id, workflow_id=workflow.id))
        return shown

    def wanted(self, device: WorkflowDevice) -> dict[str, str | None]:
        """What a device is told to run, by workflow."""
        slots = wanted_state(self.service, self.session(device)).slots
        return {slot.workflow_id: slot.desired.version if slot.desired else None for slot in slots}
