"""Presigned links against an engine that verifies them, and against botocore's own (mender contract 2.6, 14.4)."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import boto3
import httpx
import pytest
import time_machine
from botocore.config import Config
from botocore.session import Session

from infra.local.engine import Engine, local_engine
from sluiceway.artifacts.presigning import Presigner, Saved, content_disposition
from sluiceway.artifacts.s3 import S3Objects
from sluiceway.domain.artifacts import MEDIA_TYPE, StoredObject
from sluiceway.domain.direct_upload import Part

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "sluiceway-artifacts"
KEY = "w 1/artifacts/0123"
CONTENT = bytes(range(256)) * 20
NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "a/token+with=signs",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


@dataclass(frozen=True)
class Store:
    """A bucket on the engine, and one object in it."""

    client: S3Client
    objects: S3Objects
    stored: StoredObject

    def link(self, *, seconds: int = 300, now: datetime | None = None) -> str:
        moment = datetime.now(UTC) if now is None else now
        return self.objects.link(self.stored, filename="app-1.mender", seconds=seconds, now=moment)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with local_engine(auth=True) as running:
        yield running


@pytest.fixture
def store(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Store:
    for name, value in engine.variables.items():
        monkeypatch.setenv(name, value)
    client = boto3.Session().client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    objects = S3Objects(lambda: client, BUCKET)
    return Store(client, objects, objects.put(KEY, io.BytesIO(CONTENT), content_type=MEDIA_TYPE))


def get(url: str, method: str = "GET", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.request(method, url, headers=named, trust_env=False)


@pytest.mark.engine
def test_07_a_link_gives_the_artifact_to_be_saved_under_its_name(store: Store) -> None:
    answer = get(store.link())
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["content-type"] == "application/vnd.mender-artifact"
    assert answer.headers["content-disposition"] == 'attachment; filename="app-1.mender"'
    assert "content-encoding" not in answer.headers


@pytest.mark.engine
def test_a_link_outlives_another_upload_of_the_same_bytes(store: Store) -> None:
    link, again = store.link(), store.objects.put(KEY, io.BytesIO(CONTENT), content_type=MEDIA_TYPE)
    assert get(link).content == CONTENT
    store.objects.delete(again)
    assert get(link).content == CONTENT


@pytest.mark.engine
def test_07_a_broken_download_is_resumed(store: Store) -> None:
    answer = get(store.link(), range="bytes=5000-")
    assert (answer.status_code, answer.content) == (206, CONTENT[5000:])
    assert answer.headers["content-range"] == f"bytes 5000-{len(CONTENT) - 1}/{len(CONTENT)}"


@pytest.mark.engine
@pytest.mark.parametrize(
    ("header", "shift", "status"),
    [
        ("if_modified_since", -60, 200),
        ("if_modified_since", 60, 304),
        ("if_unmodified_since", 60, 200),
        ("if_unmodified_since", -60, 412),
    ],
)
def test_conditional_requests_are_honoured(store: Store, header: str, shift: int, status: int) -> None:
    modified = store.client.head_object(Bucket=BUCKET, Key=KEY)["LastModified"]
    moment = (modified + timedelta(seconds=shift)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert get(store.link(), **{header: moment}).status_code == status


@pytest.mark.engine
def test_an_expired_link_is_refused(store: Store) -> None:
    two_minutes_ago = datetime.now(UTC) - timedelta(minutes=2)
    assert get(store.link(seconds=60, now=two_minutes_ago)).status_code == 403
    assert get(store.link(seconds=180, now=two_minutes_ago)).status_code == 200


@pytest.mark.engine
@pytest.mark.parametrize(
    ("original", "forged"),
    [("X-Amz-Expires=300", "X-Amz-Expires=3000"), ("artifacts/0123", "artifacts/0124"), ("app-1", "app-2")],
)
def test_a_tampered_link_is_refused(store: Store, original: str, forged: str) -> None:
    link = store.link()
    assert original in link
    assert get(link.replace(original, forged)).status_code == 403


@pytest.mark.engine
@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
def test_07_a_link_is_for_get_only(store: Store, method: str) -> None:
    assert get(store.link(), method).status_code == 403
    assert store.objects.exists(store.stored)


@pytest.mark.engine
def test_an_object_is_stored_as_an_artifact_with_its_checksum(store: Store) -> None:
    head = store.client.head_object(Bucket=BUCKET, Key=KEY, ChecksumMode="ENABLED")
    assert head["ContentType"] == "application/vnd.mender-artifact"
    assert "ContentEncoding" not in head
    assert head["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()


def put(url: str, content: bytes, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.put(url, content=content, headers=named, trust_env=False).status_code


@pytest.mark.engine
@pytest.mark.parametrize("content_type", ["application/vnd.mender-artifact", "application/octet-stream"])
def test_an_upload_link_takes_bytes_of_whatever_type(store: Store, content_type: str) -> None:
    link = store.objects.upload_link("incoming/w 1/u", seconds=60, now=datetime.now(UTC))
    assert put(link, CONTENT, content_type=content_type) == 200
    assert store.objects.get("incoming/w 1/u") == CONTENT


@pytest.mark.engine
def test_an_upload_link_is_for_its_key_its_time_and_a_put_only(store: Store) -> None:
    now = datetime.now(UTC)
    link = store.objects.upload_link("incoming/w1/u", seconds=60, now=now)
    late = store.objects.upload_link("incoming/w1/u", seconds=60, now=now - timedelta(minutes=2))
    refused = [put(link.replace("/u?", "/v?"), CONTENT), put(late, CONTENT), get(link).status_code]
    assert refused == [403, 403, 403]


@pytest.mark.engine
def test_the_link_of_a_part_takes_that_part_in_its_size_only(store: Store) -> None:
    parts_id = store.objects.begin_parts("incoming/w1/u")
    part = Part(1, len(CONTENT))
    link = store.objects.part_link("incoming/w1/u", parts_id, part, seconds=60, now=datetime.now(UTC))
    refused = [
        put(link, CONTENT + b"x"),
        put(link, CONTENT[1:]),
        put(link.replace("partNumber=1", "partNumber=2"), CONTENT),
    ]
    assert refused == [403, 403, 403]
    assert put(link, CONTENT, content_type="application/octet-stream") == 200
    assert store.objects.parts("incoming/w1/u", parts_id) == (part,)
    store.objects.drop_parts("incoming/w1/u", parts_id)


@pytest.fixture(params=["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"])
def region(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("endpoint", ["", "https://objects.example.com:9000/"])
def test_a_link_is_the_one_that_botocore_makes(monkeypatch: pytest.MonkeyPatch, region: str, endpoint: str) -> None:
    for name, value in {**ENVIRONMENT, "AWS_DEFAULT_REGION": region}.items():
        monkeypatch.setenv(name, value)
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    client = boto3.Session().client("s3", config=_config("path" if endpoint else "virtual"))
    presigner = Presigner(Session(), BUCKET)
    for key in ("w1/artifacts/0123", "a b", "~/-_.", "50%", "a+b&c=d", "\u00fc/\u20ac"):
        stored = StoredObject(key, "v1+/=", 1)
        expected = _made_by_botocore(client, stored, "\u00e4.mender")
        assert presigner.download(stored, Saved("\u00e4.mender", MEDIA_TYPE), seconds=604_800, now=NOW) == expected


def _config(addressing_style: Literal["path", "virtual"]) -> Config:
    style = {"us_east_1_regional_endpoint": "regional", "addressing_style": addressing_style}
    return Config(signature_version="s3v4", s3=style)  # type: ignore[arg-type]  # the stubs want literals


def _made_by_botocore(client: S3Client, stored: StoredObject, filename: str) -> str:
    parameters = {
        "Bucket": BUCKET,
        "Key": stored.key,
        "ResponseContentDisposition": content_disposition(filename),
        "ResponseContentType": MEDIA_TYPE,
    }
    with time_machine.travel(NOW, tick=False):
        return client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=604_800)


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("app-1.mender", 'attachment; filename="app-1.mender"'),
        ('a"b\\c', "attachment; filename=\"a_b_c\"; filename*=UTF-8''a%22b_c"),
        ("a/b\\c.mender", 'attachment; filename="a_b_c.mender"'),
        ("ä/b", "attachment; filename=\"?_b\"; filename*=UTF-8''%C3%A4_b"),
        ("ä.mender", "attachment; filename=\"?.mender\"; filename*=UTF-8''%C3%A4.mender"),
    ],
)
def test_any_name_can_be_saved_under(filename: str, header: str) -> None:
    assert content_disposition(filename) == header
