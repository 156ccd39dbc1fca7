"""An upload is all or nothing, whoever else is at work (mender contract 2.1, data model 3.13)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from sluiceway.artifacts.memory import MemoryObjects
from sluiceway.domain.artifacts import Artifact, StoredObject
from sluiceway.domain.errors import ArtifactIdTaken, Contended, DuplicateArtifact, InvalidArtifact, NotFound, Overloaded
from sluiceway.storage.table import Write, WriteConflict
from sluiceway.usecases.artifacts import get_artifact
from sluiceway.usecases.delete_artifact import delete_artifact
from sluiceway.usecases.releases import load_artifacts, release_artifacts
from sluiceway.usecases.service import Service
from sluiceway.usecases.unclaimed_bytes import CLAIMED_WITHIN
from sluiceway.usecases.upload_artifact import Upload, upload_artifact
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.faults import AnswerLostError, Call, Crash, Fault, FaultyTable, at_write
from tests.support.mender_files import mender_file
from tests.support.ticks import repair_due
from tests.unit.usecases.stores import (
    WORKSPACE,
    assert_whole,
    before_call,
    due_marks,
    live_artifacts,
    make_service,
    over,
    upload,
)

CALLS_OF_AN_UPLOAD = range(4)
THE_TRANSACTION = 1
"""The first write is the mark of the bytes."""


@pytest.fixture
def service() -> Service:
    return make_service()


def test_an_artifact_is_found_by_id_and_in_its_release(service: Service) -> None:
    artifact = upload(service)
    assert get_artifact(service, WORKSPACE, artifact.id) == artifact
    assert release_artifacts(service, WORKSPACE, "app-1") == (artifact,)
    assert load_artifacts(service, WORKSPACE, [artifact.id, "unknown"]) == {artifact.id: artifact}


def test_the_bytes_lie_under_their_checksum(service: Service) -> None:
    content = mender_file()
    artifact = upload_artifact(service, WORKSPACE, Upload(io.BytesIO(content)), NOW)
    assert artifact.stored.key.startswith(f"artifacts/w1/{hashlib.sha256(content).hexdigest()}/")
    assert service.objects.get(artifact.stored.key) == content


def test_a_file_that_is_no_artifact_leaves_nothing(service: Service) -> None:
    with pytest.raises(InvalidArtifact):
        upload_artifact(service, WORKSPACE, Upload(io.BytesIO(b"no tar")), NOW)
    assert_whole(service)


def test_the_same_artifact_again_is_refused_and_leaves_the_first_whole(service: Service) -> None:
    first = upload(service)
    with pytest.raises(DuplicateArtifact):
        upload(service)
    assert live_artifacts(service) == [first]
    assert_whole(service)


def test_an_id_that_is_taken_is_refused_also_for_another_name(service: Service) -> None:
    first = upload(service, artifact_id="5ec1d0c3-3f0b-4b0c-9b49-0d55e3c4b0d2")
    with pytest.raises(ArtifactIdTaken):
        upload(service, "app-2", artifact_id=first.id)
    assert_whole(service)


def test_the_same_artifact_may_live_in_two_workspaces(service: Service) -> None:
    first, second = upload(service), upload(service, workspace="w2")
    assert (first.workspace, second.workspace) == ("w1", "w2")
    with pytest.raises(NotFound):
        get_artifact(service, "w2", first.id)


def test_artifacts_of_a_release_come_in_upload_order_though_the_clock_stands(service: Service) -> None:
    uploaded = [upload(service, "app-1", f"board-{number}") for number in range(5)]
    assert release_artifacts(service, WORKSPACE, "app-1") == tuple(uploaded)


def test_a_release_is_not_mixed_up_with_one_whose_name_it_begins(service: Service) -> None:
    short, _ = upload(service, "app"), upload(service, "app-1")
    hostile = upload(service, "app#1")
    assert release_artifacts(service, WORKSPACE, "app") == (short,)
    assert release_artifacts(service, WORKSPACE, "app#1") == (hostile,)


@pytest.mark.parametrize("call", CALLS_OF_AN_UPLOAD)
def test_of_two_uploads_of_the_same_bytes_one_wins_with_its_bytes(service: Service, call: int) -> None:
    others: list[Artifact] = []
    with pytest.raises(DuplicateArtifact):
        upload(over(service, before_call(call, lambda: others.append(upload(service)))))
    assert live_artifacts(service) == others
    assert_whole(service)


@pytest.mark.parametrize("call", CALLS_OF_AN_UPLOAD)
def test_two_uploads_into_one_release_both_take_hold(service: Service, call: int) -> None:
    upload(over(service, before_call(call, lambda: upload(service, "app-1", "board-b"))))
    assert len(live_artifacts(service)) == 2
    assert_whole(service)


@dataclass(eq=False)
class YieldingObjects(MemoryObjects):
    """Lets somebody else have their whole turn before it first deletes."""

    turn: Callable[[], object] | None = None

    def delete(self, stored: StoredObject) -> None:
        turn, self.turn = self.turn, None
        if turn:
            turn()
        super().delete(stored)


@pytest.fixture
def yielding() -> YieldingObjects:
    return YieldingObjects()


def test_a_delete_spares_the_same_bytes_uploaded_before_it_is_through(
    service: Service, yielding: YieldingObjects
) -> None:
    service = replace(service, objects=yielding)
    old = upload(service)
    yielding.turn = lambda: upload(service)
    delete_artifact(service, WORKSPACE, old.id, NOW)
    assert len(live_artifacts(service)) == 1
    assert_whole(service)


def test_a_refused_upload_spares_the_same_bytes_uploaded_before_it_is_through(
    service: Service, yielding: YieldingObjects
) -> None:
    service = replace(service, objects=yielding)

    def replace_winner() -> None:
        (winner,) = live_artifacts(service)
        delete_artifact(service, WORKSPACE, winner.id, NOW)
        upload(service)

    yielding.turn = replace_winner
    with pytest.raises(DuplicateArtifact):
        upload(over(service, before_call(1, lambda: upload(service))))
    assert len(live_artifacts(service)) == 1
    assert_whole(service)


@pytest.mark.parametrize("call", CALLS_OF_AN_UPLOAD)
def test_an_upload_is_not_misled_by_a_release_that_went_and_came_back(service: Service, call: int) -> None:
    old = upload(service, "app-1", "board-z")

    def replace_release() -> None:
        delete_artifact(service, WORKSPACE, old.id, NOW)
        upload(service, "app-1", "board-a", "board-b")

    with pytest.raises(DuplicateArtifact):
        upload(over(service, before_call(call, replace_release)), "app-1", "board-a")
    assert_whole(service)


@pytest.mark.parametrize("call", CALLS_OF_AN_UPLOAD)
def test_of_two_uploads_with_one_id_one_wins(service: Service, call: int) -> None:
    chosen = "5ec1d0c3-3f0b-4b0c-9b49-0d55e3c4b0d2"
    competitor = before_call(call, lambda: upload(service, "app-2", artifact_id=chosen))
    with pytest.raises(ArtifactIdTaken):
        upload(over(service, competitor), artifact_id=chosen)
    assert [artifact.name for artifact in live_artifacts(service)] == ["app-2"]
    assert_whole(service)


def test_a_busy_table_leaves_nothing(service: Service) -> None:
    with pytest.raises(Overloaded):
        upload(over(service, at_write(THE_TRANSACTION, Fault.THROTTLE)))
    assert_whole(service)


def test_a_conflict_is_waited_out(service: Service) -> None:
    upload(over(service, at_write(THE_TRANSACTION, Fault.CONFLICT)))
    assert_whole(service)


def test_when_the_answer_of_the_table_is_lost_the_bytes_are_kept(service: Service) -> None:
    with pytest.raises(AnswerLostError):
        upload(over(service, at_write(THE_TRANSACTION, Fault.LOSE_ANSWER)))
    assert len(live_artifacts(service)) == 1
    assert_whole(service)


class EchoingTable(FaultyTable):
    """Its first write takes hold, and then meets itself when the client sends it again."""

    def write(self, *writes: Write) -> None:
        self.table.write(*writes)
        if self.schedule(Call("write", writes)):
            raise WriteConflict("injected")


def test_an_upload_recognises_its_own_write(service: Service) -> None:
    table = EchoingTable(service.table, at_write(THE_TRANSACTION, Fault.CONFLICT))
    artifact = upload(replace(service, table=table))
    assert live_artifacts(service) == [artifact]
    assert_whole(service)


def test_reading_one_artifact_costs_two_reads(service: Service) -> None:
    artifact = upload(service)
    with measured(service.table) as meter:
        get_artifact(service, WORKSPACE, artifact.id)
    assert (meter.usage.calls, meter.usage.read_units) == (2, 2)


def test_the_artifacts_of_a_release_cost_one_query(service: Service) -> None:
    upload(service)
    with measured(service.table) as meter:
        release_artifacts(service, WORKSPACE, "app-1")
    assert meter.usage.calls == 1


def test_an_upload_costs_four_calls(service: Service) -> None:
    with measured(service.table) as meter:
        upload(service)
    assert meter.usage.calls == 4


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
@pytest.mark.parametrize("write", [0, THE_TRANSACTION])
def test_an_upload_that_dies_leaves_bytes_for_an_hour_and_no_more(service: Service, write: int, fault: Fault) -> None:
    with pytest.raises(Crash):
        upload(over(service, at_write(write, fault)))
    repair_due(service, NOW + CLAIMED_WITHIN + timedelta(minutes=1))
    assert_whole(service)
    assert due_marks(service) == []


def test_bytes_that_the_tick_has_begun_to_remove_become_no_artifact(service: Service) -> None:
    def tick() -> None:
        repair_due(service, NOW + CLAIMED_WITHIN + timedelta(minutes=1))

    with pytest.raises(Contended):
        upload(over(service, before_call(3, tick)))
    assert live_artifacts(service) == []
    assert_whole(service)


def test_bytes_that_were_sent_twice_are_removed_twice(service: Service) -> None:
    artifact = upload(service)
    service.objects.put(artifact.stored.key, io.BytesIO(mender_file()), content_type="")
    delete_artifact(service, WORKSPACE, artifact.id, NOW)
    repair_due(service, NOW + timedelta(minutes=1))
    assert_whole(service)
    assert due_marks(service) == []
