"""Presigned links without an S3 client, which takes longer to build than a cold function should wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import NoCredentialsError, NoRegionError
from botocore.utils import percent_encode_sequence

from sluiceway.domain.artifacts import StoredObject
from sluiceway.domain.direct_upload import Part

if TYPE_CHECKING:
    from botocore.session import Session


class Saved(NamedTuple):
    """As what a download is saved."""

    filename: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Presigner:
    """Signs with the session's credentials of that moment: a link dies with them, however long it was meant to live."""

    session: Session
    bucket: str

    def download(self, stored: StoredObject, saved: Saved, *, seconds: int, now: datetime) -> str:
        """Sign a GET that is answered as a file to be saved.

        The version is not named: the key is made of the content, so every version under it has the same bytes.
        """
        return self._sign("GET", f"{self._object_url(stored.key)}?{_download_query(saved)}", seconds, now)

    def upload(self, key: str, *, seconds: int, now: datetime) -> str:
        """Sign a PUT of an object. Neither content type nor length are signed, so that any client can follow it."""
        return self._sign("PUT", self._object_url(key), seconds, now)

    def upload_part(self, key: str, parts_id: str, part: Part, *, seconds: int, now: datetime) -> str:
        """Sign a PUT of one part, which S3 refuses when it has another length."""
        query = percent_encode_sequence({"partNumber": part.number, "uploadId": parts_id})
        url = f"{self._object_url(key)}?{query}"
        return self._sign("PUT", url, seconds, now, {"Content-Length": str(part.size)})

    def _sign(
        self, method: str, url: str, seconds: int, now: datetime, headers: Mapping[str, str] | None = None
    ) -> str:
        request = AWSRequest(method=method, url=url, headers=headers)
        _AuthAt(now, seconds, self.session).add_auth(request)
        return str(request.url)

    def _object_url(self, key: str) -> str:
        """Address the bucket by host on AWS, by path at an endpoint of the operator's own (mostly a bare host)."""
        path = quote(key, safe="/~")
        endpoint = _configured_endpoint(self.session)
        if endpoint:
            return f"{endpoint.rstrip('/')}/{self.bucket}/{path}"
        region = _region(self.session)
        return f"https://{self.bucket}.s3.{region}.{_dns_suffix(self.session, region)}/{path}"


class _AuthAt(S3SigV4QueryAuth):
    """botocore's signer at a time that is passed in; its own reads the clock."""

    def __init__(self, now: datetime, seconds: int, session: Session) -> None:
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        super().__init__(credentials.get_frozen_credentials(), "s3", _region(session), expires=seconds)
        self._timestamp = now.strftime(SIGV4_TIMESTAMP)

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.context["timestamp"] = self._timestamp
        super()._modify_request_before_signing(request)  # type: ignore[misc]  # the stubs leave this hook out


def _download_query(saved: Saved) -> str:
    query: str = percent_encode_sequence(
        {
            "response-content-disposition": content_disposition(saved.filename),
            "response-content-type": saved.content_type,
        }
    )
    return query


def content_disposition(filename: str) -> str:
    """Return the header that saves a download under a name, in any form without what divides the names in a path.

    A name beyond ASCII is added in RFC 5987's form.
    """
    name = filename.replace("/", "_").replace("\\", "_")
    plain = name.encode("ascii", "replace").decode().replace('"', "_")
    header = f'attachment; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"


def _region(session: Session) -> str:
    region: str | None = session.get_config_variable("region")
    if not region:
        raise NoRegionError
    return region


def _dns_suffix(session: Session, region: str) -> str:
    """Look up the domain of AWS in the partition of a region: China has its own."""
    name = session.get_partition_for_region(region)
    partitions = session.get_data("partitions")["partitions"]
    return str(next(each["outputs"]["dnsSuffix"] for each in partitions if each["id"] == name))


def _configured_endpoint(session: Session) -> str | None:
    """Return what AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the configuration file say, as every AWS SDK reads them."""
    provider = ConfiguredEndpointProvider(
        full_config=session.full_config, scoped_config=session.get_scoped_config(), client_name="s3"
    )
    endpoint: str | None = provider.provide()
    return endpoint
