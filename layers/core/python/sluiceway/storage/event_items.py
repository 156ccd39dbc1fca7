"""Events as items of the outbox. While one is to be delivered, it is due: the tick replaces a lost execution."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sluiceway.domain.event import KEPT, Delivery, Event, EventType
from sluiceway.storage import keys
from sluiceway.storage.moments import read_moment, stored_moment, to_milliseconds
from sluiceway.storage.table import Absent, Condition, Equal, Item, Put

DUE_KIND = "event"


def put_event(event: Event, *, due: datetime | None) -> Put:
    """Write an event on condition that it still is as it was read; without `due` nobody needs to look at it again."""
    unchanged: Condition = Equal("rev", event.rev) if event.rev else Absent()
    return Put(keys.event(event.workspace, event.order), {**_event_item(event), **_due(event, due)}, unchanged)


def _event_item(event: Event) -> Item:
    return {
        "id": event.id,
        "type": str(event.type),
        "subject": event.subject,
        "body": event.body,
        "delivery": str(event.delivery),
        "attempts": event.attempts,
        "next": stored_moment(event.next_attempt),
        "delivered": sorted(event.delivered),
        "problems": event.problems,
        "generation": event.generation,
        "rev": event.rev + 1,
        "ttl": to_milliseconds(keys.moment_of(event.order) + KEPT) // 1000,
    }


def _due(event: Event, when: datetime | None) -> Item:
    if when is None:
        return {}
    return {"G2PK": keys.due_index(event.workspace, event.id), "G2SK": keys.due_index_sort(when, DUE_KIND)}


def read_event(workspace: str, order: str, stored: Item) -> Event:
    """Return the event of an item."""
    item = cast("Mapping[str, Any]", stored)
    return Event(
        workspace=workspace,
        id=item["id"],
        order=order,
        type=EventType(item["type"]),
        subject=item["subject"],
        body=item["body"],
        delivery=Delivery(item["delivery"]),
        attempts=item["attempts"],
        next_attempt=read_moment(item["next"]),
        delivered=frozenset(item["delivered"]),
        problems=item["problems"],
        generation=item["generation"],
        rev=item["rev"],
    )
