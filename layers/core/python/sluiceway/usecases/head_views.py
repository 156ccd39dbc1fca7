"""What the decisions of a rollout go by of a deployment's head and its counters."""

from __future__ import annotations

from sluiceway.domain.counters import RESTORABLE, is_at_work
from sluiceway.domain.deployment import State
from sluiceway.domain.plan import Plan
from sluiceway.domain.rollout_effects import OFFER_GRACE, HeadView
from sluiceway.storage.rollout_items import read_cause
from sluiceway.usecases.deployments import Progress


def head_view(plan: Plan, progress: Progress) -> HeadView:
    """Return a deployment as its rollout sees it."""
    deployment = progress.deployment
    pause, end = deployment.steering.pause, deployment.steering.end
    return HeadView(
        open_phase=deployment.open_phase,
        paused=None if pause is None else read_cause(pause.reason),
        is_withdrawn=deployment.is_withdrawn,
        has_finished=progress.has_finished,
        over_at=progress.finished_at,
        is_rolled_back=bool(deployment.rolled_back_by) or _has_nothing_to_give_back(progress),
        is_at_work=is_at_work(progress.tally),
        start=plan.start,
        end=plan.end,
        closes_at=end and end + OFFER_GRACE,
        is_closed=deployment.steering.closed is not None,
    )


def _has_nothing_to_give_back(progress: Progress) -> bool:
    """Tell whether a roll back would have no devices, for good: nobody is offered anything once it has ended."""
    may_still_offer = not progress.has_finished or progress.deployment.state is State.ABORTING
    return not may_still_offer and not progress.tally[RESTORABLE]
