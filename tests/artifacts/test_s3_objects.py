"""The object store on S3, and the one in memory that stands in for it: both keep the same promises."""

from __future__ import annotations

import io
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from sluiceway.artifacts import _s3_copies
from sluiceway.artifacts.memory import MemoryObjects
from sluiceway.artifacts.s3 import BucketWithoutVersionsError, S3Objects
from sluiceway.domain.artifacts import MEDIA_TYPE, StoredObject
from sluiceway.domain.direct_upload import MEBIBYTE, Part
from sluiceway.domain.errors import NotFound, Overloaded
from sluiceway.usecases.ports import ObjectStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "sluiceway-artifacts"
KEY = "w1/artifacts/0123"


@pytest.fixture
def client() -> Iterator[S3Client]:
    with mock_aws():
        s3 = boto3.client(
            "s3", region_name=REGION, aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET_ACCESS_KEY
        )
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield s3


@pytest.fixture(params=["s3", "memory"])
def objects(request: pytest.FixtureRequest) -> ObjectStore:
    if request.param == "memory":
        return MemoryObjects()
    client = request.getfixturevalue("client")
    return S3Objects(lambda: client, BUCKET)


def put(objects: ObjectStore, content: bytes, key: str = KEY) -> StoredObject:
    return objects.put(key, io.BytesIO(content), content_type=MEDIA_TYPE)


def test_what_was_put_is_read_back(objects: ObjectStore) -> None:
    stored = put(objects, b"bytes")
    assert (stored.key, stored.size, objects.get(KEY)) == (KEY, 5, b"bytes")


def test_a_spooled_file_is_stored_from_its_beginning(objects: ObjectStore) -> None:
    with SpooledTemporaryFile(max_size=4) as file:
        file.write(b"more than four bytes")
        objects.put(KEY, file, content_type=MEDIA_TYPE)  # type: ignore[arg-type]  # typeshed: a spooled file is no IO
    assert objects.get(KEY) == b"more than four bytes"


def test_an_empty_object_can_be_stored(objects: ObjectStore) -> None:
    assert put(objects, b"").size == 0
    assert objects.get(KEY) == b""


def test_the_same_key_again_is_another_version(objects: ObjectStore) -> None:
    first, second = put(objects, b"first"), put(objects, b"second")
    assert first.version != second.version
    assert objects.get(KEY) == b"second"
    assert objects.exists(first)


def test_deleting_a_version_leaves_the_others(objects: ObjectStore) -> None:
    first, second = put(objects, b"same"), put(objects, b"same")
    objects.delete(second)
    assert (objects.exists(first), objects.exists(second), objects.get(KEY)) == (True, False, b"same")


def test_a_deleted_object_is_gone_for_good(objects: ObjectStore) -> None:
    stored = put(objects, b"bytes")
    objects.delete(stored)
    objects.delete(stored)
    assert not objects.exists(stored)
    with pytest.raises(NotFound):
        objects.get(KEY)


def test_an_object_that_never_was_is_not_found(objects: ObjectStore) -> None:
    with pytest.raises(NotFound):
        objects.get("w1/artifacts/absent")


def test_a_bucket_without_versions_is_reported(client: S3Client) -> None:
    client.create_bucket(Bucket="forgetful")
    with pytest.raises(BucketWithoutVersionsError, match="turn its versioning on"):
        put(S3Objects(lambda: client, "forgetful"), b"bytes")


def test_no_client_is_made_before_it_is_needed() -> None:
    def refuse() -> S3Client:
        raise AssertionError

    S3Objects(refuse, BUCKET)


class _RefusingClient:
    """Answers every call with one error."""

    def __init__(self, code: str) -> None:
        self._code = code

    def head_object(self, **_parameters: str) -> None:
        raise ClientError({"Error": {"Code": self._code, "Message": ""}}, "HeadObject")


def _refusing(code: str) -> S3Objects:
    return S3Objects(lambda: _RefusingClient(code), BUCKET)  # type: ignore[arg-type, return-value]  # one method of it


