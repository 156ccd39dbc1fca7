"""A rollout in one process: a fleet that polls the use cases over a table in memory, on a clock that nobody waits for.

The first deployment goes to a few devices and is aborted while some of them install it. The second goes to the whole
fleet in four phases. Executions and the tick of due work run as in AWS, by the same clock.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import Random
from uuid import UUID

from sluiceway.domain.artifacts import Provides
from sluiceway.domain.deployment import Definition, Deployment
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import DeploymentAborted
from sluiceway.domain.phases import WantedPhase, quota
from sluiceway.domain.retry import RetryPolicy
from sluiceway.storage.attributes import item_of
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.deployments import load_heads
from sluiceway.usecases.next_deployment import Offer
from tests.engine.invariants import Snapshot
from tests.engine.recording import PATIENT
from tests.load.agenda import Agenda, Happening
from tests.load.checks import check_end
from tests.load.devices import SimulatedDevice
from tests.load.ledger import Ledger
from tests.load.outcome import Outcome, outcome_of
from tests.support.app import NOW, RecordedRollouts
from tests.support.executions import advance
from tests.support.fleet import BOARD, WORKSPACE, Fleet
from tests.support.ticks import repair_due

SHARES = (1, 9, 40, None)
"""Percent of the fleet in each phase, the rest in the last one."""
FEWEST_DEVICES = 100
"""With fewer a phase would be empty."""
PHASE_EVERY = 1 / 7
"""The part of the simulated time after which the next phase opens."""
RETRY = RetryPolicy(attempts=3, base=timedelta(hours=1), cap=timedelta(hours=12))
TICK_EVERY = timedelta(minutes=1)
ROWS_SEEDED_AFTER = TICK_EVERY
"""The devices of a long list are offered nothing before the tick has given them their rows; then the first one asks."""
TRIED_FIRST = 0.01
"""Share of the fleet that gets the deployment that is aborted."""
LEAST_TRIED_FIRST = 20
"""So that some of them have not asked when it is aborted, after half the time in which all do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How large and how long. `poll_every` is the time between two polls of a device."""

    devices: int
    duration: timedelta
    poll_every: timedelta
    seed: int

    def __str__(self) -> str:
        days, minutes = self.duration / timedelta(days=1), self.poll_every / timedelta(minutes=1)
        return f"{self.devices:,} devices, {days:g} days, a poll every {minutes:g} minutes, seed {self.seed}"

    def split(self, workspaces: int) -> list[Settings]:
        """Share the devices out over so many workspaces, each with a seed of its own."""
        sizes = [quota(self.devices, number, workspaces) for number in range(workspaces)]
        return [replace(self, devices=size, seed=self.seed * workspaces + each) for each, size in enumerate(sizes)]


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Keep Python from going through the whole fleet again and again: hardly anything that goes is part of a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def simulate(settings: Settings) -> Outcome:
    """Simulate one workspace."""
    with no_search_for_cycles():
        return Simulation(settings).run()


class Simulation:
    """The service, its fleet, and the clock of both."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.chance = Random(settings.seed)
        self.agenda = Agenda(NOW)
        self.ledger = Ledger()
        self.table = MemoryTable(backoff=PATIENT)
        self._rollouts = RecordedRollouts()
        self._fleet = Fleet(self.table, rollouts=self._rollouts, new_id=self._new_id)
        self._release = self._fleet.upload("app-2").name
        self.devices = tuple(self._introduce(settings.devices))

    def run(self) -> Outcome:
        """Let the simulated time pass, and check at the end what was not checked on the way."""
        self._begin()
        self.agenda.run(NOW + self._settings.duration)
        stored = {key: item_of(attributes) for key, attributes in self.table.contents().items()}
        now = Snapshot.of(stored)
        check_end(now, self.ledger)
        return outcome_of(self.ledger, now)

    def _begin(self) -> None:
        self.agenda.every(TICK_EVERY, self._tick)
        self._deploy_and_abort()
        self._roll_out()
        for device in self.devices:
            self.agenda.after(ROWS_SEEDED_AFTER + self._settings.poll_every * self.chance.random(), device.poll)

    # What devices do

    def come_again(self, poll: Happening) -> None:
        """Let a device ask once more when its time has come."""
        self.agenda.after(self._settings.poll_every, poll)

    def ask(self, device: SimulatedDevice) -> Offer | None:
        """Let a device ask for work, and hold the service to its answer."""
        now = self.agenda.now
        offer = self._fleet.poll(device.claims, installed=device.installed, now=now)
        self.ledger.polls += 1
        if offer is None:
            self.ledger.turned_away(device.id, now)
        else:
            self.ledger.offered(device.id, offer, Provides(device.installed, BOARD, {}), now)
        return offer

    def tell(self, device: SimulatedDevice, offer: Offer, status: Status) -> bool:
        """Let a device report; False when it is to stop and roll back."""
        now = self.agenda.now
        self.ledger.reports += 1
        try:
            self._fleet.report(device.claims, offer.deployment_id, status, now=now)
        except DeploymentAborted:
            self.ledger.refused(device.id, offer.deployment_id)
            return False
        self.ledger.reported(device.id, offer.deployment_id, status, now)
        return True

    # What operators do

    def _deploy_and_abort(self) -> None:
        few = self.chance.sample(self.devices, max(LEAST_TRIED_FIRST, round(len(self.devices) * TRIED_FIRST)))
        made = self._create(_definition("first try", few, self._fleet.artifact.name))
        self.agenda.after(self._settings.poll_every / 2, partial(self._abort, made))

    def _abort(self, deployment: Deployment) -> None:
        abort_deployment(self._fleet.service, deployment.workspace, deployment.id, self.agenda.now)
        self.ledger.aborted(deployment.id)

    def _roll_out(self) -> None:
        step = self._settings.duration * PHASE_EVERY
        phases = tuple(WantedPhase(share, NOW + number * step) for number, share in enumerate(SHARES))
        definition = replace(_definition("rollout", self.devices, self._release), phases=phases, retry=RETRY)
        self.ledger.opened(self._create(definition), self.agenda.now)

    def _create(self, definition: Definition) -> Deployment:
        made = create_deployment(self._fleet.service, WORKSPACE, definition, self.agenda.now)
        deployment = self._head(made)
        self.ledger.follow(deployment, frozenset(definition.devices))
        self._take_up_executions()
        return deployment

    # What the cloud does

    def _tick(self) -> None:
        repair_due(self._fleet.service, self.agenda.now)
        self._take_up_executions()

    def _take_up_executions(self) -> None:
        while self._rollouts.started:
            _, deployment_id, _ = self._rollouts.started.pop()
            self.agenda.at(self.agenda.now, partial(self._advance, deployment_id))

    def _advance(self, deployment_id: str) -> None:
        """Do what the execution of a deployment does when it wakes up."""
        look_again = advance(self._fleet.service, WORKSPACE, deployment_id, self.agenda.now)
        self.ledger.opened(self._head(deployment_id), self.agenda.now)
        if look_again is not None:
            self.agenda.at(look_again, partial(self._advance, deployment_id))

    def _head(self, deployment_id: str) -> Deployment:
        return load_heads(self._fleet.service, WORKSPACE, [deployment_id])[deployment_id]

    def _introduce(self, devices: int) -> Iterator[SimulatedDevice]:
        for _ in range(devices):
            yield SimulatedDevice(self, self._fleet.accept(), "app-0")

    def _new_id(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128), version=4))


def _definition(name: str, devices: Iterable[SimulatedDevice], release: str) -> Definition:
    return Definition(name, release, tuple(device.id for device in devices))
