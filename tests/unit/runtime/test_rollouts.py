from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from sluiceway.runtime.rollouts import StepFunctionsRollouts

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@pytest.fixture(name="rollouts")
def _rollouts(client: SFNClient, machine: str) -> StepFunctionsRollouts:
    return StepFunctionsRollouts(lambda: client, machine)


def test_an_execution_is_told_which_deployment_it_is_for(client: SFNClient, rollouts: StepFunctionsRollouts) -> None:
    rollouts.start("w", "d", 3)
    (execution,) = client.list_executions(stateMachineArn=rollouts.machine)["executions"]
    told = json.loads(client.describe_execution(executionArn=execution["executionArn"])["input"])
    assert told == {"workspace": "w", "deployment_id": "d", "generation": 3}


@pytest.mark.parametrize("other", [("v", "d", 0), ("w", "e", 0), ("w", "d", 1)])
def test_another_workspace_deployment_or_generation_is_another_execution(
    client: SFNClient, rollouts: StepFunctionsRollouts, other: tuple[str, str, int]
) -> None:
    rollouts.start("w", "d", 0)
    rollouts.start(*other)
    assert len(client.list_executions(stateMachineArn=rollouts.machine)["executions"]) == 2


def test_a_start_that_fails_is_logged_and_left_to_the_tick(
    client: SFNClient, rollouts: StepFunctionsRollouts, caplog: pytest.LogCaptureFixture
) -> None:
    StepFunctionsRollouts(lambda: client, f"{rollouts.machine}-gone").start("w", "d", 0)
    assert "the tick will start one" in caplog.text


@pytest.mark.parametrize("problem", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken", "ThrottlingException"])
def test_a_wake_tells_whether_the_execution_waited_and_logs_only_what_was_not_to_be_expected(
    client: SFNClient, rollouts: StepFunctionsRollouts, caplog: pytest.LogCaptureFixture, problem: str
) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("send_task_success", problem)
        stub.add_response("send_task_success", {})
        assert [rollouts.wake("ended"), rollouts.wake("newer")] == [False, True]
    assert bool(caplog.text) is (problem == "ThrottlingException")
