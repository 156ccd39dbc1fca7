"""Delivering an event: an attempt tells every endpoint of the workspace that has not taken it (miru contract 7.1).

The event bus of the account is one more endpoint, for the events that it is told of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sluiceway.domain.config_deployment import Activity
from sluiceway.domain.event import EVENT_BUS, Event, EventType
from sluiceway.domain.webhook import MOST_WEBHOOKS, Webhook
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Write
from sluiceway.usecases.config_deployments import get_config_deployment
from sluiceway.usecases.outbox import load_event, store_event
from sluiceway.usecases.ports import WebhookSender
from sluiceway.usecases.service import Service
from sluiceway.usecases.webhooks import list_webhooks


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an execution is about to do: this attempt, counted from 0, for this generation."""

    workspace: str
    order: str
    generation: int
    number: int

    def is_next_of(self, event: Event) -> bool:
        """Tell whether nobody has made it, and no newer execution has taken over."""
        return (self.generation, self.number) == (event.generation, event.attempts)


def deliver_event(service: Service, attempt: Attempt, now: datetime) -> Event:
    """Make an attempt, unless it was made before, and return the event as it is then. Raises NotFound.

    Endpoints are those that there are now. Each is told with the time and the signatures of this attempt.
    """
    event = load_event(service, attempt.workspace, attempt.order)
    if not attempt.is_next_of(event):
        return event
    problems = _tell_everybody(service, event, now) if _matters(service, event) else {}
    return commit(service.table, lambda: _note(service, attempt, problems, now))


def _matters(service: Service, event: Event) -> bool:
    """Tell whether anybody still needs to be told: what has happened is always news."""
    if event.type is not EventType.DEPLOYMENT_VALIDATE:
        return True
    return get_config_deployment(service, event.workspace, event.subject).activity is Activity.VALIDATING


def _tell_everybody(service: Service, event: Event, now: datetime) -> Mapping[str, str]:
    """Return what went wrong at each endpoint, nothing where it took the event."""
    problems = _tell_webhooks(service, event, now)
    if not event.type.is_for_event_bus or EVENT_BUS in event.delivered:
        return problems
    return {**problems, EVENT_BUS: service.event_bus().put(event)}


def _tell_webhooks(service: Service, event: Event, now: datetime) -> Mapping[str, str]:
    endpoints = [each for each in list_webhooks(service, event.workspace) if each.id not in event.delivered]
    tell = partial(_tell, service.webhook_sender(), event, now)
    with ThreadPoolExecutor(MOST_WEBHOOKS) as threads:
        return {endpoint.id: problem for endpoint, problem in zip(endpoints, threads.map(tell, endpoints), strict=True)}


def _tell(sender: WebhookSender, event: Event, now: datetime, endpoint: Webhook) -> str:
    body = event.body.encode()
    return sender.send(endpoint.url, endpoint.headers_of(event.id, body, now), body)


def _note(
    service: Service, attempt: Attempt, problems: Mapping[str, str], now: datetime
) -> tuple[Event, Sequence[Write]]:
    event = load_event(service, attempt.workspace, attempt.order)
    if not attempt.is_next_of(event):
        return event, []
    after = event.attempted(problems, now)
    return after, [store_event(after, now)]
