"""Workflows and their versions as items, and the guard of each version's name; contents lie in the bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from sluiceway.domain.workflow import Workflow, WorkflowClass, WorkflowVersion
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Condition, Delete, Equal, Item, Key, Present, Put, Write


class PublishedVersion(NamedTuple):
    """What a version's name leads to: all that putting it on devices needs."""

    id: str
    etag: str


def new_workflow(workflow: Workflow) -> list[Write]:
    """Store a workflow for the first time."""
    return [Put(_workflow_key(workflow), _workflow_item(workflow), Absent())]


def changed_workflow(before: Workflow, after: Workflow) -> list[Write]:
    """Store what became of a workflow, if it still is as it was read."""
    return [Put(_workflow_key(after), _workflow_item(after), Equal("rev", before.rev))]


def read_workflow(workspace: str, stored: Item) -> Workflow:
    """Return the workflow of an item."""
    item = cast("Mapping[str, Any]", stored)
    return Workflow(
        workspace=workspace,
        id=item["id"],
        name=item["name"],
        workflow_class=WorkflowClass(item["class"]),
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        description=item["description"],
        is_enabled=item["enabled"],
        minimum_agent_version=item["agent"],
        content_digest=item["content"],
        settings=item.get("settings", ""),
        is_deleted=item["deleted"],
        rev=item["rev"],
    )


def new_workflow_version(version: WorkflowVersion) -> list[Write]:
    """Store a version, if no other one of its workflow has the name."""
    return [Put(_version_key(version), _version_item(version), Absent()), *_publication(version, Absent())]


def changed_workflow_version(before: WorkflowVersion, after: WorkflowVersion) -> list[Write]:
    """Store what became of a version, if it still is as it was read."""
    return [Put(_version_key(after), _version_item(after), Equal("rev", before.rev)), *_publication(after, Present())]


def delete_workflow_version(version: WorkflowVersion) -> list[Write]:
    """Remove a version, if it still is as it was read."""
    return [Delete(_version_key(version), Equal("rev", version.rev)), Delete(_name_key(version))]


def read_workflow_version(workspace: str, stored: Item) -> WorkflowVersion:
    """Return the version of an item."""
    item = cast("Mapping[str, Any]", stored)
    return WorkflowVersion(
        workspace=workspace,
        id=item["id"],
        workflow_id=item["flow"],
        name=item["name"],
        workflow_class=WorkflowClass(item["class"]),
        etag=item["etag"],
        size=item["size"],
        created=from_milliseconds(item["created"]),
        updated=from_milliseconds(item["updated"]),
        notes=item["notes"],
        is_enabled=item["enabled"],
        minimum_agent_version=item["agent"],
        settings=item["settings"],
        rev=item["rev"],
    )


def read_published(stored: Item) -> PublishedVersion:
    """Return what the guard of a name says."""
    return PublishedVersion(cast("str", stored["id"]), cast("str", stored["etag"]))


def read_minimum_agent(stored: Item | None) -> str:
    """Return the agent version that a bundle asks for, empty for none; it stays when its version gets another one."""
    return cast("str", (stored or {}).get("agent", ""))


def _publication(version: WorkflowVersion, name_condition: Condition) -> list[Write]:
    bundle = keys.workflow_bundle(version.workspace, version.workflow_id, version.etag)
    asked = [Put(bundle, {"agent": version.minimum_agent_version})] if version.minimum_agent_version else []
    return [Put(_name_key(version), {"id": version.id, "etag": version.etag}, name_condition), *asked]


def _workflow_key(workflow: Workflow) -> Key:
    return keys.workflow(workflow.workspace, workflow.id)


def _version_key(version: WorkflowVersion) -> Key:
    return keys.workflow_version(version.workspace, version.workflow_id, version.id)


def _name_key(version: WorkflowVersion) -> Key:
    return keys.workflow_version_name(version.workspace, version.workflow_id, version.name)


def _workflow_item(workflow: Workflow) -> Item:
    return {
        "id": workflow.id,
        "name": workflow.name,
        "class": str(workflow.workflow_class),
        "created": to_milliseconds(workflow.created),
        "updated": to_milliseconds(workflow.updated),
        "description": workflow.description,
        "enabled": workflow.is_enabled,
        "agent": workflow.minimum_agent_version,
        "content": workflow.content_digest,
        "settings": workflow.settings,
        "deleted": workflow.is_deleted,
        "rev": workflow.rev,
    }


def _version_item(version: WorkflowVersion) -> Item:
    return {
        "id": version.id,
        "flow": version.workflow_id,
        "name": version.name,
        "class": str(version.workflow_class),
        "etag": version.etag,
        "size": version.size,
        "created": to_milliseconds(version.created),
        "updated": to_milliseconds(version.updated),
        "notes": version.notes,
        "enabled": version.is_enabled,
        "agent": version.minimum_agent_version,
        "settings": version.settings,
        "rev": version.rev,
    }
