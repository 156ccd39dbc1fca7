"""What happened to a deployment: kept in its history, and told as events to whoever listens (design section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.errors import NotFound
from sluiceway.domain.event import EVENT_ID_PREFIX, Event
from sluiceway.domain.happenings import Happening, event_of
from sluiceway.storage import keys
from sluiceway.storage.history_items import Entry, put_entry, read_entry
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Write
from sluiceway.usecases.deployments import load_heads
from sluiceway.usecases.outbox import store_event
from sluiceway.usecases.service import Service


def event_writes(
    service: Service, deployment: Deployment, happened: Sequence[Happening], now: datetime
) -> tuple[list[Write], list[Event]]:
    """Return the writes of what happened, in this order, for the transaction that makes it happen, and the events.

    There are two writes for each. Whoever commits them starts the delivery of each event afterwards; a start that is
    lost is made good by the tick.
    """
    events = [_event(service, deployment, happening, number, now) for number, happening in enumerate(happened)]
    entries = [put_entry(event, happening) for event, happening in zip(events, happened, strict=True)]
    return [*entries, *(store_event(event, now) for event in events)], events


def _event(service: Service, deployment: Deployment, happening: Happening, number: int, now: datetime) -> Event:
    event_id = f"{EVENT_ID_PREFIX}{service.new_id().replace('-', '')}"
    # Of one millisecond, what was written on a later head comes later.
    order = keys.order_of(now, f"{deployment.rev:06d}-{number:03d}-{event_id}")
    return event_of(deployment, happening, event_id, order)


def history(service: Service, workspace: str, deployment_id: str) -> list[Entry]:
    """Return all that happened to a deployment, oldest first. Raises NotFound.

    Nothing is known of one that no execution controls, nor before the first look.
    """
    if not load_heads(service, workspace, [deployment_id]):
        raise NotFound(f"deployment {deployment_id}")
    return [read_entry(record.item) for record in read_all(service.table, keys.history(workspace, deployment_id))]
