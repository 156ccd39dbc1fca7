"""The object store on Amazon S3, in a bucket that keeps versions."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from botocore.exceptions import ClientError
from botocore.session import Session, get_session

from sluiceway.artifacts.presigning import Presigner
from sluiceway.domain.artifacts import StoredObject
from sluiceway.domain.errors import NotFound, Overloaded

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = frozenset({"404", "405", "NoSuchKey", "NoSuchVersion", "MethodNotAllowed"})
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

    def delete(self, stored: StoredObject) -> None:
        """Remove this version for good; removing it again succeeds."""
        with _translated(stored.key):
            self.client().delete_object(Bucket=self.bucket, Key=stored.key, VersionId=stored.version)

    def link(self, stored: StoredObject, *, filename: str, seconds: int, now: datetime) -> str:
        """Presign a GET of an artifact, saved under `filename`; whether it exists is not looked up."""
        return Presigner(self.session(), self.bucket).download(stored, filename=filename, seconds=seconds, now=now)


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
