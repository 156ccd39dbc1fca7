"""The looks that one execution may take before the next generation takes over (design section 7)."""

from __future__ import annotations

from datetime import datetime

from sluiceway.usecases.advance_rollout import advance_rollout
from sluiceway.usecases.rollouts import hand_over
from sluiceway.usecases.service import Service

MOST_LOOKS = 1_000
"""Of one execution: each look adds about a dozen events to its history, which may have 25,000."""


def take_look(
    service: Service, workspace: str, deployment_id: str, generation: int, now: datetime, *, number: int
) -> datetime | None:
    """Take the look of this number, from 1, and return when to take the next one.

    None when this execution takes no other: nothing is left to do, or the next generation goes on.
    """
    again = advance_rollout(service, workspace, deployment_id, generation, now)
    if again is not None and number >= MOST_LOOKS:
        hand_over(service, workspace, deployment_id, generation)
        return None
    return again
