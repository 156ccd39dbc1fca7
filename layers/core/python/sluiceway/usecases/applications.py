"""Applications: what a workspace is called where ids are object ids (losant contract 5.2)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from sluiceway.domain.errors import NoSuchRecord
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Query
from sluiceway.storage.workflow_items import read_workflow
from sluiceway.usecases.service import Service


class Counted(StrEnum):
    """What an application can be summed up by; the whole list is read to count it."""

    DEVICES = "devices"
    WORKFLOWS = "workflows"
    ACCESS_KEYS = "access keys"
    TOKENS = "tokens"


@dataclass(frozen=True, slots=True)
class Application:
    """A workspace, and how much there is of what was to be counted."""

    workspace: str
    name: str
    created: datetime
    counts: Mapping[Counted, int]


def load_application(service: Service, workspace: str, counted: Collection[Counted] = ()) -> Application:
    """Read the application that a workspace is, in one read and one for each list to count. Raises NoSuchRecord."""
    stored = service.table.get(keys.workspace(workspace))
    if stored is None:
        raise NoSuchRecord("application", workspace)
    return Application(
        workspace,
        cast("str", stored["name"]),
        from_milliseconds(cast("int", stored["created"])),
        {each: _COUNTS[each](service, workspace) for each in counted},
    )


def _count_workflows(service: Service, workspace: str) -> int:
    """Count what is not deleted: a deleted workflow is kept until no device runs it."""
    records = read_all(service.table, Query(keys.workflows(workspace)))
    return sum(not read_workflow(workspace, record.item).is_deleted for record in records)


def _count_all(partition: Callable[[str], str]) -> Callable[[Service, str], int]:
    return lambda service, workspace: len(read_all(service.table, Query(partition(workspace))))


_COUNTS: Mapping[Counted, Callable[[Service, str], int]] = {
    Counted.DEVICES: _count_all(keys.workflow_device_directory),
    Counted.WORKFLOWS: _count_workflows,
    Counted.ACCESS_KEYS: _count_all(keys.access_keys),
    Counted.TOKENS: _count_all(keys.application_tokens),
}
