"""Copies inside a bucket. S3 copies 5 GB in one call at most, and keeps the caller waiting for all of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from sluiceway.domain.artifacts import StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, CopySourceTypeDef

COPIED_AT_ONCE = 128 * 1024**2
"""Bytes. S3 copies so many in a second or two, well inside the client's time-out."""
_THREADS = 16


def copy_version(client: S3Client, bucket: str, source: StoredObject, key: str, *, content_type: str) -> str:
    """Copy one version to another key and return the new version's id; a large one goes in parts side by side.

    Parts of a copy that breaks off are dropped by the bucket's rule for multipart uploads.
    """
    place: CopySourceTypeDef = {"Bucket": bucket, "Key": source.key, "VersionId": source.version}
    if source.size > COPIED_AT_ONCE:
        return _copy_in_parts(client, bucket, place, source.size, key, content_type)
    answer = client.copy_object(
        Bucket=bucket, Key=key, CopySource=place, ContentType=content_type, MetadataDirective="REPLACE"
    )
    return answer["VersionId"]


def _copy_in_parts(  # noqa: PLR0917 - what S3 wants to know, in its order
    client: S3Client, bucket: str, place: CopySourceTypeDef, size: int, key: str, content_type: str
) -> str:
    parts_id = client.create_multipart_upload(Bucket=bucket, Key=key, ContentType=content_type)["UploadId"]

    def copy_part(start: int) -> CompletedPartTypeDef:
        number, last = start // COPIED_AT_ONCE + 1, min(start + COPIED_AT_ONCE, size) - 1
        answer = client.upload_part_copy(
            Bucket=bucket,
            Key=key,
            CopySource=place,
            CopySourceRange=f"bytes={start}-{last}",
            PartNumber=number,
            UploadId=parts_id,
        )
        return {"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]}

    with ThreadPoolExecutor(_THREADS) as threads:
        parts = list(threads.map(copy_part, range(0, size, COPIED_AT_ONCE)))
    done = client.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=parts_id, MultipartUpload={"Parts": parts})
    return done["VersionId"]
