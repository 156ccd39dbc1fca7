"""What runs in AWS by itself: the table, the tick of due work and executions, by the clock of a simulation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from random import Random
from uuid import UUID

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.deployment import Definition, Deployment
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.deliver_event import Attempt, deliver_event
from sluiceway.usecases.deployments import load
from sluiceway.usecases.ports import Claims
from tests.engine.recording import PATIENT
from tests.load.accepted import Ids, accept_together
from tests.load.agenda import Agenda
from tests.load.ledger import Ledger
from tests.load.scenario import FAULTY_RELEASE, NEW_RELEASE, OLD_RELEASE
from tests.support.app import RecordedRollouts
from tests.support.executions import advance
from tests.support.fleet import WORKSPACE, Fleet
from tests.support.ticks import repair_due

TICK_EVERY = timedelta(minutes=1)


class Cloud:
    """The service of one workspace. The ledger hears of all that executions do."""

    def __init__(self, agenda: Agenda, chance: Random) -> None:
        self.agenda = agenda
        self.table = MemoryTable(backoff=PATIENT)
        self._chance = chance
        self._rollouts = RecordedRollouts()
        self.fleet = Fleet(self.table, rollouts=self._rollouts, new_id=self._new_id)
        self.service = self.fleet.service
        self.ledger = Ledger(dict(self._releases()))
        self._waits: dict[str, object] = {}
        agenda.every(TICK_EVERY, self._tick)

    def _releases(self) -> Iterator[tuple[str, Artifact]]:
        yield self.fleet.artifact.name, self.fleet.artifact
        for name in (OLD_RELEASE, FAULTY_RELEASE, NEW_RELEASE):
            yield name, self.fleet.upload(name)

    def accept(self, devices: int) -> list[Claims]:
        """Accept so many new devices, and return what each one's token says."""
        return accept_together(self.table, [Ids(self._new_id(), self._new_id()) for _ in range(devices)])

    def deploy(self, definition: Definition) -> str:
        """Create a deployment and return its id."""
        now = self.agenda.now
        deployment_id = create_deployment(self.service, WORKSPACE, definition, now)
        self.ledger.follow(self.head(deployment_id), definition.plan, definition.devices, now)
        self._take_up_executions()
        return deployment_id

    def head(self, deployment_id: str) -> Deployment:
        """A deployment as it is stored."""
        return load(self.service, WORKSPACE, deployment_id).deployment

    def look(self, deployment_id: str) -> None:
        """Let the execution of a deployment look at it now, whatever it waits for."""
        again = advance(self.service, WORKSPACE, deployment_id, self.agenda.now)
        self.ledger.looked(self.head(deployment_id), self.agenda.now)
        wait = self._waits[deployment_id] = object()
        if again is not None:
            self.agenda.at(again, partial(self._end_wait, deployment_id, wait))

    def _end_wait(self, deployment_id: str, wait: object) -> None:
        if self._waits[deployment_id] is wait:
            self.look(deployment_id)

    def _tick(self) -> None:
        repair_due(self.service, self.agenda.now)
        self._take_up_executions()

    def _take_up_executions(self) -> None:
        while self._rollouts.started:
            _, deployment_id, _ = self._rollouts.started.pop()
            self.agenda.at(self.agenda.now, partial(self.look, deployment_id))
        while self.fleet.deliveries.started:
            event = self.fleet.deliveries.started.pop()
            attempt = Attempt(event.workspace, event.order, event.generation, event.attempts)
            deliver_event(self.service, attempt, self.agenda.now)

    def _new_id(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))
