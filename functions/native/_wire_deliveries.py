"""Deliveries of events to one webhook endpoint, as JSON."""

from __future__ import annotations

from sluiceway.domain.event import Delivery
from sluiceway.domain.times import rfc3339
from sluiceway.storage.keys import moment_of
from sluiceway.usecases.webhook_deliveries import EndpointDelivery

STATUSES = {Delivery.PENDING: "pending", Delivery.DONE: "delivered", Delivery.FAILED: "failed"}


def delivery_json(delivery: EndpointDelivery) -> dict[str, object]:
    """Render a delivery, without what is told."""
    event = delivery.event
    is_pending = delivery.delivery is Delivery.PENDING
    return {
        "event_id": event.id,
        "event_type": str(event.type),
        "deployment_id": event.subject,
        "created_at": rfc3339(moment_of(event.order)),
        "status": STATUSES[delivery.delivery],
        "problem": delivery.problem or None,
        "attempts": event.attempts,
        "next_attempt_at": rfc3339(event.next_attempt) if is_pending and event.next_attempt else None,
    }
