"""What a delete removes, keeps and refuses (mender contract 2.5, data model 3.8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.deployment import Definition
from sluiceway.domain.errors import ArtifactInUse, NoSuchRelease, NotFound
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.artifacts import find_artifact, get_artifact
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.delete_artifact import delete_artifact
from sluiceway.usecases.releases import load_artifacts, mark_used, release_artifacts
from sluiceway.usecases.service import Service
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.faults import Crash, Fault, at_write
from tests.support.ticks import repair_due
from tests.unit.usecases.stores import (
    WORKSPACE,
    assert_whole,
    before_call,
    due_marks,
    live_artifacts,
    make_service,
    objects_of,
    over,
    upload,
)

CALLS_OF_A_DELETE = range(5)
CALLS_OF_A_CREATION = range(3)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def service() -> Service:
    return make_service()


@pytest.fixture
def artifact(service: Service) -> Artifact:
    return upload(service)


def delete(service: Service, artifact: Artifact) -> None:
    delete_artifact(service, WORKSPACE, artifact.id, LATER)


def deploy(service: Service) -> str:
    return create_deployment(service, WORKSPACE, Definition("rollout", "app-1", devices=("d-1",)), NOW)


def test_an_unused_artifact_goes_for_good(service: Service, artifact: Artifact) -> None:
    delete(service, artifact)
    assert find_artifact(service, WORKSPACE, artifact.id) is None
    assert_whole(service)


def test_a_used_artifact_leaves_a_tombstone_and_no_bytes(service: Service, artifact: Artifact) -> None:
    mark_used(service, artifact)
    delete(service, artifact)
    tombstone = load_artifacts(service, WORKSPACE, [artifact.id])[artifact.id]
    assert (tombstone.deleted, tombstone.file) == (True, artifact.file)
    assert release_artifacts(service, WORKSPACE, "app-1") == ()
    assert_whole(service)


@pytest.mark.parametrize("used", [False, True])
def test_a_deleted_artifact_is_not_found(service: Service, artifact: Artifact, used: bool) -> None:  # noqa: FBT001
    if used:
        mark_used(service, artifact)
    delete(service, artifact)
    with pytest.raises(NotFound):
        get_artifact(service, WORKSPACE, artifact.id)
    with pytest.raises(NotFound):
        delete(service, artifact)


@pytest.mark.parametrize("used", [False, True])
def test_the_same_file_can_be_uploaded_after_a_delete(service: Service, artifact: Artifact, used: bool) -> None:  # noqa: FBT001
    if used:
        mark_used(service, artifact)
    delete(service, artifact)
    again = upload(service)
    assert live_artifacts(service) == [again]
    assert_whole(service)


def test_another_workspace_cannot_delete(service: Service, artifact: Artifact) -> None:
    with pytest.raises(NotFound):
        delete_artifact(service, "w2", artifact.id, LATER)
    assert live_artifacts(service) == [artifact]


def test_the_other_artifacts_of_the_release_stay(service: Service, artifact: Artifact) -> None:
    other = upload(service, "app-1", "board-b")
    delete(service, artifact)
    assert live_artifacts(service) == [other]
    assert_whole(service)


def test_an_artifact_of_an_unfinished_deployment_stays_until_the_abort(service: Service, artifact: Artifact) -> None:
    deployment_id = deploy(service)
    with pytest.raises(ArtifactInUse):
        delete(service, artifact)
    assert_whole(service)
    abort_deployment(service, WORKSPACE, deployment_id, NOW)
    delete(service, artifact)
    assert_whole(service)


@pytest.mark.parametrize("used", [False, True])
def test_a_delete_that_dies_before_the_bytes_are_gone_leaves_them_to_the_tick(
    service: Service,
    artifact: Artifact,
    used: bool,  # noqa: FBT001
) -> None:
    if used:
        mark_used(service, artifact)
    with pytest.raises(Crash):
        delete(over(service, at_write(0, Fault.CRASH_AFTER)), artifact)
    assert artifact.stored in objects_of(service).stored
    repair_due(service, LATER + timedelta(minutes=1))
    assert_whole(service)
    assert due_marks(service) == []


@pytest.mark.parametrize("call", CALLS_OF_A_DELETE)
def test_of_two_deletes_one_finds_nothing(service: Service, artifact: Artifact, call: int) -> None:
    with pytest.raises(NotFound):
        delete(over(service, before_call(call, lambda: delete(service, artifact))), artifact)
    assert live_artifacts(service) == []
    assert_whole(service)


@pytest.mark.parametrize("call", CALLS_OF_A_DELETE)
def test_a_first_use_during_a_delete_leaves_a_tombstone(service: Service, artifact: Artifact, call: int) -> None:
    delete(over(service, before_call(call, lambda: mark_used(service, artifact))), artifact)
    assert artifact.id in load_artifacts(service, WORKSPACE, [artifact.id])
    assert_whole(service)


def test_a_deleted_artifact_cannot_be_marked_used(service: Service, artifact: Artifact) -> None:
    delete(service, artifact)
    assert not mark_used(service, artifact)
    assert find_artifact(service, WORKSPACE, artifact.id) is None


def test_marking_an_artifact_used_again_writes_nothing(service: Service, artifact: Artifact) -> None:
    mark_used(service, artifact)
    with measured(service.table) as meter:
        mark_used(service, get_artifact(service, WORKSPACE, artifact.id))
        mark_used(service, artifact)
    assert meter.usage.write_units == 0


@pytest.mark.parametrize("call", CALLS_OF_A_DELETE)
def test_a_delete_sees_a_deployment_made_meanwhile(service: Service, artifact: Artifact, call: int) -> None:
    with pytest.raises(ArtifactInUse):
        delete(over(service, before_call(call, lambda: deploy(service))), artifact)
    assert live_artifacts(service) == [artifact]
    assert_whole(service)


@pytest.mark.parametrize("call", CALLS_OF_A_CREATION)
def test_a_deployment_sees_a_delete_made_meanwhile(service: Service, artifact: Artifact, call: int) -> None:
    with pytest.raises(NoSuchRelease):
        deploy(over(service, before_call(call, lambda: delete(service, artifact))))
