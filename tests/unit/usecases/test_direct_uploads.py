"""A direct upload becomes an artifact or says why not, wherever its verification dies (mender contract 4.1)."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from sluiceway.artifacts.object_keys import content_key, incoming_key
from sluiceway.domain.artifacts import MEDIA_TYPE, StoredObject
from sluiceway.domain.direct_upload import MOST_BYTES_AT_ONCE, DirectUpload, UploadState
from sluiceway.domain.errors import NotFound, Overloaded
from sluiceway.storage import keys
from sluiceway.storage.table import Query
from sluiceway.usecases import direct_uploads
from sluiceway.usecases.artifacts import get_artifact
from sluiceway.usecases.direct_uploads import (
    NOT_COMPLETED,
    NOT_VERIFIED,
    VERIFIED_WITHIN,
    abort_upload,
    complete_upload,
    get_upload,
    invite_upload,
    load_upload,
)
from sluiceway.usecases.service import Service
from sluiceway.usecases.verify_upload import verify_upload
from tests.support.app import NOW, RecordedVerifications
from tests.support.capacity import measured
from tests.support.faults import AnswerLostError, Crash, Fault, at_write
from tests.support.mender_files import mender_file
from tests.support.ticks import repair_due
from tests.unit.usecases.stores import (
    WORKSPACE,
    assert_whole,
    live_artifacts,
    make_service,
    objects_of,
    over,
    upload,
)

CONTENT = mender_file("app-1")
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def service() -> Service:
    return make_service()


def started(service: Service) -> list[DirectUpload]:
    assert isinstance(service.verifications, RecordedVerifications)
    return service.verifications.started


def put(service: Service, upload_id: str, content: bytes = CONTENT) -> StoredObject:
    """Do what a PUT to the link does."""
    key = incoming_key(WORKSPACE, upload_id)
    return service.objects.put(key, io.BytesIO(content), content_type="application/octet-stream")


def invited(service: Service, size: int | None = None) -> str:
    return invite_upload(service, WORKSPACE, size, NOW).upload.id


def completed(service: Service, content: bytes = CONTENT, size: int | None = None) -> str:
    upload_id = invited(service, size)
    put(service, upload_id, content)
    complete_upload(service, WORKSPACE, upload_id, NOW)
    return upload_id


def verify(service: Service, upload_id: str) -> UploadState:
    return verify_upload(service, WORKSPACE, upload_id, NOW)


def due(service: Service) -> list[str]:
    marks = [service.table.query(Query(each, index="GSI2")).records for each in keys.due_partitions()]
    return [record.key.pk for records in marks for record in records]


def test_a_verified_upload_is_an_artifact_under_its_own_id_and_its_bytes_have_moved(service: Service) -> None:
    upload_id = completed(service)
    assert verify(service, upload_id) is UploadState.COMPLETED
    artifact = get_artifact(service, WORKSPACE, upload_id)
    assert (artifact.name, artifact.description, artifact.modified) == ("app-1", "", NOW)
    assert artifact.stored.key.startswith(content_key(WORKSPACE, hashlib.sha256(CONTENT).hexdigest(), ""))
    assert service.objects.get(artifact.stored.key) == CONTENT
    assert_whole(service)
    assert due(service) == []


def test_until_it_is_verified_there_is_no_artifact(service: Service) -> None:
    upload_id = completed(service)
    assert load_upload(service, WORKSPACE, upload_id).state is UploadState.PROCESSING
    assert live_artifacts(service) == []
    assert [each.id for each in started(service)] == [upload_id]


@pytest.mark.parametrize(
    "content", [b"", b"no tar", CONTENT[:2000], CONTENT.replace(b"payload.bin", b"payload.bim", 1)]
)
def test_a_file_that_is_no_artifact_is_refused_with_the_reason_and_leaves_nothing(
    service: Service, content: bytes
) -> None:
    upload_id = completed(service, content)
    assert verify(service, upload_id) is UploadState.ABORTED
    assert load_upload(service, WORKSPACE, upload_id).error
    assert_whole(service)
    assert (live_artifacts(service), due(service)) == ([], [])


def test_a_duplicate_is_refused_with_the_reason_and_leaves_the_first_whole(service: Service) -> None:
    first = upload(service)
    upload_id = completed(service)
    assert verify(service, upload_id) is UploadState.ABORTED
    reason = load_upload(service, WORKSPACE, upload_id).error
    assert reason == "an artifact with the same name and depends already exists"
    assert live_artifacts(service) == [first]
    assert_whole(service)


def test_a_file_of_another_size_than_announced_is_refused(service: Service) -> None:
    upload_id = completed(service, size=len(CONTENT) + 1)
    assert verify(service, upload_id) is UploadState.ABORTED
    assert f"{len(CONTENT)} bytes" in load_upload(service, WORKSPACE, upload_id).error


def test_what_was_there_at_the_completion_counts_and_what_replaces_it_does_not(service: Service) -> None:
    upload_id = completed(service)
    replaced = put(service, upload_id, b"something else")
    assert verify(service, upload_id) is UploadState.COMPLETED
    assert service.objects.get(get_artifact(service, WORKSPACE, upload_id).stored.key) == CONTENT
    assert replaced in objects_of(service).stored, "what the bucket's rule drops within a day"


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOSE_ANSWER])
def test_a_verification_that_dies_at_its_transaction_ends_well_when_it_begins_again(
    service: Service, fault: Fault
) -> None:
    upload_id = completed(service)
    with pytest.raises((Crash, AnswerLostError)):
        verify(over(service, at_write(1, fault)), upload_id)
    assert verify(service, upload_id) is UploadState.COMPLETED
    assert [artifact.id for artifact in live_artifacts(service)] == [upload_id]
    repair_due(service, LATER)
    assert due(service) == []


def test_a_store_that_is_busy_is_no_reason_to_refuse(service: Service) -> None:
    upload_id = completed(service)
    with pytest.raises(Overloaded):
        verify(over(service, at_write(0, Fault.THROTTLE)), upload_id)
    assert load_upload(service, WORKSPACE, upload_id).state is UploadState.PROCESSING
    assert objects_of(service).find(incoming_key(WORKSPACE, upload_id))
    assert verify(service, upload_id) is UploadState.COMPLETED
    assert_whole(service)


def test_a_verification_that_comes_again_changes_nothing(service: Service) -> None:
    upload_id = completed(service)
    assert verify(service, upload_id) is verify(service, upload_id) is UploadState.COMPLETED
    assert len(live_artifacts(service)) == 1


def test_an_upload_that_was_given_up_while_it_was_read_becomes_no_artifact(service: Service) -> None:
    upload_id = completed(service)
    check = direct_uploads.load_upload(service, WORKSPACE, upload_id)

    def given_up(stored: StoredObject) -> io.BytesIO:
        abort_upload(service, WORKSPACE, check.id, NOT_VERIFIED)
        assert stored == check.stored
        return io.BytesIO(CONTENT)

    with patch.object(service.objects, "open", given_up):
        assert verify(service, upload_id) is UploadState.ABORTED
    assert live_artifacts(service) == []
    assert_whole(service)


def test_giving_up_keeps_the_reason_and_leaves_nothing(service: Service) -> None:
    upload_id = completed(service)
    for _ in range(2):
        abort_upload(service, WORKSPACE, upload_id, NOT_VERIFIED)
    ended = load_upload(service, WORKSPACE, upload_id)
    assert (ended.state, ended.error) == (UploadState.ABORTED, NOT_VERIFIED)
    assert_whole(service)
    assert due(service) == []


def test_giving_up_what_is_completed_already_changes_nothing(service: Service) -> None:
    upload_id = completed(service)
    verify(service, upload_id)
    abort_upload(service, WORKSPACE, upload_id, NOT_VERIFIED)
    assert load_upload(service, WORKSPACE, upload_id).state is UploadState.COMPLETED
    assert_whole(service)


@pytest.mark.parametrize("times", [0, 2])
def test_only_an_upload_that_is_there_and_pending_can_be_completed(service: Service, times: int) -> None:
    upload_id = invited(service)
    for _ in range(times):
        put(service, upload_id)
    if times:
        complete_upload(service, WORKSPACE, upload_id, NOW)
    with pytest.raises(NotFound):
        complete_upload(service, WORKSPACE, upload_id, NOW)
    assert len(started(service)) == min(times, 1)


def test_an_upload_is_due_two_hours_after_its_links_were_made_and_then_nothing_of_it_is_left(service: Service) -> None:
    upload_id = invited(service)
    put(service, upload_id)
    assert repair_due(service, NOW + timedelta(hours=2)) == 0
    assert repair_due(service, NOW + timedelta(hours=2, milliseconds=1)) == 1
    ended = load_upload(service, WORKSPACE, upload_id)
    assert (ended.state, ended.error) == (UploadState.ABORTED, NOT_COMPLETED)
    assert_whole(service)
    assert due(service) == []


def test_a_verification_whose_start_was_lost_is_started_again_and_in_the_end_given_up(service: Service) -> None:
    upload_id = completed(service)
    now = NOW
    for _ in range(3):
        now += VERIFIED_WITHIN + timedelta(milliseconds=1)
        repair_due(service, now)
    assert [each.attempt for each in started(service)] == [1, 2, 3]
    assert load_upload(service, WORKSPACE, upload_id).error == NOT_VERIFIED
    assert_whole(service)
    assert due(service) == []


def test_nobody_is_told_of_an_upload_a_week_after_its_links_have_ended(service: Service) -> None:
    upload_id = invited(service)
    week = timedelta(days=7, hours=1)
    assert get_upload(service, WORKSPACE, upload_id, NOW + week - timedelta(seconds=1)).id == upload_id
    with pytest.raises(NotFound):
        get_upload(service, WORKSPACE, upload_id, NOW + week)
    with pytest.raises(NotFound):
        get_upload(service, "w2", upload_id, NOW)


@pytest.fixture
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes at once, and the size of a part, so small that a test's artifact needs parts."""
    monkeypatch.setattr(direct_uploads, "MOST_BYTES_AT_ONCE", 4096)
    monkeypatch.setattr("sluiceway.domain.direct_upload.PART_BYTES", 3000)


