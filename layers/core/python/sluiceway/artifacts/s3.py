"""The object store on Amazon S3, in a bucket that keeps versions."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, cast

from botocore.exceptions import ClientError
from botocore.session import Session, get_session

from sluiceway.artifacts.presigning import Presigner, Saved
from sluiceway.domain.artifacts import MEDIA_TYPE, StoredObject
from sluiceway.domain.direct_upload import Part
from sluiceway.domain.errors import NotFound, Overloaded

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

_ABSENT = frozenset({"404", "405", "NoSuchKey", "NoSuchVersion", "NoSuchUpload", "MethodNotAllowed"})
"""A HEAD has no body and so no code but its status; 405 stands for the mark of a deletion."""
_BUSY = frozenset({"503", "SlowDown", "ServiceUnavailable"})


class BucketWithoutVersionsError(RuntimeError):
    """The bucket keeps no versions, so a download that is resumed could get other bytes than it began with."""


@dataclass(frozen=True, slots=True)
class S3Objects:
    """One bucket. The client is made when it is first needed; links are signed without it."""

    client: Callable[[], S3Client]
    bucket: str
    session: Callable[[], Session] = field(default=get_session)

    def put(self, key: str, body: BinaryIO, *, content_type: str) -> StoredObject:
        """Store a seekable stream from its beginning; S3 refuses it when another SHA-256 arrives."""
        checksum = _sha256(body)
        size = body.seek(0, os.SEEK_END)
        body.seek(0)
        with _translated(key):
            answer = self.client().put_object(
                Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, ChecksumSHA256=checksum
            )
        if "VersionId" not in answer:
            raise BucketWithoutVersionsError(f"the bucket {self.bucket} keeps no versions: turn its versioning on")
        return StoredObject(key, answer["VersionId"], size)

    def get(self, key: str) -> bytes:
        """Read the newest version of a small object whole. Raises NotFound."""
        with _translated(key):
            return self.client().get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def exists(self, stored: StoredObject) -> bool:
        """Tell whether this version is still there."""
        try:
            with _translated(stored.key):
                self.client().head_object(Bucket=self.bucket, Key=stored.key, VersionId=stored.version)
        except NotFound:
            return False
        return True

    def find(self, key: str) -> StoredObject:
        """Look up the newest version under a key. Raises NotFound."""
        with _translated(key):
            answer = self.client().head_object(Bucket=self.bucket, Key=key)
        return StoredObject(key, answer["VersionId"], answer["ContentLength"])

    def open(self, stored: StoredObject) -> BinaryIO:
        """Begin to read a version; when the stream breaks off, reading raises what botocore does."""
        with _translated(stored.key):
            answer = self.client().get_object(Bucket=self.bucket, Key=stored.key, VersionId=stored.version)
        return cast("BinaryIO", answer["Body"])

    def copy(self, source: StoredObject, key: str, *, content_type: str) -> StoredObject:
        """Copy a version within the bucket, without its bytes passing through here."""
        from sluiceway.artifacts._s3_copies import copy_version  # noqa: PLC0415 - no call of a device copies

        with _translated(source.key):
            version = copy_version(self.client(), self.bucket, source, key, content_type=content_type)
        return StoredObject(key, version, source.size)

    def delete(self, stored: StoredObject) -> None:
        """Remove this version for good; removing it again succeeds."""
        with _translated(stored.key):
            self.client().delete_object(Bucket=self.bucket, Key=stored.key, VersionId=stored.version)

    def link(
        self, stored: StoredObject, *, filename: str, seconds: int, now: datetime, content_type: str = MEDIA_TYPE
    ) -> str:
        """Presign a GET of an artifact, saved under `filename`; whether it exists is not looked up."""
        presigner = Presigner(self.session(), self.bucket)
        return presigner.download(stored, Saved(filename, content_type), seconds=seconds, now=now)

    def upload_link(self, key: str, *, seconds: int, now: datetime) -> str:
        """Presign a PUT of a whole object, at most 5 GB."""
        return Presigner(self.session(), self.bucket).upload(key, seconds=seconds, now=now)

    def begin_parts(self, key: str) -> str:
        """Begin an upload in parts, and return S3's id for it; the bucket drops it after a day."""
        return self.client().create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]

    def part_link(self, key: str, parts_id: str, part: Part, *, seconds: int, now: datetime) -> str:
        """Presign a PUT of one part, of exactly its size."""
        return Presigner(self.session(), self.bucket).upload_part(key, parts_id, part, seconds=seconds, now=now)

    def parts(self, key: str, parts_id: str) -> tuple[Part, ...]:
        """Return the parts that have arrived, by their numbers. Raises NotFound."""
        return tuple(Part(part["PartNumber"], part["Size"]) for part in self._list_parts(key, parts_id))

    def join_parts(self, key: str, parts_id: str) -> StoredObject:
        """Make one object of all parts that have arrived; joining them again finds it. Raises NotFound."""
        try:
            listed = self._list_parts(key, parts_id)
        except NotFound:
            return self.find(key)
        parts: list[CompletedPartTypeDef] = [
            {"PartNumber": each["PartNumber"], "ETag": each["ETag"]} for each in listed
        ]
        with _translated(key):
            answer = self.client().complete_multipart_upload(
                Bucket=self.bucket, Key=key, UploadId=parts_id, MultipartUpload={"Parts": parts}
            )
        return StoredObject(key, answer["VersionId"], sum(each["Size"] for each in listed))

    def drop_parts(self, key: str, parts_id: str) -> None:
        """Remove the parts that have arrived; removing them again succeeds."""
        try:
            with _translated(key):
                self.client().abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=parts_id)
        except NotFound:
            return

    def _list_parts(self, key: str, parts_id: str) -> list[PartTypeDef]:
        """One page holds a thousand parts, more than an upload has."""
        with _translated(key):
            return self.client().list_parts(Bucket=self.bucket, Key=key, UploadId=parts_id).get("Parts", [])


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _ABSENT:
            raise NotFound(f"no object {key}") from error
        if code in _BUSY:
            raise Overloaded("the object store is busy; try again") from error
        raise


def _sha256(body: BinaryIO) -> str:
    body.seek(0)
    return base64.b64encode(hashlib.file_digest(body, "sha256").digest()).decode()  # type: ignore[arg-type]
