"""What simulated devices do: ask for work in their rhythm, install, and say how it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Protocol

from sluiceway.domain.device_deployment import Status
from sluiceway.usecases.next_deployment import Answer, Offer
from sluiceway.usecases.ports import Claims
from tests.load.agenda import Agenda, Happening
from tests.load.scenario import SILENCES, failures_of

STEPS = (
    (Status.DOWNLOADING, 0.5),
    (Status.INSTALLING, 20.0),
    (Status.REBOOTING, 5.0),
    (Status.SUCCESS, 5.0),
)
"""What a device reports of an installation that goes well, and for how many minutes at most it worked towards that."""


@dataclass(frozen=True, slots=True)
class Said:
    """A report, and how long after the one before it comes."""

    after: timedelta
    status: Status


def installation(release: str, chance: Random) -> Sequence[Said]:
    """What a device will say while it installs: to the end, to a failure, or until it falls silent."""
    failures = failures_of(release)
    steps = [Said(timedelta(minutes=chance.random() * most), status) for status, most in STEPS]
    fate = chance.random()
    if fate < failures:
        return [*steps[:2], Said(steps[2].after, Status.FAILURE)]
    if fate < failures + SILENCES:
        return steps[:2]
    return steps


class Surroundings(Protocol):
    """What a device meets: the service, and the time."""

    agenda: Agenda
    chance: Random

    def come_again(self, poll: Happening) -> None:
        """Let a device ask once more when its time has come."""
        ...

    def ask(self, device: SimulatedDevice) -> Answer:
        """Let a device ask for work."""
        ...

    def tell(self, device: SimulatedDevice, offer: Offer, status: Status) -> bool:
        """Let a device report; False when it is to stop and roll back."""
        ...


class SimulatedDevice:
    """One device; it asks for nothing while it installs, and its rhythm goes on meanwhile."""

    __slots__ = ("_surroundings", "claims", "id", "installed", "is_busy", "is_silent")

    def __init__(self, surroundings: Surroundings, claims: Claims, installed: str) -> None:
        self._surroundings = surroundings
        self.claims = claims
        self.id = str(claims["sub"])
        self.installed = installed
        self.is_busy = self.is_silent = False

    @property
    def is_idle(self) -> bool:
        """Whether it would ask for work when it polls."""
        return not (self.is_busy or self.is_silent)

    def poll(self) -> None:
        """Ask for work, unless it works, and come again."""
        if self.is_silent:
            return
        self._surroundings.come_again(self.poll)
        if not self.is_busy:
            self.ask()

    def ask(self) -> Answer:
        """Ask for work, and begin with it."""
        answer = self._surroundings.ask(self)
        offer = answer.offer
        if offer is not None:
            self.is_busy = True
            self._go_on(offer, iter(installation(offer.artifact.name, self._surroundings.chance)))
        return answer

    def _go_on(self, offer: Offer, script: Iterator[Said]) -> None:
        said = next(script, None)
        if said is None:
            self.is_silent = True
        else:
            self._surroundings.agenda.after(said.after, partial(self._report, offer, said.status, script))

    def _report(self, offer: Offer, status: Status, script: Iterator[Said]) -> None:
        is_to_go_on = self._surroundings.tell(self, offer, status)
        if is_to_go_on and not status.is_final:
            self._go_on(offer, script)
            return
        self.is_busy = False
        if status is Status.SUCCESS and is_to_go_on:
            self.installed = offer.artifact.name
