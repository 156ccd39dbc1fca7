"""What operators want of workflow slots: releasing, removing and replacing versions (losant contract 4.2-4.4).

Each is checked whole before anything is written; what is checked still holds when it takes hold, since whatever takes a
device, a workflow or a version away is an operation too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.choices import PlannedChoice
from sluiceway.domain.errors import Invalid, MissingReferences, Offender, UnfitReferences
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.domain.workflow import Workflow, WorkflowClass, check_version
from sluiceway.domain.workflow_device import TagSelector, WorkflowDevice
from sluiceway.domain.workflow_operation import Release, Removal, Replacement
from sluiceway.domain.workflow_slot import Content, Source
from sluiceway.storage import keys
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Item, Key, Query
from sluiceway.storage.workflow_device_items import read_workflow_device
from sluiceway.storage.workflow_items import read_published, read_workflow
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_operations import Decided, carry_out

DEVICE = "device"
WORKFLOW = "workflow"
VERSION = "workflow version"


@dataclass(frozen=True, slots=True)
class Selection:
    """Devices: those of the ids, and those that one of the tag selectors selects."""

    device_ids: frozenset[str] = frozenset()
    tags: tuple[TagSelector, ...] = ()

    def __post_init__(self) -> None:
        """Raise Invalid for what selects nobody or everybody by mistake."""
        if not self.device_ids and not self.tags:
            raise Invalid("deviceIds, deviceTags: name one device or one tag at least")
        if TagSelector() in self.tags:
            raise Invalid("deviceTags: a tag has a key, a value, or both")


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be on the selected devices: a version by workflow, None for nothing of it."""

    versions: Mapping[str, str | None]
    selection: Selection
    planned: PlannedChoice | None = None
    """Under this plan; None for an immediate call."""


def release_workflows(service: Service, workspace: str, assignment: Assignment, source: Source, now: datetime) -> None:
    """Put versions of workflows on devices, or take workflows off them.

    Raises InvalidField for a reserved version, MissingReferences and UnfitReferences with all that is wrong, and
    Invalid for more devices than one operation takes.
    """
    _check_versions(assignment)
    carry_out(service, workspace, lambda: Decided(_release_of(service, workspace, assignment)), source, now)


def check_assignment(service: Service, workspace: str, assignment: Assignment) -> Release:
    """Return what an assignment would come to now. Raises as `release_workflows`."""
    _check_versions(assignment)
    return _release_of(service, workspace, assignment)


def _check_versions(assignment: Assignment) -> None:
    for version in assignment.versions.values():
        if version is not None:
            check_version(version)


def _release_of(service: Service, workspace: str, assignment: Assignment) -> Release:
    contents = _contents(service, workspace, assignment.versions)
    return Release(contents, select_devices(service, workspace, assignment.selection), assignment.planned)


def remove_workflows(service: Service, workspace: str, removal: Removal, source: Source, now: datetime) -> None:
    """Take workflows off devices. Raises Invalid when neither is named, and MissingReferences."""
    if removal.workflow_id is None and removal.device_id is None:
        raise Invalid("flowId and deviceId cannot both be null")

    def decide() -> Decided:
        if removal.workflow_id is not None:
            _load_workflow(service, workspace, removal.workflow_id)
        if removal.device_id is not None:
            _load_devices(service, workspace, [removal.device_id])
        return Decided(removal)

    carry_out(service, workspace, decide, source, now)


def replace_workflow_version(
    service: Service,
    workspace: str,
    workflow_id: str,
    *,
    old: str,
    new: str | None,
    source: Source,
    now: datetime,
) -> None:
    """Want another version, or nothing, wherever a version of a workflow is wanted.

    The old one need not exist any more. Raises InvalidField for a reserved version, and MissingReferences.
    """
    if new is not None:
        check_version(new, "newVersion")

    def decide() -> Decided:
        contents = _contents(service, workspace, {workflow_id: new}, must_be_edge=False)
        return Decided(Replacement(workflow_id, old, contents[workflow_id]))

    carry_out(service, workspace, decide, source, now)


