"""Starts the executions that open the phases of deployments (mender contract 8.2)."""

from __future__ import annotations

from sluiceway.runtime.executions import StateMachine, name_of


class StepFunctionsRollouts(StateMachine):
    """Implements `Rollouts`."""

    def start(self, workspace: str, deployment_id: str, generation: int) -> None:
        """Start an execution; a start that fails is logged, and the tick starts the next generation."""
        self.start_or_warn(
            name_of(workspace, deployment_id, generation),
            {"workspace": workspace, "deployment_id": deployment_id, "generation": generation},
            warning="the phases of a deployment have no execution yet; the tick will start one",
            deployment=deployment_id,
            generation=generation,
        )