def put_parts(service: Service, upload_id: str, *, count: int | None = None) -> None:
    pending = load_upload(service, WORKSPACE, upload_id)
    for part in pending.parts[:count]:
        start = (part.number - 1) * 3000
        body = CONTENT[start : start + part.size]
        objects_of(service).put_part(incoming_key(WORKSPACE, upload_id), pending.parts_id, part.number, body)


@pytest.mark.usefixtures("_small_pieces")
def test_an_upload_in_parts_becomes_an_artifact(service: Service) -> None:
    invitation = invite_upload(service, WORKSPACE, len(CONTENT), NOW)
    assert sum(link.part.size for link in invitation.parts) == len(CONTENT)
    put_parts(service, invitation.upload.id)
    complete_upload(service, WORKSPACE, invitation.upload.id, NOW)
    assert verify(service, invitation.upload.id) is UploadState.COMPLETED
    artifact = get_artifact(service, WORKSPACE, invitation.upload.id)
    assert service.objects.get(artifact.stored.key) == CONTENT
    assert_whole(service)
    assert objects_of(service).unfinished == frozenset()


@pytest.mark.usefixtures("_small_pieces")
def test_parts_that_were_joined_before_the_task_died_are_found(service: Service) -> None:
    upload_id = invited(service, len(CONTENT))
    put_parts(service, upload_id)
    complete_upload(service, WORKSPACE, upload_id, NOW)
    service.objects.join_parts(incoming_key(WORKSPACE, upload_id), load_upload(service, WORKSPACE, upload_id).parts_id)
    assert verify(service, upload_id) is UploadState.COMPLETED
    assert_whole(service)


