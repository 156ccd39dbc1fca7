"""Which artifacts a list has, and in which order (mender contract 2.2)."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from sluiceway.domain.artifacts import Artifact
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.delete_artifact import delete_artifact
from sluiceway.usecases.list_artifacts import ArtifactFilter, SortKey, list_artifacts
from sluiceway.usecases.releases import mark_used
from sluiceway.usecases.service import Service
from sluiceway.usecases.upload_artifact import Upload, upload_artifact
from tests.support.app import NOW
from tests.support.mender_files import mender_file
from tests.unit.usecases.stores import WORKSPACE, make_service, upload


@pytest.fixture
def service() -> Service:
    """Four artifacts: `beta` has two, the older uploads are of later names."""
    service = make_service()
    uploads = [
        ("beta", "board-b", "second"),
        ("Alpha", "Board-A", ""),
        ("beta", "cabinet", ""),
        ("gamma", "x", "FIRST"),
    ]
    for minutes, (name, device_type, description) in enumerate(uploads):
        content = io.BytesIO(mender_file(name, (device_type, f"any-{minutes}")))
        upload_artifact(service, WORKSPACE, Upload(content, description), NOW - timedelta(minutes=minutes))
    return service


def names(artifacts: list[Artifact]) -> list[str]:
    return [artifact.name for artifact in artifacts]


def test_all_are_listed_by_name_then_in_upload_order(service: Service) -> None:
    listed = list_artifacts(service, WORKSPACE, ArtifactFilter())
    assert names(listed) == ["Alpha", "beta", "beta", "gamma"]
    assert [artifact.file.device_types_compatible[0] for artifact in listed[1:3]] == ["board-b", "cabinet"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ArtifactFilter(name="ET"), ["beta", "beta"]),
        (ArtifactFilter(description="sec"), ["beta"]),
        (ArtifactFilter(description="first"), ["gamma"]),
        (ArtifactFilter(device_type="BOARD"), ["Alpha", "beta"]),
        (ArtifactFilter(device_type="any"), ["Alpha", "beta", "beta", "gamma"]),
        (ArtifactFilter(name="a", device_type="X"), ["gamma"]),
        (ArtifactFilter(name="beta", description="first"), []),
    ],
)
def test_filters_are_parts_of_texts_in_any_case_and_all_must_hold(
    service: Service, wanted: ArtifactFilter, expected: list[str]
) -> None:
    assert names(list_artifacts(service, WORKSPACE, wanted)) == expected


@pytest.mark.parametrize(
    ("key", "descending", "expected"),
    [
        (SortKey.NAME, True, ["gamma", "beta", "beta", "Alpha"]),
        (SortKey.MODIFIED, False, ["gamma", "beta", "Alpha", "beta"]),
        (SortKey.MODIFIED, True, ["beta", "Alpha", "beta", "gamma"]),
        (SortKey.ARTIFACTS_COUNT, False, ["Alpha", "gamma", "beta", "beta"]),
        (SortKey.ARTIFACTS_COUNT, True, ["beta", "beta", "Alpha", "gamma"]),
        (SortKey.TAGS, True, ["Alpha", "beta", "beta", "gamma"]),
    ],
)
def test_lists_are_sorted(service: Service, key: SortKey, descending: bool, expected: list[str]) -> None:  # noqa: FBT001
    assert names(list_artifacts(service, WORKSPACE, ArtifactFilter(), key, descending=descending)) == expected


def test_the_size_of_a_release_counts_what_the_filter_hides(service: Service) -> None:
    wanted = ArtifactFilter(device_type="board")
    assert names(list_artifacts(service, WORKSPACE, wanted, SortKey.ARTIFACTS_COUNT, descending=True)) == [
        "beta",
        "Alpha",
    ]


def test_deleted_artifacts_are_not_listed(service: Service) -> None:
    listed = list_artifacts(service, WORKSPACE, ArtifactFilter())
    mark_used(service, listed[0])
    for artifact in listed[:2]:
        delete_artifact(service, WORKSPACE, artifact.id, NOW)
    assert list_artifacts(service, WORKSPACE, ArtifactFilter()) == listed[2:]


def test_another_workspace_has_an_empty_list(service: Service) -> None:
    assert list_artifacts(service, "w2", ArtifactFilter()) == []


def test_a_list_goes_on_over_pages() -> None:
    service = make_service()
    assert isinstance(service.table, MemoryTable)
    service.table.page_bytes = 1_000
    for number in range(5):
        upload(service, f"app-{number}")
    assert len(list_artifacts(service, WORKSPACE, ArtifactFilter())) == 5
