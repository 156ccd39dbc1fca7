"""What is rolled out in a simulation, to whom and how: the names, releases and plans of its deployments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sluiceway.domain.deadlines import Deadlines
from sluiceway.domain.gates import Gate
from sluiceway.domain.phases import quota
from sluiceway.domain.plan import Plan, PlannedPhase
from sluiceway.domain.retry import RetryPolicy

FIRST_TRY = "first try"
FAULTY_ROLLOUT = "faulty rollout"
ROLLOUT = "rollout"

OLD_RELEASE = "app-0"
TRIED_RELEASE = "app-1"
FAULTY_RELEASE = "app-2"
NEW_RELEASE = "app-3"

FAILURES = 0.02
"""Share of installations that fail."""
FAULTY_FAILURES = 0.8
"""The same of the faulty release."""
SILENCES = 0.01
"""Share of installations in the middle of which the device falls silent for good."""

FEWEST_DEVICES = 100
"""With fewer a phase would be empty."""
FEW = 0.01
"""Share of the fleet that gets the first try, and as many others the faulty release."""
LEAST_FEW = 20
"""So that some have not asked when the first try is aborted, and enough fail of the faulty one."""

_AN_HOUR = timedelta(hours=1)
_PERCENTS = (1, 9, 40, None)
"""Of the devices in each phase, the rest in the last one."""
_LAST_PHASE_STARTS_AFTER = 4 / 7
"""The part of the simulated time: the last phase waits for its start, those before it for gates only."""
_IN_FLIGHT = 0.05
"""Share of the devices that may work on the rollout at once."""
_FAULTY_IN_FLIGHT = 0.02
"""A cap that is always reached."""
_FAILURES_TOLERATED = 2
_DEADLINES = Deadlines(offered=_AN_HOUR, downloading=_AN_HOUR, installing=_AN_HOUR, rebooting=_AN_HOUR)
_LOOK_EVERY = timedelta(minutes=15)


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

    @property
    def few(self) -> int:
        """How many devices get what is not for the whole fleet."""
        return max(LEAST_FEW, round(self.devices * FEW))

    def chance(self, whose: str) -> Random:
        """Return a source of chance that nothing else draws from."""
        return Random(f"{self.seed}/{whose}")

    def split(self, workspaces: int) -> list[Settings]:
        """Share the devices out over so many workspaces, each with a seed of its own."""
        sizes = [quota(self.devices, number, workspaces) for number in range(workspaces)]
        return [replace(self, devices=size, seed=self.seed * workspaces + each) for each, size in enumerate(sizes)]


def rollout_plan(settings: Settings, begins: datetime) -> Plan:
    """Four phases, each behind the gate of the one before; silent devices hold none of them up."""
    gate = Gate(
        most_failure_share=0.2, most_timeout_share=0.1, minimum_sample=20, least_ended_share=0.95, soak=_AN_HOUR
    )
    phases = [PlannedPhase(percent=percent, gate=gate) for percent in _PERCENTS]
    last_start = begins + settings.duration * _LAST_PHASE_STARTS_AFTER
    return Plan(
        (*phases[:-1], replace(phases[-1], start=last_start)),
        most_in_flight=_share(_IN_FLIGHT, settings.devices),
        retry=RetryPolicy(attempts=3, base=_AN_HOUR, cap=12 * _AN_HOUR),
        deadlines=_DEADLINES,
        look_every=_LOOK_EVERY,
    )


def faulty_plan(settings: Settings) -> Plan:
    """Two phases; the gate of the first does not let the second one open."""
    gate = Gate(most_failures=_FAILURES_TOLERATED)
    return Plan(
        (PlannedPhase(percent=50, gate=gate), PlannedPhase(gate=gate)),
        most_in_flight=_share(_FAULTY_IN_FLIGHT, settings.few),
        deadlines=_DEADLINES,
        look_every=_LOOK_EVERY,
    )


def failures_of(release: str) -> float:
    """Return the share of the installations of a release that fail."""
    return FAULTY_FAILURES if release == FAULTY_RELEASE else FAILURES


def _share(share: float, devices: int) -> int:
    return max(1, round(devices * share))
