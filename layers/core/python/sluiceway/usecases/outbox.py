"""The outbox: what has to be told of a change is written in its transaction, and delivered from there.

An event is delivered by an execution, and a mark that is due some time after the next attempt stands on it: one whose
execution was lost gets the next generation, since a name cannot be used again. Only the newest generation delivers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sluiceway.domain.errors import NotFound
from sluiceway.domain.event import KEPT, Delivery, Event
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.event_items import put_event, read_event
from sluiceway.storage.paging import read_first
from sluiceway.storage.table import Put, Query, Record, Write
from sluiceway.usecases.service import Service

_MISSED_AFTER = timedelta(minutes=2)
"""An attempt that was not made so long after its time has lost its execution."""


def store_event(event: Event, now: datetime) -> Put:
    """Return the write of an event, new or changed, that was read or made now; it is due while it is not delivered."""
    pending = event.delivery is Delivery.PENDING
    return put_event(event, due=(event.next_attempt or now) + _MISSED_AFTER if pending else None)


def load_event(service: Service, workspace: str, order: str) -> Event:
    """Read an event. Raises NotFound."""
    stored = service.table.get(keys.event(workspace, order))
    if stored is None:
        raise NotFound(f"event {order}")
    return read_event(workspace, order, stored)


def newest_events(service: Service, workspace: str, most: int, now: datetime) -> list[Event]:
    """Return the newest events that are kept, the newest first, with one query for each day that is looked at."""
    found: list[Event] = []
    for days in range(KEPT.days + 1):
        if len(found) == most:
            break
        day = Query(keys.events_of_day(workspace, now - timedelta(days=days)), descending=True)
        records = read_first(service.table, day, most - len(found))
        found += [read_event(workspace, record.key.sk, record.item) for record in records]
    return [event for event in found if keys.moment_of(event.order) + KEPT > now]


def replace_delivery(service: Service, mark: Record, now: datetime) -> None:
    """Start the next generation of an execution that missed its time."""
    workspace, order = keys.event_of(mark.key)
    event = commit(service.table, lambda: _next_generation(load_event(service, workspace, order), now))
    if event.delivery is Delivery.PENDING:
        service.deliveries.start(event)


def _next_generation(event: Event, now: datetime) -> tuple[Event, Sequence[Write]]:
    if event.delivery is not Delivery.PENDING:
        return event, []
    after = replace(event, generation=event.generation + 1)
    return after, [put_event(after, due=now + _MISSED_AFTER)]
