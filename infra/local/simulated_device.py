"""Devices that behave as they are told, for the demonstration and the tests: everything but the installing is real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import httpx

from infra.local.device_client import DeviceClient, RolledBackError, Work
from sluiceway.domain.errors import InvalidArtifact


class Behaviour(StrEnum):
    """What a device does with an update."""

    SUCCEEDS = "succeeds"
    FAILS = "fails while installing, sends its log and keeps the old version"
    GOES_SILENT = "is never heard of again once it has begun to install"
    REPORTS_TWICE = "sends every report twice, as after a lost answer"
    REPORTS_LATE = "repeats its report of installing after that of success"
    COMES_BACK_OLD = "reports success and comes back on the old version"


@dataclass
class SimulatedDevice:
    """One device. `artifact_name` is what runs on it."""

    name: str
    http: httpx.Client
    device_type: str = "simulated"
    artifact_name: str = "factory"
    behaviour: Behaviour = Behaviour.SUCCEEDS
    tenant_token: str = ""
    client: DeviceClient = field(init=False)

    def __post_init__(self) -> None:
        """Give the device its identity and key."""
        self.client = DeviceClient(self.http, {"name": self.name}, self.tenant_token)

    def check_in(self) -> bool:
        """Get a token and tell the inventory; False while nobody has accepted the device."""
        if not self.client.authenticate():
            return False
        self.client.send_inventory({"artifact_name": self.artifact_name, "device_type": self.device_type})
        return True

    def update(self) -> bool:
        """Ask for work and carry it out at once; False when there was none."""
        return sum(1 for _ in self.steps()) > 0

    def steps(self) -> Iterator[str]:
        """Ask for work and carry it out, one step at a time; each step is named after it was done."""
        work = self.client.next_work({"artifact_name": self.artifact_name, "device_type": self.device_type})
        if work is None:
            return
        yield "offered"
        try:
            yield from self._carry_out(work)
        except RolledBackError:
            yield "rolled back"

    def _carry_out(self, work: Work) -> Iterator[str]:
        yield from self._report(work, "downloading")
        problem = self._verify(work)
        yield "downloaded"
        yield from self._report(work, "installing")
        if self.behaviour is Behaviour.GOES_SILENT:
            return
        if problem or self.behaviour is Behaviour.FAILS:
            yield from self._give_up(work, problem or "the installed program did not start")
        else:
            yield from self._commit(work)

    def _verify(self, work: Work) -> str:
        """Download and return what is wrong with the artifact, nothing when it is good (contract 12.4, 12.7)."""
        try:
            file = self.client.download(work)
        except InvalidArtifact as problem:
            return str(problem)
        if file.name != work.artifact_name:
            return f"the artifact is {file.name}, not {work.artifact_name}"
        if self.device_type not in file.device_types_compatible:
            return f"the artifact is not for {self.device_type}"
        return ""

    def _commit(self, work: Work) -> Iterator[str]:
        yield from self._report(work, "success")
        if self.behaviour is Behaviour.REPORTS_LATE:
            yield from self._report(work, "installing")
        if self.behaviour is not Behaviour.COMES_BACK_OLD:
            self.artifact_name = work.artifact_name

    def _give_up(self, work: Work, reason: str) -> Iterator[str]:
        yield from self._report(work, "failure")
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.client.send_log(work, [{"timestamp": now, "level": "error", "message": reason}])
        yield "log sent"

    def _report(self, work: Work, status: str) -> Iterator[str]:
        for _ in range(2 if self.behaviour is Behaviour.REPORTS_TWICE else 1):
            self.client.report(work, status)
        yield status
