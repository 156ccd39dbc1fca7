"""What became of the events that one webhook endpoint is told (miru contract 7.1)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sluiceway.domain.event import Delivery, Event
from sluiceway.usecases.outbox import newest_events
from sluiceway.usecases.service import Service
from sluiceway.usecases.webhooks import load_webhook

MOST_EVENTS = 1_000
"""Events of the workspace that are looked through: some 1 MB."""


class EndpointDelivery(NamedTuple):
    """An event, how far the endpoint is from having it, and why it did not take it at last, if it was asked."""

    event: Event
    delivery: Delivery
    problem: str


def list_deliveries(service: Service, workspace: str, webhook_id: str, now: datetime) -> list[EndpointDelivery]:
    """Return what the endpoint was or will be told of the newest events, the newest first. Raises NotFound."""
    endpoint = load_webhook(service, workspace, webhook_id)
    told = [(event, event.delivery_to(endpoint.id)) for event in newest_events(service, workspace, MOST_EVENTS, now)]
    return [
        EndpointDelivery(event, delivery, event.problems.get(endpoint.id, "")) for event, delivery in told if delivery
    ]
