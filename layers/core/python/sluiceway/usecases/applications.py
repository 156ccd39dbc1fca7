"""Applications: what a workspace is called where ids are object ids (losant contract 5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sluiceway.domain.errors import NoSuchRecord
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query
from sluiceway.storage.workflow_items import read_workflow
from sluiceway.usecases.service import Service


@dataclass(frozen=True, slots=True)
class Application:
    """A workspace, and how much of what an application has is in it."""

    workspace: str
    name: str
    created: datetime
    devices: int
    workflows: int
    access_keys: int
    tokens: int


def load_application(service: Service, workspace: str) -> Application:
    """Read the application that a workspace is, and count. Raises NoSuchRecord."""
    stored = service.table.get(keys.workspace(workspace))
    if stored is None:
        raise NoSuchRecord("application", workspace)
    workflows = read_all(service.table, Query(keys.workflows(workspace)))
    return Application(
        workspace,
        cast("str", stored["name"]),
        from_milliseconds(cast("int", stored["created"])),
        devices=_count(service, keys.workflow_device_directory(workspace)),
        workflows=sum(not read_workflow(workspace, record.item).is_deleted for record in workflows),
        access_keys=_count(service, keys.access_keys(workspace)),
        tokens=_count(service, keys.application_tokens(workspace)),
    )


def _count(service: Service, partition: str) -> int:
    return len(read_all(service.table, Query(partition)))
