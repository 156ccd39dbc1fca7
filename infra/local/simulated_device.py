"""Devices that behave as they are told, for the demonstration and the tests: everything but the installing is real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from fnmatch import fnmatchcase

import httpx

from infra.local.device_client import DeviceClient, RolledBackError, Work
from sluiceway.domain.artifact_file import ArtifactFile
from sluiceway.domain.errors import InvalidArtifact


class Behaviour(StrEnum):
    """What a device does with an update."""

    SUCCEEDS = "succeeds"
    FAILS = "fails while installing, sends its log and keeps the old version"
    GOES_SILENT = "is never heard of again once it has begun to install"
    REPORTS_TWICE = "sends every report twice, as after a lost answer"
    REPORTS_LATE = "repeats its report of installing after that of success"
    COMES_BACK_OLD = "reports success and comes back on the old version"


def _starts(release: str) -> str:  # noqa: ARG001 - whatever the release
    return ""


@dataclass
class SimulatedDevice:
    """One device. `artifact_name` is what runs on it, `provides` what that says of itself besides."""

    name: str
    http: httpx.Client
    device_type: str = "simulated"
    artifact_name: str = "factory"
    behaviour: Behaviour = Behaviour.SUCCEEDS
    tenant_token: str = ""
    defect_of: Callable[[str], str] = _starts
    """What keeps a release from starting here, asked whenever one was installed; nothing when it starts."""
    provides: dict[str, str] = field(default_factory=dict[str, str])
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
        work = self.client.next_work(self.device_provides)
        if work is None:
            return
        yield "offered"
        try:
            yield from self._carry_out(work)
        except RolledBackError:
            yield "rolled back"

    @property
    def device_provides(self) -> dict[str, str]:
        """What the device says of itself when it asks for work (contract 9.2)."""
        return {**self.provides, "artifact_name": self.artifact_name, "device_type": self.device_type}

    def _carry_out(self, work: Work) -> Iterator[str]:
        yield from self._report(work, "downloading")
        file = self._download(work)
        yield "downloaded"
        yield from self._report(work, "installing")
        if self.behaviour is Behaviour.GOES_SILENT:
            return
        if isinstance(file, str):
            yield from self._give_up(work, file)
        elif defect := self._start(work):
            yield from self._give_up(work, defect)
        else:
            yield from self._commit(work, file)

    def _download(self, work: Work) -> ArtifactFile | str:
        """Return the artifact, or what is wrong with it (contract 12.4, 12.7)."""
        try:
            file = self.client.download(work)
        except InvalidArtifact as problem:
            return str(problem)
        if file.name != work.artifact_name:
            return f"the artifact is {file.name}, not {work.artifact_name}"
        if self.device_type not in file.device_types_compatible:
            return f"the artifact is not for {self.device_type}"
        return file

    def _start(self, work: Work) -> str:
        """Return what keeps the installed program from starting, nothing when it starts."""
        if self.behaviour is Behaviour.FAILS:
            return "the installed program did not start"
        return self.defect_of(work.artifact_name)

    def _commit(self, work: Work, file: ArtifactFile) -> Iterator[str]:
        self._tell(work, "success")
        if self.behaviour is not Behaviour.COMES_BACK_OLD:
            self._remember(file)
        yield "success"
        if self.behaviour is Behaviour.REPORTS_LATE:
            yield from self._report(work, "installing")

    def _remember(self, file: ArtifactFile) -> None:
        """Keep what the new software says of itself, in place of what it clears (contract 11.7)."""
        kept = {
            key: value
            for key, value in self.provides.items()
            if not any(fnmatchcase(key, cleared) for cleared in file.clears_provides)
        }
        self.provides = {**kept, **file.provides}
        self.artifact_name = file.name

    def _give_up(self, work: Work, reason: str) -> Iterator[str]:
        yield from self._report(work, "failure")
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.client.send_log(work, [{"timestamp": now, "level": "error", "message": reason}])
        yield "log sent"

    def _report(self, work: Work, status: str) -> Iterator[str]:
        self._tell(work, status)
        yield status

    def _tell(self, work: Work, status: str) -> None:
        for _ in range(2 if self.behaviour is Behaviour.REPORTS_TWICE else 1):
            self.client.report(work, status)
