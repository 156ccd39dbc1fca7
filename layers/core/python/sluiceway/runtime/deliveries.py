"""Starts the executions that deliver events (miru contract 7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sluiceway.runtime.executions import StateMachine, name_of

if TYPE_CHECKING:
    from sluiceway.domain.event import Event


class StepFunctionsDeliveries(StateMachine):
    """Implements `Deliveries`."""

    def start(self, event: Event) -> None:
        """Start the execution of a generation; a start that fails is logged, and the tick starts the next one."""
        self.start_or_warn(
            name_of(event.workspace, event.id, event.generation),
            _input(event),
            warning="an event is not being delivered yet; the tick will start it again",
            event_id=event.id,
            generation=event.generation,
        )


def _input(event: Event) -> dict[str, str | int]:
    return {
        "workspace": event.workspace,
        "order": event.order,
        "generation": event.generation,
        "attempt": event.attempts,
    }
