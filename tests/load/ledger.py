"""What devices were told and what they said, kept apart from the service, and what each of its answers promises."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sluiceway.domain.artifacts import Provides
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import Asked, DeviceDeployment, Event, Reported, Status, decide
from sluiceway.domain.phases import room
from sluiceway.usecases.next_deployment import Offer

_EXPLAINED = 3
"""Cases of one broken invariant that are told; the rest are counted."""

_EVIDENCE_CHARACTERS = 2_000


class Findings:
    """The invariants that were found broken, each with its first cases."""

    def __init__(self) -> None:
        self._cases: defaultdict[str, list[str]] = defaultdict(list)
        self._counts: Counter[str] = Counter()

    def add(self, invariant: str, *evidence: object) -> None:
        """Note that an invariant does not hold."""
        self._counts[invariant] += 1
        if self._counts[invariant] <= _EXPLAINED:
            self._cases[invariant].append(", ".join(map(str, evidence))[:_EVIDENCE_CHARACTERS])

    def __len__(self) -> int:
        return len(self._counts)

    def __add__(self, other: Findings) -> Findings:
        both = Findings()
        for each in (self, other):
            both._counts.update(each._counts)
            for invariant, cases in each._cases.items():
                both._cases[invariant] = [*both._cases[invariant], *cases][:_EXPLAINED]
        return both

    def lines(self) -> list[str]:
        """Explain each broken invariant."""
        return [
            f"BROKEN: {invariant} ({self._counts[invariant]} times), as in: {case}"
            for invariant, cases in self._cases.items()
            for case in cases
        ]


@dataclass(eq=False)
class Followed:
    """One deployment as its devices know it."""

    deployment: Deployment
    members: frozenset[str]
    rows: dict[str, DeviceDeployment] = field(default_factory=dict)
    """What `decide` makes of all that each device was told and said; who never asked is not there."""
    openings: list[datetime] = field(default_factory=list)
    """When each phase opened."""
    offered_bytes: Counter[str] = field(default_factory=Counter)
    is_aborted: bool = False

    def row_of(self, device_id: str) -> DeviceDeployment:
        """The device's part so far."""
        return self.rows.get(device_id) or self.deployment.row_of(device_id)

    @property
    def has_room(self) -> bool:
        """Whether one more device may be let in at present."""
        return len(self.rows) < self._room

    @property
    def is_overfull(self) -> bool:
        """Whether more devices were let in than the open phases hold."""
        return len(self.rows) > self._room

    @property
    def _room(self) -> int:
        if not self.deployment.phases:
            return self.deployment.size
        return room(self.deployment.phases, len(self.openings) - 1)


class Ledger:
    """Holds each answer to what was told and said before, at the moment when it is given."""

    def __init__(self) -> None:
        self.findings = Findings()
        self.followed: dict[str, Followed] = {}
        self.polls = self.reports = 0

    def follow(self, deployment: Deployment, members: frozenset[str]) -> None:
        """Begin with a deployment that was just made."""
        self.followed[deployment.id] = Followed(deployment, members)

    def opened(self, deployment: Deployment, now: datetime) -> None:
        """Note what the execution of a deployment has just opened."""
        followed = self.followed[deployment.id]
        for phase in deployment.phases[len(followed.openings) : deployment.open_phase + 1]:
            if phase.start is not None and now < phase.start:
                self.findings.add("no phase opens before its time", deployment.id, phase, now)
            followed.openings.append(now)

    def aborted(self, deployment_id: str) -> None:
        """Note that an abort has answered: from now on it is final."""
        self.followed[deployment_id].is_aborted = True

    def offered(self, device_id: str, offer: Offer, provides: Provides, now: datetime) -> None:
        """Note an offer, and hold it to what the plan lets in."""
        followed = self.followed[offer.deployment_id]
        if device_id not in followed.members:
            self.findings.add("only the targets of a deployment take part", offer.deployment_id, device_id)
        if followed.is_aborted:
            self.findings.add("an abort is final", f"{offer.deployment_id} was offered to {device_id} after it")
        installed = provides.artifact_name
        asked = Asked(Status.PENDING, provides.digest(), provides.device_type, offer.artifact.id, installed)
        followed.offered_bytes[device_id] = offer.artifact.file.size
        self._decide(followed, device_id, asked, now)
        if followed.is_overfull:
            self.findings.add("limits and phases are never passed", offer.deployment_id, len(followed.rows), now)

    def turned_away(self, device_id: str, now: datetime) -> None:
        """Hold the service to its having nothing for a device at present."""
        running = [each for each in self.followed.values() if not each.is_aborted and device_id in each.members]
        if any(device_id in each.rows and each.rows[device_id].is_open for each in running):
            return
        for each in running:
            if device_id not in each.rows and each.has_room:
                self.findings.add("whoever asks while there is room is let in", each.deployment.id, device_id, now)

    def reported(self, device_id: str, deployment_id: str, status: Status, now: datetime) -> None:
        """Note a report that was accepted."""
        followed = self.followed[deployment_id]
        if followed.is_aborted and followed.row_of(device_id).is_open:
            self.findings.add("an abort is final", f"a report of {device_id} was accepted after it")
        self._decide(followed, device_id, Reported(status), now)

    def refused(self, device_id: str, deployment_id: str) -> None:
        """Note that a device was told to stop and roll back."""
        if not self.followed[deployment_id].is_aborted:
            self.findings.add("a running deployment takes its devices' reports", deployment_id, device_id)

    def _decide(self, followed: Followed, device_id: str, event: Event, now: datetime) -> None:
        decided = decide(followed.row_of(device_id), event, now)
        if isinstance(decided, DeviceDeployment):
            followed.rows[device_id] = decided
        else:
            self.findings.add("what was answered was decided", followed.deployment.id, device_id, event, decided)
