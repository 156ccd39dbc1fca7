"""Workflows, as users manage them (losant contract 5.5, 4.5)."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sluiceway.artifacts.object_keys import workflow_key
from sluiceway.domain.errors import InvalidField, NoSuchRecord
from sluiceway.domain.identifiers import is_possible_id
from sluiceway.domain.object_ids import make_object_id
from sluiceway.domain.workflow import (
    BUNDLE_MEDIA_TYPE,
    MOST_SETTINGS_BYTES,
    Workflow,
    WorkflowClass,
    WorkflowContent,
    check_workflow_name,
    make_draft,
    read_content,
)
from sluiceway.domain.workflow_operation import Discontinuation
from sluiceway.domain.workflow_slot import Source
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query, Write
from sluiceway.storage.workflow_items import changed_workflow, new_workflow, read_workflow
from sluiceway.storage.workflow_operation_items import count_rename
from sluiceway.usecases.object_lists import ObjectListing, ObjectPage, page_of
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_operations import Decided, carry_out


@dataclass(frozen=True, slots=True)
class NewWorkflow:
    """What to make; the content is the one that is being developed, which no device runs."""

    name: str
    workflow_class: WorkflowClass = WorkflowClass.CLOUD
    description: str = ""
    is_enabled: bool = True
    minimum_agent_version: str = ""
    content: WorkflowContent = field(default_factory=WorkflowContent)
    settings: str = ""
    """A JSON object that is kept for clients."""


@dataclass(frozen=True, slots=True)
class WorkflowChange:
    """What to change; None stays. Content and settings are given from what they were."""

    name: str | None = None
    description: str | None = None
    is_enabled: bool | None = None
    minimum_agent_version: str | None = None
    content: Callable[[WorkflowContent], WorkflowContent] | None = None
    settings: Callable[[str], str] | None = None


def create_workflow(service: Service, workspace: str, new: NewWorkflow, now: datetime) -> Workflow:
    """Make a workflow. Raises InvalidField and TooLarge."""
    workflow = Workflow(
        workspace,
        make_object_id(now, service.new_id()),
        check_workflow_name(new.name),
        new.workflow_class,
        created=now,
        updated=now,
        description=_checked_text("description", new.description),
        is_enabled=new.is_enabled,
        minimum_agent_version=new.minimum_agent_version,
        content_digest=_store_content(service, workspace, new.content),
        settings=_checked_text("description", new.settings),
    )
    return commit(service.table, lambda: (workflow, new_workflow(workflow)))


def get_workflow(service: Service, workspace: str, workflow_id: str) -> Workflow:
    """Read one workflow. Raises NotFound, also for a deleted one."""
    stored = service.table.get(keys.workflow(workspace, workflow_id)) if is_possible_id(workflow_id) else None
    workflow = read_workflow(workspace, stored) if stored else None
    if workflow is None or workflow.is_deleted:
        raise NoSuchRecord("workflow", workflow_id)
    return workflow


def load_workflow_content(service: Service, workflow: Workflow) -> WorkflowContent:
    """Read the content that is being developed."""
    if not workflow.content_digest:
        return WorkflowContent()
    return read_content(json.loads(service.objects.get(workflow_key(workflow.workspace, workflow.content_digest))))


def list_workflows(
    service: Service, workspace: str, workflow_class: WorkflowClass, listing: ObjectListing
) -> ObjectPage[Workflow]:
    """List the workflows of a class."""
    records = read_all(service.table, Query(keys.workflows(workspace)))
    stored = (read_workflow(workspace, record.item) for record in records)
    wanted = [each for each in stored if each.workflow_class is workflow_class and not each.is_deleted]
    return page_of(wanted, listing)


def update_workflow(
    service: Service, workspace: str, workflow_id: str, change: WorkflowChange, now: datetime
) -> Workflow:
    """Change a workflow and return it as it is then. Raises NotFound, InvalidField and TooLarge."""
    if change.name is not None:
        check_workflow_name(change.name)
    if change.description is not None:
        _checked_text("description", change.description)

    def plan() -> tuple[Workflow, list[Write]]:
        before = get_workflow(service, workspace, workflow_id)
        after = _changed(service, before, change, now)
        renamed = [count_rename(workspace)] if after.name != before.name else []
        return after, [*changed_workflow(before, after), *renamed]

    return commit(service.table, plan)


def delete_workflow(service: Service, workspace: str, workflow_id: str, source: Source, now: datetime) -> None:
    """Delete a workflow: devices drop it when they next call. Raises NotFound.

    Its name stays for the slots that still run it; its versions cannot be reached any more.
    """

    def decide() -> Decided:
        before = get_workflow(service, workspace, workflow_id)
        deleted = replace(before, is_deleted=True, updated=now, rev=before.rev + 1)
        return Decided(Discontinuation(workflow_id), changed_workflow(before, deleted))

    carry_out(service, workspace, decide, source, now)


def _changed(service: Service, before: Workflow, change: WorkflowChange, now: datetime) -> Workflow:
    agent = change.minimum_agent_version
    settings = change.settings(before.settings) if change.settings else before.settings
    return replace(
        before,
        name=before.name if change.name is None else change.name,
        description=before.description if change.description is None else change.description,
        is_enabled=before.is_enabled if change.is_enabled is None else change.is_enabled,
        minimum_agent_version=before.minimum_agent_version if agent is None else agent,
        content_digest=_changed_content(service, before, change),
        settings=_checked_text("description", settings),
        updated=now,
        rev=before.rev + 1,
    )


def _changed_content(service: Service, before: Workflow, change: WorkflowChange) -> str:
    if change.content is None:
        return before.content_digest
    return _store_content(service, before.workspace, change.content(load_workflow_content(service, before)))


def _store_content(service: Service, workspace: str, content: WorkflowContent) -> str:
    """Put a content into the bucket and return its digest, empty for an empty one. Raises TooLarge."""
    if content.is_empty:
        return ""
    kept = make_draft(content)
    digest = hashlib.sha256(kept).hexdigest()
    service.objects.put(workflow_key(workspace, digest), io.BytesIO(kept), content_type=BUNDLE_MEDIA_TYPE)
    return digest


def _checked_text(field_name: str, text: str) -> str:
    if len(text.encode()) > MOST_SETTINGS_BYTES:
        raise InvalidField(field_name, f"must have at most {MOST_SETTINGS_BYTES} bytes")
    return text
