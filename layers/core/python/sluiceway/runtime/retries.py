"""Starts retry executions on Step Functions (data model 3.11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.runtime.executions import START_ERRORS, name_of, start_once
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
            start_once(self.client(), self.machine, execution_name(workspace, retry), _input(workspace, retry))
        except START_ERRORS as error:
            logger.warning(
                "a retry will not be announced; the device gets it when it asks",
                deployment=retry.deployment_id,
                device=retry.device_id,
                attempt=retry.attempt,
                reason=str(error),
            )


def execution_name(workspace: str, retry: DeviceDeployment) -> str:
    """Name an attempt: a name cannot be used twice within 90 days, so an attempt is waited for once."""
    return name_of(workspace, retry.deployment_id, retry.device_id, retry.attempt)


def _input(workspace: str, retry: DeviceDeployment) -> dict[str, str | int]:
    if retry.not_before is None:
        raise ValueError("a retry says when its next attempt may begin")
    return {
        "workspace": workspace,
        "deployment_id": retry.deployment_id,
        "device_id": retry.device_id,
        "order": retry.order,
        "attempt": retry.attempt,
        "not_before": retry.not_before.isoformat().replace("+00:00", "Z"),
    }
