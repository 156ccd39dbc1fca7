"""Searching the deployments of a workspace (mender contract 2.8, 4.2)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sluiceway.domain.deployment import Stage
from sluiceway.domain.slots import SlotKind
from sluiceway.storage import keys
from sluiceway.storage.deployment_items import DirectoryEntry, read_directory_entry
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import LAST_SORT_KEY, Query
from sluiceway.usecases.deployments import Progress, find_many
from sluiceway.usecases.service import Service

_TO_ITS_END = timedelta(milliseconds=999)
"""From the beginning of a second to the last moment of it that is told apart."""


SOFTWARE_ONLY = frozenset({SlotKind.SOFTWARE})


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; everything that is given must hold."""

    stages: frozenset[Stage] | None = None
    text: str = ""
    """A part of the name or of the artifact name, in any case."""
    ids: frozenset[str] | None = None
    names: frozenset[str] | None = None
    """Names in full: one of them, and one of the ids; None takes all."""
    created_after: datetime | None = None
    created_before: datetime | None = None
    """Whole seconds: everything created in the two seconds named is included (mender contract 1.7)."""
    newest_first: bool = True
    slots: frozenset[SlotKind] = SOFTWARE_ONLY
    """Deployments over one of these."""

    def fits(self, entry: DirectoryEntry) -> bool:
        """Tell whether a deployment's id, name and artifact name are what is looked for."""
        wanted = self.text.casefold()
        return (
            entry.slot in self.slots
            and (self.ids is None or entry.deployment_id in self.ids)
            and (self.names is None or entry.name in self.names)
            and (wanted in entry.name.casefold() or wanted in entry.artifact_name.casefold())
        )


def list_deployments(
    service: Service, workspace: str, search: Search, *, skip: int, take: int
) -> tuple[list[Progress], int]:
    """Return one page of what the search finds, and how many it finds in all."""
    entries = _entries(service, workspace, search)
    found = entries if search.stages is None else _at_stages(service, workspace, entries, search.stages)
    return find_many(service, workspace, _ids(found[skip : skip + take])), len(found)


def _entries(service: Service, workspace: str, search: Search) -> list[DirectoryEntry]:
    """Read the directory, 300 bytes a deployment, between the two times."""
    first = keys.order_of(search.created_after) if search.created_after else ""
    last = keys.order_of(search.created_before + _TO_ITS_END) if search.created_before else ""
    last += LAST_SORT_KEY
    if first > last or not search.slots:
        return []
    whole = Query(keys.deployment_directory(workspace), first=first, last=last, descending=search.newest_first)
    entries = map(read_directory_entry, read_all(service.table, whole))
    return [entry for entry in entries if search.fits(entry)]


def _at_stages(
    service: Service, workspace: str, entries: Sequence[DirectoryEntry], wanted: Collection[Stage]
) -> list[DirectoryEntry]:
    """Look only into what is not known to be over: the rest are as many as were ever finished."""
    unsettled = find_many(service, workspace, _ids([entry for entry in entries if not entry.over]))
    stages = {progress.deployment.id: progress.stage for progress in unsettled}
    over = Stage.FINISHED
    return [entry for entry in entries if (over if entry.over else stages.get(entry.deployment_id)) in wanted]


def _ids(entries: Sequence[DirectoryEntry]) -> list[str]:
    return [entry.deployment_id for entry in entries]
