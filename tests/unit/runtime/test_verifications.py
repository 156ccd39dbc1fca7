from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import EndpointConnectionError

from sluiceway.domain.direct_upload import DirectUpload
from sluiceway.runtime.verifications import StepFunctionsVerifications

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

UPLOAD = DirectUpload("w", "upload", datetime(2026, 3, 11, 14, tzinfo=UTC)).processed(None)


@pytest.fixture(name="verifications")
def _verifications(client: SFNClient, machine: str) -> StepFunctionsVerifications:
    return StepFunctionsVerifications(lambda: client, machine)


def test_an_attempt_is_one_execution_that_knows_the_upload_however_often_it_is_started(
    client: SFNClient, verifications: StepFunctionsVerifications, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        verifications.start(UPLOAD)
    (execution,) = client.list_executions(stateMachineArn=verifications.machine)["executions"]
    told = json.loads(client.describe_execution(executionArn=execution["executionArn"])["input"])
    assert told == {"workspace": "w", "upload_id": "upload"}
    assert caplog.records == []


@pytest.mark.parametrize(
    "other", [UPLOAD.processed(None), replace(UPLOAD, id="other"), replace(UPLOAD, workspace="other")]
)
def test_every_other_attempt_is_another_execution(
    client: SFNClient, verifications: StepFunctionsVerifications, other: DirectUpload
) -> None:
    verifications.start(UPLOAD)
    verifications.start(other)
    assert len(client.list_executions(stateMachineArn=verifications.machine)["executions"]) == 2


def test_a_start_that_fails_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    def no_client() -> SFNClient:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    StepFunctionsVerifications(no_client, "arn").start(UPLOAD)
    (warning,) = caplog.records
    assert "the tick will start it again" in warning.getMessage()
