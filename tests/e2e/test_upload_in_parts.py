"""A large artifact goes to the bucket in parts, is verified by the state machine, and comes back as it was (4.1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.aws import ACCOUNT
from sluiceway.domain.direct_upload import MEBIBYTE, MOST_BYTES_AT_ONCE
from sluiceway.runtime.executions import name_of
from tests.e2e.cloud import Cloud
from tests.e2e.operator import DEPLOYMENTS, Operator
from tests.support.generated_file import GeneratedFile
from tests.support.service import RunningService
from tests.support.soak import is_soak
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine

UPLOADS = f"{DEPLOYMENTS}/artifacts/directupload"
PAYLOAD_MEBIBYTES = 1024 if is_soak() else MOST_BYTES_AT_ONCE // MEBIBYTE + 1
"""The least that needs parts, and in a soak about what the local object store bears: it keeps all in memory."""
AT_ONCE = 2
"""Parts that are on their way."""


@dataclass(frozen=True)
class ArtifactFile:
    """An artifact on disk, of which no more than a piece is held."""

    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @property
    def sha256(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def cut(self, start: int, size: int) -> Iterator[bytes]:
        """Some of its bytes, in pieces."""
        with self.path.open("rb") as file:
            file.seek(start)
            for offset in range(0, size, MEBIBYTE):
                yield file.read(min(MEBIBYTE, size - offset))


@pytest.fixture
def artifact(operator: Operator, tmp_path: Path) -> ArtifactFile:
    generated = GeneratedFile(PAYLOAD_MEBIBYTES * MEBIBYTE, operator.named("large"))
    with (tmp_path / "large.mender").open("wb") as file:
        while piece := generated.read(MEBIBYTE):
            file.write(piece)
    return ArtifactFile(tmp_path / "large.mender")


def put_parts(artifact: ArtifactFile, parts: list[dict[str, Any]]) -> None:
    """PUT each part to its own link, some side by side."""
    starts = [sum(part["size"] for part in parts[:index]) for index in range(len(parts))]

    def put(part: Mapping[str, Any], start: int) -> None:
        headers = {"Content-Length": str(part["size"])}
        content = artifact.cut(start, part["size"])
        httpx.put(part["uri"], content=content, headers=headers, timeout=300, trust_env=False).raise_for_status()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(put, parts, starts))


def downloaded_sha256(operator: Operator, artifact_id: str) -> str:
    """The SHA-256 of what the link to an artifact brings."""
    digest = hashlib.sha256()
    uri = operator.get(f"{DEPLOYMENTS}/artifacts/{artifact_id}/download").json()["uri"]
    with httpx.stream("GET", uri, follow_redirects=True, timeout=300, trust_env=False) as answer:
        for piece in answer.raise_for_status().iter_raw():
            digest.update(piece)
    return digest.hexdigest()


def verification(service: RunningService, upload_id: str) -> tuple[str, object] | None:
    """How the execution ended that verified an upload, and with what; None while it goes on."""
    machine = f"arn:aws:states:{service.aws['region']}:{ACCOUNT}:execution:Sluiceway-VerifyUpload"
    name = name_of(service.mender["workspace"], upload_id, 1)
    steps = Cloud(service.aws["endpoint_url"], outputs={}).client("stepfunctions")
    execution = steps.describe_execution(executionArn=f"{machine}:{name}")
    return None if execution["status"] == "RUNNING" else (execution["status"], json.loads(execution["output"]))


@pytest.mark.timeout(900)
def test_an_upload_in_parts_becomes_the_artifact_that_was_sent(
    operator: Operator, service: RunningService, artifact: ArtifactFile
) -> None:
    invitation = operator.api.post(UPLOADS, json={"size": artifact.size}).raise_for_status().json()
    upload_id, parts = invitation["id"], invitation["parts"]
    put_parts(artifact, parts)
    completed = operator.api.post(f"{UPLOADS}/{upload_id}/complete")
    verified = wait_for("the end of the verification", lambda: verification(service, upload_id))

    assert (len(parts) > 1, completed.status_code) == (True, httpx.codes.ACCEPTED)
    assert operator.get(f"{UPLOADS}/{upload_id}").json() == {"id": upload_id, "status": "completed"}
    assert verified == ("SUCCEEDED", {"state": "completed"})
    assert operator.get(f"{DEPLOYMENTS}/artifacts/{upload_id}").json()["size"] == artifact.size
    assert downloaded_sha256(operator, upload_id) == artifact.sha256
