"""Versions of workflows: frozen contents, whose bundles devices download (losant contract 5.5, 4.5, 4.7)."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from datetime import datetime

from sluiceway.artifacts.object_keys import workflow_key
from sluiceway.domain.errors import InvalidField, NoSuchRecord
from sluiceway.domain.object_ids import is_object_id, make_object_id
from sluiceway.domain.workflow import (
    BUNDLE_MEDIA_TYPE,
    MOST_SETTINGS_BYTES,
    Workflow,
    WorkflowContent,
    WorkflowVersion,
    check_version,
    etag_of,
    make_bundle,
    read_content,
)
from sluiceway.domain.workflow_operation import Replacement
from sluiceway.domain.workflow_slot import Source
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Check, Equal, Write
from sluiceway.storage.workflow_items import (
    changed_workflow_version,
    delete_workflow_version,
    new_workflow_version,
    read_published,
    read_workflow_version,
)
from sluiceway.usecases.object_lists import ObjectListing, ObjectPage, page_of
from sluiceway.usecases.service import Service
from sluiceway.usecases.workflow_operations import Decided, carry_out
from sluiceway.usecases.workflows import get_workflow


@dataclass(frozen=True, slots=True)
class NewWorkflowVersion:
    """What to publish. `settings` is a JSON object that is kept for clients."""

    name: str
    content: WorkflowContent = field(default_factory=WorkflowContent)
    notes: str = ""
    is_enabled: bool = True
    minimum_agent_version: str = ""
    settings: str = ""
    may_replace: bool = False
    """Whether a version of this name may get this content; what is wanted or runs stays as it is."""


def publish_workflow_version(
    service: Service, workspace: str, workflow_id: str, new: NewWorkflowVersion, now: datetime
) -> WorkflowVersion:
    """Freeze a content under a name.

    Raises NotFound, TooLarge, and InvalidField for a name that is taken or reserved.
    """
    _check(new)
    fresh_id = make_object_id(now, service.new_id())

    def plan() -> tuple[WorkflowVersion, list[Write]]:
        workflow = get_workflow(service, workspace, workflow_id)
        before = _find_by_name(service, workspace, workflow_id, new.name)
        if before and not new.may_replace:
            raise InvalidField("version", f"{new.name} exists already: choose another name, or allow its replacement")
        base = before or _fresh(workflow, fresh_id, new.name, now)
        bundle = make_bundle(workflow, base.id, new.name, new.minimum_agent_version, new.content)
        after = _published(base, new, bundle, now)
        _store_bundle(service, after, bundle)
        unchanged = Check(keys.workflow(workspace, workflow_id), Equal("rev", workflow.rev))
        stored = changed_workflow_version(before, after) if before else new_workflow_version(after)
        return after, [*stored, unchanged]

    return commit(service.table, plan)


def get_workflow_version(service: Service, workspace: str, workflow_id: str, id_or_name: str) -> WorkflowVersion:
    """Read one version, by its id or else by its name. Raises NotFound."""
    get_workflow(service, workspace, workflow_id)
    as_id = id_or_name.lower()
    by_id = _find(service, workspace, workflow_id, as_id) if is_object_id(as_id) else None
    version = by_id or _find_by_name(service, workspace, workflow_id, id_or_name)
    if version is None:
        raise NoSuchRecord("workflow version", id_or_name)
    return version


def load_version_content(service: Service, version: WorkflowVersion) -> WorkflowContent:
    """Read the content of a version out of its bundle."""
    return read_content(json.loads(service.objects.get(workflow_key(version.workspace, version.etag))))


def list_workflow_versions(
    service: Service, workspace: str, workflow_id: str, listing: ObjectListing
) -> ObjectPage[WorkflowVersion]:
    """List the versions of a workflow. Raises NotFound."""
    get_workflow(service, workspace, workflow_id)
    records = read_all(service.table, keys.workflow_versions(workspace, workflow_id))
    return page_of((read_workflow_version(workspace, record.item) for record in records), listing)


def update_workflow_version(
    service: Service,
    workspace: str,
    workflow_id: str,
    id_or_name: str,
    *,
    notes: str | None,
    is_enabled: bool | None,
    now: datetime,
) -> WorkflowVersion:
    """Change what may be changed of a version; None stays. Raises NotFound and InvalidField."""
    if notes is not None:
        _check_size("notes", notes)

    def plan() -> tuple[WorkflowVersion, list[Write]]:
        before = get_workflow_version(service, workspace, workflow_id, id_or_name)
        after = replace(
            before,
            notes=before.notes if notes is None else notes,
            is_enabled=before.is_enabled if is_enabled is None else is_enabled,
            updated=now,
            rev=before.rev + 1,
        )
        return after, changed_workflow_version(before, after)

    return commit(service.table, plan)


def remove_workflow_version(
    service: Service, workspace: str, workflow_id: str, id_or_name: str, *, source: Source, now: datetime
) -> None:
    """Delete a version; wherever it is wanted, nothing is wanted any more. Raises NotFound."""

    def decide() -> Decided:
        version = get_workflow_version(service, workspace, workflow_id, id_or_name)
        return Decided(Replacement(workflow_id, version.name, None), delete_workflow_version(version))

    carry_out(service, workspace, decide, source, now)


def _check(new: NewWorkflowVersion) -> None:
    check_version(new.name)
    _check_size("notes", new.notes)
    _check_size("customNodeConfig", new.settings)


def _check_size(field_name: str, text: str) -> None:
    if len(text.encode()) > MOST_SETTINGS_BYTES:
        raise InvalidField(field_name, f"must have at most {MOST_SETTINGS_BYTES} bytes")


def _fresh(workflow: Workflow, version_id: str, name: str, now: datetime) -> WorkflowVersion:
    """Return a version without content, which was never stored."""
    return WorkflowVersion(
        workflow.workspace, version_id, workflow.id, name, workflow.workflow_class, "", 0, created=now, updated=now
    )


def _published(base: WorkflowVersion, new: NewWorkflowVersion, bundle: bytes, now: datetime) -> WorkflowVersion:
    return replace(
        base,
        etag=etag_of(bundle),
        size=len(bundle),
        updated=now,
        notes=new.notes,
        is_enabled=new.is_enabled,
        minimum_agent_version=new.minimum_agent_version,
        settings=new.settings,
        rev=base.rev + 1,
    )


def _store_bundle(service: Service, version: WorkflowVersion, bundle: bytes) -> None:
    key = workflow_key(version.workspace, version.etag)
    service.objects.put(key, io.BytesIO(bundle), content_type=BUNDLE_MEDIA_TYPE)


def _find(service: Service, workspace: str, workflow_id: str, version_id: str) -> WorkflowVersion | None:
    stored = service.table.get(keys.workflow_version(workspace, workflow_id, version_id))
    return read_workflow_version(workspace, stored) if stored else None


def _find_by_name(service: Service, workspace: str, workflow_id: str, name: str) -> WorkflowVersion | None:
    guard = service.table.get(keys.workflow_version_name(workspace, workflow_id, name))
    return _find(service, workspace, workflow_id, read_published(guard).id) if guard else None
