from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.artifact_file import Update
from sluiceway.domain.artifacts import Artifact, StoredObject, combination_digest
from sluiceway.domain.errors import InvalidArtifact
from sluiceway.domain.releases import Release
from sluiceway.storage import keys
from sluiceway.storage.artifact_items import (
    MOST_FILE_BYTES,
    artifact_item,
    artifact_key,
    pointed_key,
    pointer_item,
    read_stored_artifact,
)
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.release_items import read_release, replace_release
from sluiceway.storage.table import ConditionFailed, Put
from tests.support.app import NOW
from tests.support.artifacts import MOMENTS, an_artifact_file, artifacts

releases = st.builds(
    Release,
    name=st.text(min_size=1, max_size=300),
    founder=st.uuids().map(str),
    artifacts=st.integers(1, 5),
    taken=st.frozensets(st.text("0123456789abcdef", min_size=24, max_size=24), max_size=4),
    modified=MOMENTS,
    newest_upload=MOMENTS,
    rev=st.integers(1, 9),
)


def an_artifact(metadata: dict[str, object] | None = None) -> Artifact:
    file = replace(an_artifact_file(), updates=(Update("single-file", (), metadata),))
    return Artifact("w1", "a1", "1773234000000-a1", "", NOW, file, StoredObject("key", "v1", 5_120))


@given(artifacts)
def test_an_artifact_is_read_back_as_it_was_stored(artifact: Artifact) -> None:
    table = MemoryTable()
    table.write(Put(artifact_key(artifact), artifact_item(artifact)))
    item = table.get(artifact_key(artifact))
    assert item is not None
    assert read_stored_artifact("w1", item) == artifact


@given(artifacts)
def test_a_pointer_leads_to_its_artifact(artifact: Artifact) -> None:
    assert pointed_key("w1", pointer_item(artifact)) == artifact_key(artifact)


@pytest.mark.parametrize("excess", [0, 1])
def test_an_artifact_that_says_too_much_of_itself_is_refused(excess: int) -> None:
    spent = len(str(artifact_item(an_artifact({"k": ""}))["file"]))
    largest = an_artifact({"k": "x" * (MOST_FILE_BYTES - spent + excess)})
    if excess:
        with pytest.raises(InvalidArtifact, match="exceed 100000 bytes"):
            artifact_item(largest)
    else:
        MemoryTable().write(Put(artifact_key(largest), artifact_item(largest)))


@given(releases)
def test_a_release_is_read_back_as_it_was_stored(release: Release) -> None:
    table = MemoryTable()
    table.write(replace_release("w1", Release(release.name), release))
    assert read_release(release.name, table.get(keys.release("w1", release.name))) == release


def test_the_most_combinations_fit_one_item() -> None:
    table = MemoryTable()
    taken = frozenset(combination_digest({"device_type": f"board-{number}"}) for number in range(10_000))
    table.write(replace_release("w1", Release("app"), Release("app", "a1", 1, taken, NOW, NOW, 1)))


def test_a_release_goes_with_its_last_artifact() -> None:
    table = MemoryTable()
    kept = Release("app", "a1", 1, frozenset({"digest"}), NOW, NOW, 1)
    table.write(replace_release("w1", Release("app"), kept))
    table.write(replace_release("w1", kept, replace(kept, artifacts=0, rev=2)))
    assert table.get(keys.release("w1", "app")) is None


@pytest.mark.parametrize(
    "stale",
    [
        pytest.param(Release("app"), id="was absent"),
        pytest.param(Release("app", "a1", 1, rev=1), id="earlier"),
        pytest.param(Release("app", "a0", 1, rev=2), id="an earlier life of the name"),
    ],
)
def test_a_release_that_changed_meanwhile_is_not_overwritten(stale: Release) -> None:
    table = MemoryTable()
    table.write(replace_release("w1", Release("app"), Release("app", "a1", 1, rev=2)))
    with pytest.raises(ConditionFailed):
        table.write(replace_release("w1", stale, Release("app", "a2", 2, rev=3)))
