"""Devices that take workflows, as users manage them (losant contract 5.3, 4.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.errors import NoSuchRecord
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.domain.object_ids import make_object_id
from sluiceway.domain.workflow_device import (
    DeviceClass,
    Tag,
    TagSelector,
    WorkflowDevice,
    check_details,
    check_workflow_device_name,
)
from sluiceway.domain.workflow_operation import Detachment
from sluiceway.domain.workflow_slot import Source
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query, Write
from sluiceway.storage.workflow_device_items import (
    changed_workflow_device,
    new_workflow_device,
    read_details,
    read_workflow_device,
    removed_workflow_device,
)
from sluiceway.usecases.object_lists import ObjectListing, ObjectPage, page_of
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_operations import Decided, carry_out


@dataclass(frozen=True, slots=True)
class DescribedDevice:
    """A device with what describes it, which is kept for clients as a JSON object; empty for nothing."""

    device: WorkflowDevice
    details: str = ""


@dataclass(frozen=True, slots=True)
class NewWorkflowDevice:
    """What to make."""

    name: str
    device_class: DeviceClass = DeviceClass.STANDALONE
    tags: tuple[Tag, ...] = ()
    details: str = ""


@dataclass(frozen=True, slots=True)
class WorkflowDeviceChange:
    """What to change; None stays."""

    name: str | None = None
    device_class: DeviceClass | None = None
    tags: tuple[Tag, ...] | None = None
    details: Callable[[str], str] | None = None
    """Gives what it is described by from what it was. Must not raise."""


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices to list: of one of the classes, and with a tag that one of the selectors selects; empty for any."""

    classes: frozenset[DeviceClass] = frozenset()
    tags: tuple[TagSelector, ...] = ()

    def is_met_by(self, device: WorkflowDevice) -> bool:
        """Tell whether a device is to be listed."""
        is_of_class = not self.classes or device.device_class in self.classes
        return is_of_class and (not self.tags or any(selector.selects(device.tags) for selector in self.tags))


def create_workflow_device(service: Service, workspace: str, new: NewWorkflowDevice, now: datetime) -> DescribedDevice:
    """Make a device. Raises InvalidField."""
    device = WorkflowDevice(
        workspace,
        make_object_id(now, service.new_id()),
        check_workflow_device_name(new.name),
        new.device_class,
        created=now,
        updated=now,
        tags=new.tags,
    )
    made = DescribedDevice(device, check_details(new.details))
    return commit(service.table, lambda: (made, new_workflow_device(device, new.details)))


def get_workflow_device(service: Service, workspace: str, device_id: str) -> DescribedDevice:
    """Read one device. Raises NotFound."""
    found = get_workflow_devices(service, workspace, [device_id])
    if not found:
        raise NoSuchRecord("device", device_id)
    return found[0]


def get_workflow_devices(service: Service, workspace: str, device_ids: Iterable[str]) -> list[DescribedDevice]:
    """Read those of some devices that exist, in the order of the ids, in one batch."""
    wanted = [each for each in device_ids if is_possible_id(each)]
    heads = {each: keys.workflow_device(workspace, each) for each in wanted}
    details = {each: keys.workflow_device_details(workspace, each) for each in wanted}
    found = service.table.get_many([*heads.values(), *details.values()])
    return [
        DescribedDevice(read_workflow_device(workspace, found[key]), read_details(found.get(details[each])))
        for each, key in heads.items()
        if key in found
    ]


def list_workflow_devices(
    service: Service, workspace: str, wanted: DeviceFilter, listing: ObjectListing
) -> ObjectPage[WorkflowDevice]:
    """List devices as the list knows them: without when they called, and without their agents."""
    return page_of(_listed(service, workspace, wanted), listing)


def list_workflow_devices_by_connection(
    service: Service, workspace: str, wanted: DeviceFilter, listing: ObjectListing, now: datetime
) -> ObjectPage[WorkflowDevice]:
    """List devices by whether they are connected, those that never called first; reads the heads of all."""
    listed = [device.id for device in _listed(service, workspace, wanted)]
    devices = [each.device for each in get_workflow_devices(service, workspace, listed)]
    return page_of(devices, listing, lambda device: _connection_rank(device, now))


def update_workflow_device(
    service: Service, workspace: str, device_id: str, change: WorkflowDeviceChange, *, source: Source, now: datetime
) -> DescribedDevice:
    """Change a device; one that takes workflows no more loses its slots. Raises NotFound and InvalidField."""
    if change.name is not None:
        check_workflow_device_name(change.name)

    def writes() -> list[Write]:
        before = get_workflow_device(service, workspace, device_id)
        details = check_details(change.details(before.details)) if change.details else None
        return changed_workflow_device(before.device, _changed(before.device, change, now), details)

    if change.device_class in {None, DeviceClass.EDGE_COMPUTE}:
        commit(service.table, lambda: (None, writes()))
    else:
        carry_out(service, workspace, lambda: Decided(Detachment(device_id), writes()), source, now)
    return get_workflow_device(service, workspace, device_id)


def delete_workflow_device(service: Service, workspace: str, device_id: str, source: Source, now: datetime) -> None:
    """Remove a device with its slots; its tokens are refused from here on. Raises NotFound."""

    def decide() -> Decided:
        device = get_workflow_device(service, workspace, device_id).device
        return Decided(Detachment(device_id), removed_workflow_device(device))

    carry_out(service, workspace, decide, source, now)


def _listed(service: Service, workspace: str, wanted: DeviceFilter) -> list[WorkflowDevice]:
    entries = read_all(service.table, Query(keys.workflow_device_directory(workspace)))
    listed = (read_workflow_device(workspace, entry.item) for entry in entries)
    return [device for device in listed if wanted.is_met_by(device)]


def _connection_rank(device: WorkflowDevice, now: datetime) -> int:
    is_connected = device.is_connected(now)
    return 0 if is_connected is None else 1 + is_connected


def _changed(before: WorkflowDevice, change: WorkflowDeviceChange, now: datetime) -> WorkflowDevice:
    return replace(
        before,
        name=before.name if change.name is None else change.name,
        device_class=change.device_class or before.device_class,
        tags=before.tags if change.tags is None else change.tags,
        updated=now,
    )
