from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import EndpointConnectionError

from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.runtime.retries import StepFunctionsRetries, execution_name

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

RETRY = DeviceDeployment(
    "w", "deployment", "device", "0001-deployment", attempt=2, not_before=datetime(2026, 3, 11, 13, 5, tzinfo=UTC)
)


@pytest.fixture(name="retries")
def _retries(client: SFNClient, machine: str) -> StepFunctionsRetries:
    return StepFunctionsRetries(lambda: client, machine)


def started(client: SFNClient, retries: StepFunctionsRetries) -> list[str]:
    return [one["name"] for one in client.list_executions(stateMachineArn=retries.machine)["executions"]]


def test_an_attempt_is_announced_by_one_execution_that_knows_when(
    client: SFNClient, retries: StepFunctionsRetries
) -> None:
    retries.start("w", RETRY)
    (execution,) = client.list_executions(stateMachineArn=retries.machine)["executions"]
    told = json.loads(client.describe_execution(executionArn=execution["executionArn"])["input"])
    assert told == {
        "workspace": "w",
        "deployment_id": "deployment",
        "device_id": "device",
        "order": "0001-deployment",
        "attempt": 2,
        "not_before": "2026-03-11T13:05:00Z",
    }


def test_starting_the_same_attempt_again_is_no_second_one(
    client: SFNClient, retries: StepFunctionsRetries, caplog: pytest.LogCaptureFixture
) -> None:
    retries.start("w", RETRY)
    retries.start("w", RETRY)
    retries.start("w", replace(RETRY, not_before=datetime(2026, 3, 11, 14, tzinfo=UTC)))
    assert len(started(client, retries)) == 1
    assert caplog.records == []


@pytest.mark.parametrize(
    "other",
    [
        ("w", replace(RETRY, attempt=3)),
        ("w", replace(RETRY, device_id="other")),
        ("w", replace(RETRY, deployment_id="other")),
        ("w", replace(RETRY, deployment_id="deploymentdevice", device_id="")),
        ("other", RETRY),
    ],
)
def test_every_other_attempt_has_its_own_name(other: tuple[str, DeviceDeployment]) -> None:
    assert execution_name(*other) != execution_name("w", RETRY)
    assert len(execution_name(*other)) <= 80


def test_a_start_that_fails_is_logged_and_not_raised(
    client: SFNClient, retries: StepFunctionsRetries, caplog: pytest.LogCaptureFixture
) -> None:
    StepFunctionsRetries(lambda: client, f"{retries.machine}-gone").start("w", RETRY)
    (warning,) = caplog.records
    assert "StateMachineDoesNotExist" in warning.__dict__["reason"]


def test_an_engine_out_of_reach_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    def no_client() -> SFNClient:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    StepFunctionsRetries(no_client, "arn").start("w", RETRY)
    (warning,) = caplog.records
    assert "will not be announced" in warning.getMessage()
