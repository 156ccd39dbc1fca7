"""A service over stores in memory, and what must hold between them at any time."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from uuid import UUID

from sluiceway.artifacts.memory import MemoryObjects
from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.releases import Release
from sluiceway.storage import keys
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.release_items import read_release
from sluiceway.storage.table import Backoff, Query, Record, Table
from sluiceway.usecases.list_artifacts import ArtifactFilter, list_artifacts
from sluiceway.usecases.service import Service
from sluiceway.usecases.upload_artifact import Upload, upload_artifact
from tests.support.app import (
    NOW,
)
from tests.support.faults import Call, Fault, FaultyTable, Schedule
from tests.support.mender_files import mender_file
from tests.support.services import recorded_service

WORKSPACE = "w1"


def make_service() -> Service:
    ids = count(1)
    return recorded_service(MemoryTable(Backoff(sleep=lambda _: None)), lambda: str(UUID(int=next(ids), version=4)))


def over(service: Service, schedule: Schedule) -> Service:
    """The same stores for a caller whose calls the schedule watches."""
    return replace(service, table=FaultyTable(service.table, schedule))


def before_call(number: int, turn: Callable[[], object]) -> Schedule:
    """Let somebody else have their whole turn just before the table call of that number, counted from 0."""
    numbers = count()

    def run(_call: Call) -> Fault | None:
        if next(numbers) == number:
            turn()
        return None

    return run


def upload(
    service: Service,
    name: str = "app-1",
    *device_types: str,
    artifact_id: str | None = None,
    workspace: str = WORKSPACE,
) -> Artifact:
    content = io.BytesIO(mender_file(name, device_types or ("board-a",)))
    return upload_artifact(service, workspace, Upload(content, id=artifact_id), NOW)


def live_artifacts(service: Service) -> list[Artifact]:
    return list_artifacts(service, WORKSPACE, ArtifactFilter())


def objects_of(service: Service) -> MemoryObjects:
    assert isinstance(service.objects, MemoryObjects)
    return service.objects


def due_marks(service: Service) -> list[Record]:
    """What the tick has to look at, now or later."""
    return [
        record for each in keys.due_partitions() for record in service.table.query(Query(each, index="GSI2")).records
    ]


def assert_whole(service: Service) -> None:
    """Every artifact has its bytes, all other bytes are gone, and each release counts exactly what it has."""
    artifacts = live_artifacts(service)
    assert objects_of(service).stored == {artifact.stored for artifact in artifacts}
    expected: dict[str, Release] = {}
    for artifact in artifacts:
        release = expected.get(artifact.name, Release(artifact.name))
        expected[artifact.name] = release.with_artifact(artifact.id, artifact.file, NOW)
    assert _served(_stored_releases(service.table)) == _served(expected)


def _stored_releases(table: Table) -> dict[str, Release]:
    records = table.query(Query(keys.releases(WORKSPACE))).records
    return {str(record.item["name"]): read_release(str(record.item["name"]), record.item) for record in records}


def _served(releases: dict[str, Release]) -> dict[str, tuple[int, frozenset[str]]]:
    return {name: (release.artifacts, release.taken) for name, release in releases.items()}