def _contents(
    service: Service, workspace: str, versions: Mapping[str, str | None], *, must_be_edge: bool = True
) -> dict[str, Content | None]:
    """Look up workflows and their versions, in one batch."""
    names = {
        each: keys.workflow_version_name(workspace, each, version)
        for each, version in versions.items()
        if version is not None and is_possible_id(each)
    }
    found = service.table.get_many([*_workflow_keys(workspace, versions).values(), *names.values()])
    workflows = _existing_workflows(workspace, versions, found)
    if must_be_edge:
        _refuse_other_classes(workflows)
    absent = [each for each, name in names.items() if name not in found]
    _refuse_missing(VERSION, [Offender(each, versions[each] or "", "no such version of this flow") for each in absent])
    etags = {each: read_published(found[name]).etag for each, name in names.items()}
    return {each: Content(version, etags[each]) if version is not None else None for each, version in versions.items()}


def _load_workflow(service: Service, workspace: str, workflow_id: str) -> None:
    found = service.table.get_many(list(_workflow_keys(workspace, [workflow_id]).values()))
    _existing_workflows(workspace, [workflow_id], found)


def _workflow_keys(workspace: str, workflow_ids: Iterable[str]) -> dict[str, Key]:
    return {each: keys.workflow(workspace, each) for each in workflow_ids if is_possible_id(each)}


def _existing_workflows(workspace: str, wanted: Iterable[str], found: Mapping[Key, Item]) -> list[Workflow]:
    """Return the workflows among what was found. Raises MissingReferences, also for those that were deleted."""
    places = _workflow_keys(workspace, wanted)
    stored = [read_workflow(workspace, found[key]) for key in places.values() if key in found]
    existing = [workflow for workflow in stored if not workflow.is_deleted]
    absent = [each for each in wanted if each not in {workflow.id for workflow in existing}]
    _refuse_missing(WORKFLOW, [Offender(each, "", "no such flow in this application") for each in absent])
    return existing


def _refuse_other_classes(workflows: Iterable[Workflow]) -> None:
    others = [each for each in workflows if each.workflow_class is not WorkflowClass.EDGE]
    _refuse_unfit(WORKFLOW, [Offender(each.id, each.name, f"is of class {each.workflow_class}") for each in others])


def select_devices(service: Service, workspace: str, selection: Selection) -> frozenset[str]:
    """Return the ids of all selected devices; those of other classes are passed over unless they are named.

    Raises MissingReferences and UnfitReferences for those that are named.
    """
    named = _load_devices(service, workspace, selection.device_ids)
    others = [each for each in named if not each.has_slots]
    _refuse_unfit(DEVICE, [Offender(each.id, each.name, f"is of class {each.device_class}") for each in others])
    tagged = _tagged(service, workspace, selection.tags) if selection.tags else []
    return frozenset(device.id for device in [*named, *tagged])


def _load_devices(service: Service, workspace: str, device_ids: Iterable[str]) -> list[WorkflowDevice]:
    """Read devices. Raises MissingReferences when some do not exist."""
    wanted = sorted(device_ids)
    places = {each: keys.workflow_device(workspace, each) for each in wanted if is_possible_id(each)}
    found = service.table.get_many(list(places.values()))
    absent = [each for each in wanted if places.get(each) not in found]
    _refuse_missing(DEVICE, [Offender(each, "", "no such device in this application") for each in absent])
    return [read_workflow_device(workspace, item) for item in found.values()]


def _tagged(service: Service, workspace: str, selectors: Iterable[TagSelector]) -> list[WorkflowDevice]:
    wanted = tuple(selectors)
    entries = read_all(service.table, Query(keys.workflow_device_directory(workspace)))
    listed = (read_workflow_device(workspace, entry.item) for entry in entries)
    return [each for each in listed if each.has_slots and any(selector.selects(each.tags) for selector in wanted)]


def _refuse_missing(subject: str, offenders: list[Offender]) -> None:
    if offenders:
        raise MissingReferences(subject, offenders)


def _refuse_unfit(subject: str, offenders: list[Offender]) -> None:
    if offenders:
        raise UnfitReferences(subject, offenders)
