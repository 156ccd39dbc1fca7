"""What the execution of a rollout does when it wakes up, for tests that have no state machine."""

from __future__ import annotations

from datetime import datetime

from sluiceway.usecases.advance_rollout import advance_rollout
from sluiceway.usecases.rollouts import find_rollout
from sluiceway.usecases.service import Service


def advance(service: Service, workspace: str, deployment_id: str, now: datetime) -> datetime | None:
    """Let the newest execution of a deployment look once; None when it has none, or need not look again."""
    rollout = find_rollout(service, workspace, deployment_id)
    if rollout is None:
        return None
    return advance_rollout(service, workspace, deployment_id, rollout.generation, now)
