"""A rollout in one process: a fleet that polls the use cases over a table in memory, on a clock that nobody waits for.

The first deployment goes to a few devices and is aborted while some of them install it. A few others get a faulty
release: its gate pauses it, and it is rolled back. The rest of the fleet gets a good one in four phases. Executions and
the tick of due work run as in AWS, by the same clock.
"""

from __future__ import annotations

from functools import cache

from sluiceway.domain.artifacts import Provides
from sluiceway.domain.device_deployment import Status
from sluiceway.domain.errors import DeploymentAborted
from sluiceway.usecases.next_deployment import Answer, Offer
from tests.engine.invariants import Snapshot
from tests.load.agenda import Agenda, Happening
from tests.load.checks import check_end
from tests.load.cloud import TICK_EVERY, Cloud
from tests.load.devices import SimulatedDevice
from tests.load.operators import Operators
from tests.load.outcome import Outcome, outcome_of
from tests.load.scenario import OLD_RELEASE, Settings
from tests.support.app import NOW
from tests.support.fleet import BOARD

ROWS_SEEDED_AFTER = TICK_EVERY
"""The devices of a long list are offered nothing before the tick has given them their rows; then the first one asks."""


def simulate(settings: Settings) -> Outcome:
    """Simulate one workspace."""
    return Simulation(settings).run()


@cache
def _provides(installed: str) -> Provides:
    return Provides(installed, BOARD, {})


class Simulation:
    """The service, its fleet, and the clock of both."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.chance = settings.chance("devices")
        self.agenda = Agenda(NOW)
        self._cloud = Cloud(self.agenda, settings.chance("ids"))
        self._ledger = self._cloud.ledger
        self._devices = [SimulatedDevice(self, each, OLD_RELEASE) for each in self._cloud.accept(settings.devices)]

    def run(self) -> Outcome:
        """Let the simulated time pass, and check at the end what was not checked on the way."""
        Operators(self._cloud, self._settings, self._devices).begin()
        for device in self._devices:
            self.agenda.after(ROWS_SEEDED_AFTER + self._settings.poll_every * self.chance.random(), device.poll)
        self.agenda.run(NOW + self._settings.duration)
        now = Snapshot.of(self._cloud.table.records())
        check_end(now, self._ledger, self.agenda.now)
        return outcome_of(self._ledger, now)

    def come_again(self, poll: Happening) -> None:
        """Let a device ask once more when its time has come."""
        self.agenda.after(self._settings.poll_every, poll)

    def ask(self, device: SimulatedDevice) -> Answer:
        """Let a device ask for work, and hold the service to its answer."""
        provides = _provides(device.installed)
        answer = self._cloud.fleet.ask(device.claims, provides, self.agenda.now)
        self._ledger.answered(device.id, answer, provides, self.agenda.now)
        return answer

    def tell(self, device: SimulatedDevice, offer: Offer, status: Status) -> bool:
        """Let a device report; False when it is to stop and roll back."""
        now = self.agenda.now
        try:
            self._cloud.fleet.report(device.claims, offer.deployment_id, status, now=now)
        except DeploymentAborted:
            self._ledger.refused(device.id, offer.deployment_id)
            return False
        self._ledger.reported(device.id, offer.deployment_id, status, now)
        return True
