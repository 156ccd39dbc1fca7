"""Starts the executions that deliver events (miru contract 7.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sluiceway.runtime.executions import START_ERRORS, name_of, start_once
from sluiceway.runtime.logs import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

    from sluiceway.domain.event import Event


@dataclass(frozen=True, slots=True)
class StepFunctionsDeliveries:
    """Implements `Deliveries`. The client is made when it is first needed."""

    client: Callable[[], SFNClient]
    machine: str
    """ARN of the state machine."""

    def start(self, event: Event) -> None:
        """Start the execution of a generation; a start that fails is logged, and the tick starts the next one."""
        try:
            start_once(self.client(), self.machine, name_of(event.workspace, event.id, event.generation), _input(event))
        except START_ERRORS as error:
            logger.warning(
                "an event is not being delivered yet; the tick will start it again",
                event_id=event.id,
                generation=event.generation,
                reason=str(error),
            )


def _input(event: Event) -> dict[str, str | int]:
    return {
        "workspace": event.workspace,
        "order": event.order,
        "generation": event.generation,
        "attempt": event.attempts,
    }
