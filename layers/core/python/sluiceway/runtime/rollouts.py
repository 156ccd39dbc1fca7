"""Starts and wakes the executions that control deployments (design section 7)."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from sluiceway.runtime.executions import StateMachine, name_of
from sluiceway.runtime.logs import logger

_LATER = "an execution could not be woken; it takes up what was asked when it looks again"
_DOES_NOT_WAIT = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class StepFunctionsRollouts(StateMachine):
    """Implements `Rollouts`."""

    def start(self, workspace: str, deployment_id: str, generation: int) -> None:
        """Start an execution; a start that fails is logged, and the tick starts the next generation."""
        self.start_or_warn(
            name_of(workspace, deployment_id, generation),
            {"workspace": workspace, "deployment_id": deployment_id, "generation": generation},
            warning="a deployment has no execution yet that controls it; the tick will start one",
            deployment=deployment_id,
            generation=generation,
        )

    def wake(self, token: str) -> bool:
        """End the wait of an execution; a wake that fails is logged, since the execution looks again by itself."""
        try:
            self.client().send_task_success(taskToken=token, output="{}")
        except ClientError as error:
            if error.response["Error"]["Code"] not in _DOES_NOT_WAIT:
                logger.warning(_LATER, extra={"reason": str(error)})
        except BotoCoreError as error:
            logger.warning(_LATER, extra={"reason": str(error)})
        else:
            return True
        return False
