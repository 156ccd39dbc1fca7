"""Starts retry executions on Step Functions (data model 3.11)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.runtime.logs import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class StepFunctionsRetries:
    """Implements `Retries`. The client is made when it is first needed."""

    client: Callable[[], SFNClient]
    machine: str
    """ARN of the state machine."""

    def start(self, workspace: str, retry: DeviceDeployment) -> None:
        """Start the execution that waits until `not_before`; a start that fails is logged and loses a wake-up only."""
        try:
            self.client().start_execution(
                stateMachineArn=self.machine, name=execution_name(workspace, retry), input=_input(workspace, retry)
            )
        except (ClientError, BotoCoreError) as error:
            if not _is_running_already(error):
                logger.warning(
                    "a retry will not be announced; the device gets it when it asks",
                    deployment=retry.deployment_id,
                    device=retry.device_id,
                    attempt=retry.attempt,
                    reason=str(error),
                )


def execution_name(workspace: str, retry: DeviceDeployment) -> str:
    """Name an attempt: a name cannot be used twice within 90 days, so an attempt is waited for once."""
    attempt = json.dumps([workspace, retry.deployment_id, retry.device_id, retry.attempt])
    return hashlib.sha256(attempt.encode()).hexdigest()


def _input(workspace: str, retry: DeviceDeployment) -> str:
    if retry.not_before is None:
        raise ValueError("a retry says when its next attempt may begin")
    return json.dumps(
        {
            "workspace": workspace,
            "deployment_id": retry.deployment_id,
            "device_id": retry.device_id,
            "order": retry.order,
            "attempt": retry.attempt,
            "not_before": retry.not_before.isoformat().replace("+00:00", "Z"),
        }
    )


def _is_running_already(error: ClientError | BotoCoreError) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == "ExecutionAlreadyExists"