@pytest.mark.usefixtures("_small_pieces")
def test_an_upload_without_all_its_parts_is_not_complete_and_is_dropped_in_time(service: Service) -> None:
    upload_id = invited(service, len(CONTENT))
    put_parts(service, upload_id, count=1)
    with pytest.raises(NotFound):
        complete_upload(service, WORKSPACE, upload_id, NOW)
    repair_due(service, LATER)
    assert objects_of(service).unfinished == frozenset()
    assert_whole(service)


@pytest.mark.parametrize(
    ("size", "in_parts"), [(None, False), (1, False), (MOST_BYTES_AT_ONCE, False), (MOST_BYTES_AT_ONCE + 1, True)]
)
def test_only_what_is_announced_as_large_goes_in_parts(service: Service, size: int | None, in_parts: bool) -> None:  # noqa: FBT001
    invitation = invite_upload(service, WORKSPACE, size, NOW)
    assert (bool(invitation.parts), bool(invitation.uri)) == (in_parts, not in_parts)


def test_links_cost_one_write_and_the_completion_a_read_and_a_write(service: Service) -> None:
    with measured(service.table) as meter:
        upload_id = invited(service)
    assert (meter.usage.calls, meter.usage.write_units) == (1, 2)
    put(service, upload_id)
    with measured(service.table) as meter:
        complete_upload(service, WORKSPACE, upload_id, NOW)
    assert meter.usage.calls == 2


def test_a_verification_costs_what_the_storage_page_says(service: Service) -> None:
    first, second = completed(service), completed(service, mender_file("app-2"))
    for upload_id, write_units in ((first, 16), (second, 14)):
        with measured(service.table) as meter:
            verify(service, upload_id)
        assert (meter.usage.calls, meter.usage.read_units, meter.usage.write_units) == (7, 9, write_units)


def test_copies_keep_the_type_that_clients_ask_for(service: Service) -> None:
    with patch.object(service.objects, "copy", wraps=service.objects.copy) as copy:
        verify(service, completed(service))
    assert copy.call_args.kwargs == {"content_type": MEDIA_TYPE}


def test_an_upload_is_read_back_as_it_was_written(service: Service) -> None:
    upload_id = completed(service)
    stored = load_upload(service, WORKSPACE, upload_id)
    (told,) = started(service)
    assert replace(stored, rev=told.rev) == told
