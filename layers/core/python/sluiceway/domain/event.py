"""Events, each of which is told at least once to every webhook endpoint of its workspace (miru contract 7.1).

Those of rollouts are told to EventBridge as well (design section 7).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sluiceway.domain.config_deployment import ConfigDeployment
from sluiceway.domain.times import rfc3339

RETRY_DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""How long after a failed attempt the next one follows; after the last of them the delivery has failed."""
EVENT_ID_PREFIX = "msg_"
EVENT_BUS = "event-bus"
"""The endpoint that is no webhook; ids of webhooks have a prefix."""
KEPT = timedelta(days=30)
"""For how long it is kept what became of an event."""


class EventType(StrEnum):
    """What happened."""

    DEPLOYMENT_VALIDATE = "deployment.validate"
    """A deployment waits for the verdict of the workspace's own validation."""
    DEPLOYMENT_CREATED = "deployment.created"
    DEPLOYMENT_PHASE_OPENED = "deployment.phase_opened"
    DEPLOYMENT_PAUSED = "deployment.paused"
    DEPLOYMENT_RESUMED = "deployment.resumed"
    DEPLOYMENT_APPROVED = "deployment.approved"
    """An operator approved a phase, which may have yet to be waited for."""
    DEPLOYMENT_PHASE_FORCED = "deployment.phase_forced"
    """An operator had the next phase opened, whatever held it."""
    DEPLOYMENT_GATE_PASSED = "deployment.gate_passed"
    DEPLOYMENT_GATE_BREACHED = "deployment.gate_breached"
    """A limit of a gate was passed; what follows, if anything, is told as well."""
    DEPLOYMENT_GATE_UNDECIDED = "deployment.gate_undecided"
    """All devices have ended, and nobody asks any more what holds the gate."""
    DEPLOYMENT_PLAN_CHANGED = "deployment.plan_changed"
    """An operator changed phases that were not open yet."""
    DEPLOYMENT_CLOSED = "deployment.closed"
    """The plan has ended: nobody is let in any more."""
    DEPLOYMENT_ABORTED = "deployment.aborted"
    DEPLOYMENT_ROLLED_BACK = "deployment.rolled_back"
    DEPLOYMENT_FINISHED = "deployment.finished"

    @property
    def is_for_event_bus(self) -> bool:
        """Whether the owner's account is told too: what asks for a verdict is for who gives it alone."""
        return self is not EventType.DEPLOYMENT_VALIDATE


class Delivery(StrEnum):
    """How far it is."""

    PENDING = "pending"
    DONE = "done"
    """Nobody is left to be told: every endpoint took it or is gone, or it has come to nothing meanwhile."""
    FAILED = "failed"
    """Some endpoint did not take it in the last attempt either."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; its id and its body are the same in every attempt to deliver it."""

    workspace: str
    id: str
    order: str
    """Its place among the events of the workspace, by time."""
    type: EventType
    subject: str
    """Id of the deployment that it is about."""
    body: str
    """JSON."""
    delivery: Delivery = Delivery.PENDING
    attempts: int = 0
    next_attempt: datetime | None = None
    """None for at once, and when there will be none."""
    delivered: frozenset[str] = frozenset()
    """Ids of the endpoints that took it; EVENT_BUS is one."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Why the last attempt failed, by the id of the endpoint."""
    generation: int = 0
    """Number of the execution that delivers it; one that was lost is replaced by the next."""
    rev: int = 0

    def attempted(self, problems: Mapping[str, str], now: datetime) -> Event:
        """Return the event after an attempt to tell some endpoints; `problems` are empty where that succeeded."""
        failed = {endpoint: problem for endpoint, problem in problems.items() if problem}
        after = replace(
            self, attempts=self.attempts + 1, delivered=self.delivered | (problems.keys() - failed), problems=failed
        )
        if not failed:
            return after.done()
        if self.attempts == len(RETRY_DELAYS):
            return replace(after, delivery=Delivery.FAILED, next_attempt=None)
        return replace(after, next_attempt=now + RETRY_DELAYS[self.attempts])

    def delivery_to(self, endpoint: str) -> Delivery | None:
        """Return how far one endpoint is from having it; None when that was not told, and will not be."""
        if endpoint in self.delivered:
            return Delivery.DONE
        if self.delivery is Delivery.PENDING:
            return Delivery.PENDING
        return Delivery.FAILED if endpoint in self.problems else None

    def done(self) -> Event:
        """Return the event as one that nobody needs to be told any more."""
        return replace(self, delivery=Delivery.DONE, next_attempt=None)


def validation_request(deployment: ConfigDeployment, event_id: str, order: str) -> Event:
    """Return the event that asks the workspace's own validation for its verdict on a deployment (contract 7.1)."""
    told = {
        "object": "deployment",
        "id": deployment.id,
        "device_id": deployment.device_id,
        "release_id": deployment.release_id,
        "created_at": rfc3339(deployment.created),
    }
    body = {
        "object": "event",
        "type": EventType.DEPLOYMENT_VALIDATE,
        "timestamp": rfc3339(deployment.created),
        "data": {"deployment": told},
    }
    text = json.dumps(body, separators=(",", ":"))
    return Event(deployment.workspace, event_id, order, EventType.DEPLOYMENT_VALIDATE, deployment.id, text)
