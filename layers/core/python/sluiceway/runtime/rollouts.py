"""Starts the executions that open the phases of deployments (mender contract 8.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluiceway.runtime.executions import START_ERRORS, name_of, start_once
from sluiceway.runtime.logs import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class StepFunctionsRollouts:
    """Implements `Rollouts`. The client is made when it is first needed."""

    client: Callable[[], SFNClient]
    machine: str
    """ARN of the state machine."""

    def start(self, workspace: str, deployment_id: str, generation: int) -> None:
        """Start an execution; a start that fails is logged, and the tick starts the next generation."""
        told: dict[str, str | int] = {"workspace": workspace, "deployment_id": deployment_id, "generation": generation}
        try:
            start_once(self.client(), self.machine, name_of(workspace, deployment_id, generation), told)
        except START_ERRORS as error:
            logger.warning(
                "the phases of a deployment have no execution yet; the tick will start one",
                deployment=deployment_id,
                generation=generation,
                reason=str(error),
            )