def test_a_busy_store_may_be_asked_again() -> None:
    with pytest.raises(Overloaded):
        _refusing("SlowDown").exists(StoredObject(KEY, "v1", 5))


def test_a_refusal_for_want_of_rights_is_not_taken_for_absence() -> None:
    with pytest.raises(ClientError):
        _refusing("403").exists(StoredObject(KEY, "v1", 5))


def test_the_newest_version_is_found_and_read_piece_by_piece(objects: ObjectStore) -> None:
    put(objects, b"first")
    second = put(objects, b"second")
    assert objects.find(KEY) == second
    stream = objects.open(second)
    assert [stream.read(4), stream.read(4), stream.read(4)] == [b"seco", b"nd", b""]


def test_an_older_version_is_read_by_its_id(objects: ObjectStore) -> None:
    first, _ = put(objects, b"first"), put(objects, b"second")
    assert objects.open(first).read(9) == b"first"


def test_what_is_absent_is_neither_found_nor_read_nor_copied(objects: ObjectStore) -> None:
    gone = put(objects, b"bytes")
    objects.delete(gone)
    for call in (
        lambda: objects.find(KEY),
        lambda: objects.open(gone),
        lambda: objects.copy(gone, "x", content_type=""),
    ):
        with pytest.raises(NotFound):
            call()


@pytest.mark.parametrize("at_once", [_s3_copies.COPIED_AT_ONCE, 5 * MEBIBYTE])
def test_a_copy_is_that_version_under_its_own_key_and_type(
    objects: ObjectStore, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(_s3_copies, "COPIED_AT_ONCE", at_once)
    content = bytes(range(256)) * 4096 * 11
    source, _ = put(objects, content, "incoming/w1/u"), put(objects, b"later", "incoming/w1/u")
    copied = objects.copy(source, KEY, content_type=MEDIA_TYPE)
    assert (copied.key, copied.size, objects.get(KEY)) == (KEY, len(content), content)
    assert objects.find(KEY) == copied
    assert objects.exists(source)


def test_a_copy_in_parts_has_the_type_too(client: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_s3_copies, "COPIED_AT_ONCE", 5 * MEBIBYTE)
    objects = S3Objects(lambda: client, BUCKET)
    objects.copy(put(objects, bytes(6 * MEBIBYTE), "incoming/w1/u"), KEY, content_type=MEDIA_TYPE)
    assert client.head_object(Bucket=BUCKET, Key=KEY)["ContentType"] == MEDIA_TYPE


def put_part(objects: ObjectStore, parts_id: str, number: int, body: bytes) -> None:
    """Do what a PUT to the link of a part does."""
    if isinstance(objects, MemoryObjects):
        objects.put_part(KEY, parts_id, number, body)
    elif isinstance(objects, S3Objects):
        objects.client().upload_part(Bucket=BUCKET, Key=KEY, UploadId=parts_id, PartNumber=number, Body=body)


def test_parts_are_joined_by_their_numbers_once(objects: ObjectStore) -> None:
    first, last = bytes(5 * MEBIBYTE), b"the end"
    parts_id = objects.begin_parts(KEY)
    put_part(objects, parts_id, 2, last)
    put_part(objects, parts_id, 1, first)
    assert list(objects.parts(KEY, parts_id)) == [Part(1, len(first)), Part(2, len(last))]
    joined = objects.join_parts(KEY, parts_id)
    assert objects.get(KEY) == first + last
    assert objects.join_parts(KEY, parts_id) == joined == objects.find(KEY)


def test_parts_that_were_dropped_are_gone(objects: ObjectStore) -> None:
    parts_id = objects.begin_parts(KEY)
    put_part(objects, parts_id, 1, b"part")
    objects.drop_parts(KEY, parts_id)
    objects.drop_parts(KEY, parts_id)
    for call in (lambda: objects.parts(KEY, parts_id), lambda: objects.join_parts(KEY, parts_id)):
        with pytest.raises(NotFound):
            call()
