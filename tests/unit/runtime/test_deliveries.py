from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import EndpointConnectionError

from sluiceway.domain.event import Event, EventType
from sluiceway.runtime.deliveries import StepFunctionsDeliveries

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

EVENT = Event(
    "w", "msg_1", "1773234000000-msg_1", EventType.DEPLOYMENT_VALIDATE, "dpl_1", "{}", attempts=2, generation=1
)


@pytest.fixture(name="deliveries")
def _deliveries(client: SFNClient, machine: str) -> StepFunctionsDeliveries:
    return StepFunctionsDeliveries(lambda: client, machine)


def test_a_generation_is_one_execution_that_goes_on_where_the_event_is(
    client: SFNClient, deliveries: StepFunctionsDeliveries, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        deliveries.start(EVENT)
    (execution,) = client.list_executions(stateMachineArn=deliveries.machine)["executions"]
    told = json.loads(client.describe_execution(executionArn=execution["executionArn"])["input"])
    assert told == {"workspace": "w", "order": "1773234000000-msg_1", "generation": 1, "attempt": 2}
    assert caplog.records == []


@pytest.mark.parametrize(
    "other", [replace(EVENT, generation=2), replace(EVENT, id="msg_2"), replace(EVENT, workspace="other")]
)
def test_every_other_generation_is_another_execution(
    client: SFNClient, deliveries: StepFunctionsDeliveries, other: Event
) -> None:
    deliveries.start(EVENT)
    deliveries.start(other)
    assert len(client.list_executions(stateMachineArn=deliveries.machine)["executions"]) == 2


def test_a_start_that_fails_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    def no_client() -> SFNClient:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    StepFunctionsDeliveries(no_client, "arn").start(EVENT)
    (warning,) = caplog.records
    assert "the tick will start it again" in warning.getMessage()
