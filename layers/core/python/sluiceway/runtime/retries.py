"""Starts retry executions on Step Functions (data model 3.11)."""

from __future__ import annotations

from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.runtime.executions import StateMachine, name_of


class StepFunctionsRetries(StateMachine):
    """Implements `Retries`."""

    def start(self, workspace: str, retry: DeviceDeployment) -> None:
        """Start the execution that waits until `not_before`; a start that fails is logged and loses a wake-up only."""
        self.start_or_warn(
            execution_name(workspace, retry),
            _input(workspace, retry),
            warning="a retry will not be announced; the device gets it when it asks",
            deployment=retry.deployment_id,
            device=retry.device_id,
            attempt=retry.attempt,
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
