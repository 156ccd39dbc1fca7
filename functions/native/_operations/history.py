"""What happened to deployments."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

from native._operations.common import MALFORMED, NOT_FOUND, Paging, Time, answers_page
from sluiceway.domain.rollout_effects import RolloutReason
from sluiceway.http.openapi import Operation

DeploymentEventType: TypeAlias = Literal[
    "deployment.created",
    "deployment.phase_opened",
    "deployment.paused",
    "deployment.resumed",
    "deployment.approved",
    "deployment.phase_forced",
    "deployment.gate_passed",
    "deployment.gate_breached",
    "deployment.gate_undecided",
    "deployment.plan_changed",
    "deployment.closed",
    "deployment.aborted",
    "deployment.rolled_back",
    "deployment.finished",
]


class DeploymentEvent(TypedDict):
    """One thing that happened to a deployment.

    `phase_opened`: devices of the phase are let in. `paused` and `resumed`: an operator asked for it, a gate was
    breached, or a forced phase lifted the pause of a breach. `approved`, `phase_forced` and `plan_changed`: an operator
    asked for it. `gate_passed` and `gate_breached`: what the phase's gate asks for was fulfilled or overruled, or one
    of its limits passed, also once all devices have ended. `gate_undecided`: nobody waits any more for what held the
    last gate, since all devices have ended. `closed`: the plan has ended, and no device is let in any more. `aborted`
    and `finished`: it has ended. `rolled_back`: another deployment undoes it.
    """

    event_id: Annotated[str, Field(pattern="^msg_", description="Id of the event that told it, on every attempt.")]
    type: DeploymentEventType
    at: Time
    phase: Annotated[int | None, Field(ge=1, description="The phase that it is about, from 1.")]
    reason: Annotated[
        str | None,
        Field(
            description="Code of why it was paused, resumed or ended, or its gate breached or held. "
            f"`{RolloutReason.OPERATOR_REPEATEDLY}`: more pauses and resumes right before it are not told."
        ),
    ]
    by: Annotated[str | None, Field(description="Id of the API key or of the user that asked for it, where known.")]
    rolled_back_by: Annotated[str | None, Field(description="Id of the deployment that undoes it.")]


OPERATIONS = {
    "deployments.list_events": Operation(
        query=Paging, answers=answers_page(DeploymentEvent), refusals=(MALFORMED, NOT_FOUND)
    ),
}
