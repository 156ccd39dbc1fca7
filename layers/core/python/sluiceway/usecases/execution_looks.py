"""The looks that one execution may take before the next generation takes over (design section 7)."""

from __future__ import annotations

from datetime import datetime

from sluiceway.usecases.advance_rollout import advance_rollout
from sluiceway.usecases.rollouts import hand_over
from sluiceway.usecases.service import Service

MOST_LOOKS = 1_000
"""Of one execution: with a dozen events for each, its history stays well below the 25,000 that it may have."""


def take_look(
    service: Service, workspace: str, deployment_id: str, generation: int, now: datetime, *, number: int
) -> datetime | None:
    """Take a look, the execution's first having number 1, and return when it looks again.

    None when it need not: nothing is left, or the next generation looks instead.
    """
    again = advance_rollout(service, workspace, deployment_id, generation, now)
    if again is not None and number >= MOST_LOOKS:
        hand_over(service, workspace, deployment_id, generation)
        return None
    return again
