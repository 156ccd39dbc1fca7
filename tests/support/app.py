"""Every surface in one process, over stores in memory: what handler tests call.

Every call is a true API Gateway event, goes to the handler that the route table names, and comes back as the HTTP
answer that API Gateway would make of what the handler returned.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import time_machine

from infra.local.payload import HttpAnswer, read_answer
from infra.local.routing import Origin, Router
from infra.surfaces import route_tables
from sluiceway.artifacts.memory import MemoryObjects
from sluiceway.domain.device_deployment import DeviceDeployment
from sluiceway.domain.direct_upload import DirectUpload
from sluiceway.domain.event import Event
from sluiceway.domain.gates import Signal, SignalState
from sluiceway.http.endpoint import Handler
from sluiceway.runtime import wiring
from sluiceway.runtime.tokens import JwtTokens
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.service import Service
from tests.support.events import http_event
from tests.support.numbers import Numbers
from tests.support.passwords import cheap_hashes
from tests.support.schemas import InlineSchemas

NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
SIGNING_KEY = "a key of thirty-two bytes for tests"
"""Known, so that tests can forge tokens."""
ROUTERS = {
    table.surface: Router((route, f"{table.surface}.{route.module}") for route in table.routes)
    for table in route_tables()
}
"""Each surface as the API of its own that it is in AWS; what they lead to are modules."""
ORIGIN = Origin((table.roots, ROUTERS[table.surface]) for table in route_tables())
"""All of them on one origin, as the local cloud has them."""


@dataclass
class RecordedRetries:
    """Retries that were asked for, oldest first."""

    started: list[tuple[str, DeviceDeployment]] = field(default_factory=list)

    def start(self, workspace: str, retry: DeviceDeployment) -> None:
        self.started.append((workspace, retry))


@dataclass
class RecordedRollouts:
    """Executions that were asked for, oldest first: workspace, deployment and generation."""

    started: list[tuple[str, str, int]] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)
    """Tokens of executions that were to look at once."""
    ended: set[str] = field(default_factory=set)
    """Tokens of waits that have ended by themselves."""

    def start(self, workspace: str, deployment_id: str, generation: int) -> None:
        self.started.append((workspace, deployment_id, generation))

    def wake(self, token: str) -> bool:
        self.woken.append(token)
        return token not in self.ended


@dataclass
class RecordedVerifications:
    """Direct uploads that were to be verified, oldest first."""

    started: list[DirectUpload] = field(default_factory=list)

    def start(self, upload: DirectUpload) -> None:
        self.started.append(upload)


@dataclass
class RecordedDeliveries:
    """Executions that were to deliver an event, oldest first."""

    started: list[Event] = field(default_factory=list)

    def start(self, event: Event) -> None:
        self.started.append(event)


class Post(NamedTuple):
    """What was sent to an endpoint."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class RecordedPosts:
    """What was sent to endpoints; `problems`, by address, say what goes wrong there."""

    problems: dict[str, str] = field(default_factory=dict)
    sent: list[Post] = field(default_factory=list)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> str:
        self.sent.append(Post(url, headers, body))
        return self.problems.get(url, "")


@dataclass
class RecordedBus:
    """Events that were put on the bus; `problem` says what goes wrong there."""

    problem: str = ""
    events: list[Event] = field(default_factory=list)

    def put(self, event: Event) -> str:
        self.events.append(event)
        return self.problem


@dataclass
class RecordedSignals:
    """What outside signals say, by source, and which were asked; one that is not named gives no answer."""

    states: dict[str, SignalState] = field(default_factory=dict)
    asked: list[Signal] = field(default_factory=list)

    def read(self, signal: Signal) -> SignalState:
        self.asked.append(signal)
        return self.states.get(signal.source, SignalState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller of the service sees; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:  # noqa: ANN401 - tests look into it
        return json.loads(self.body)


@dataclass(eq=False)
class App:
    """One process of the service, at a time that only the test moves."""

    _clock: time_machine.Traveller
    table: MemoryTable = field(default_factory=MemoryTable)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    retries: RecordedRetries = field(default_factory=RecordedRetries)
    rollouts: RecordedRollouts = field(default_factory=RecordedRollouts)
    verifications: RecordedVerifications = field(default_factory=RecordedVerifications)
    deliveries: RecordedDeliveries = field(default_factory=RecordedDeliveries)
    posts: RecordedPosts = field(default_factory=RecordedPosts)
    bus: RecordedBus = field(default_factory=RecordedBus)
    signals: RecordedSignals = field(default_factory=RecordedSignals)
    ids: Numbers = field(default_factory=lambda: Numbers(1))

    def __post_init__(self) -> None:
        self.service = Service(
            table=self.table,
            objects=self.objects,
            tokens=JwtTokens(lambda: SIGNING_KEY),
            retries=self.retries,
            rollouts=self.rollouts,
            verifications=self.verifications,
            deliveries=self.deliveries,
            webhook_sender=lambda: self.posts,
            event_bus=lambda: self.bus,
            signals=lambda: self.signals,
            schemas=InlineSchemas,
            new_id=lambda: str(UUID(int=next(self.ids), version=4)),
        )

    def clone(self, clock: time_machine.Traveller) -> App:
        """Another app, in which all has happened that happened here."""
        machines = (self.retries, self.rollouts, self.verifications, self.deliveries)
        outside = (self.posts, self.bus, self.signals)
        return App(clock, self.table.clone(), self.objects.clone(), *deepcopy((*machines, *outside, self.ids)))

    def pass_time(self, **duration: float) -> None:
        """Move the clock, `seconds=5` or any other keyword of a timedelta."""
        self._clock.shift(timedelta(**duration))

    def call(
        self,
        method: str,
        target: str,
        body: bytes | str | object = b"",
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        surface: str | None = None,
    ) -> Answer:
        """Send one request; `target` is path and query, a `body` that is not text or bytes goes as JSON.

        It goes to the origin that all surfaces share, or to the API of one `surface`.
        """
        credentials = {} if token is None else {"authorization": f"Bearer {token}"}
        event = http_event(method, target, {**credentials, **(headers or {})}, body)
        match = (ROUTERS[surface] if surface else ORIGIN).match(method, event["rawPath"])
        if match is None:
            raise LookupError(f"no surface has {method} {target}")
        routed = {**event, "routeKey": match.key}
        if match.parameters:
            routed["pathParameters"] = match.parameters
        return self.invoke(match.target, routed)

    def invoke(self, module: str, event: Mapping[str, Any]) -> Answer:
        """Hand an event to a module of a surface: `mender.devauth.get_device`."""
        return _answer(read_answer(handler_of(module)(event, None)))


def handler_of(module: str) -> Handler:
    """The function that a module of a surface exposes."""
    handler: Handler = importlib.import_module(module).handler
    return handler


def _answer(answer: HttpAnswer) -> Answer:
    return Answer(answer.status, dict(answer.headers), answer.body)


@contextmanager
def running_app(like: App | None = None) -> Iterator[App]:
    """An application wired for the length of a block: without any workspace, or as another one is now."""
    with time_machine.travel(NOW, tick=False) as clock, cheap_hashes():
        app = like.clone(clock) if like else App(clock)
        with wiring.use(app.service):
            yield app
