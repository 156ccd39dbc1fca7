"""What devices were told and what they said, kept apart from the service, and what each of its answers promises."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from sluiceway.domain.artifacts import Artifact, Provides
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import (
    Asked,
    DeadlinePassed,
    DeviceDeployment,
    Event,
    Reported,
    Status,
    decide,
)
from sluiceway.domain.holds import Hold, Reason
from sluiceway.domain.plan import Plan
from sluiceway.usecases.explain import Explanation
from sluiceway.usecases.next_deployment import Answer, Offer
from tests.load.followed import Followed

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


_TOLD_WITH_POLLS = frozenset(
    {Reason.NOT_STARTED, Reason.PAUSED, Reason.PHASE_NOT_OPEN, Reason.RETRY_LATER, Reason.IN_FLIGHT_REACHED}
)
"""What a poll is turned away with; other reasons let it go on to the next deployment."""


class Ledger:
    """Holds each answer to what was told and said before, at the moment when it is given."""

    def __init__(self, artifacts: Mapping[str, Artifact]) -> None:
        self.findings = Findings()
        self.followed: dict[str, Followed] = {}
        self._roll_backs: list[Followed] = []
        self.polls = self.reports = 0
        self._artifacts = artifacts

    # What operators and executions do

    def follow(self, deployment: Deployment, plan: Plan | None, devices: tuple[str, ...], now: datetime) -> None:
        """Begin with a deployment to a fixed list that was just made."""
        rows = {row.device_id: row for row in deployment.rows_of(devices)}
        followed = self.followed[deployment.id] = Followed(deployment, plan, rows)
        followed.openings += [now] * (deployment.open_phase + 1)

    def follow_roll_back(self, deployment: Deployment) -> None:
        """Begin with a deployment that gives devices back what they had before another one."""
        undone = self.followed[deployment.rolls_back]
        restoring = {each: deployment.restoring_row_of(row) for each, row in undone.rows.items()}
        rows = {device_id: row for device_id, row in restoring.items() if row is not None}
        self.followed[deployment.id] = Followed(deployment, None, rows)
        self._roll_backs.append(self.followed[deployment.id])

    def looked(self, deployment: Deployment, now: datetime) -> None:
        """Note what the execution of a deployment has just done."""
        followed = self.followed[deployment.id]
        for device_id in followed.pop_overdue(now):
            self._decide(followed, device_id, DeadlinePassed(), now)
        for number in range(len(followed.openings), deployment.open_phase + 1):
            self._opened(followed, number, now)
        followed.is_paused = deployment.steering.pause is not None

    def _opened(self, followed: Followed, number: int, now: datetime) -> None:
        start = followed.deployment.phases[number].start
        if start is not None and now < start:
            self.findings.add("no phase opens before its time", followed.deployment.id, number, now)
        if not followed.has_passed(number - 1, now):
            self.findings.add("no phase opens before the gate of the one before is passed", number, now)
        if followed.is_paused:
            self.findings.add("no phase opens during a pause", followed.deployment.id, number, now)
        followed.openings.append(now)

    def paused(self, deployment_id: str) -> None:
        """Note that a pause has answered: from now on it is in force."""
        self.followed[deployment_id].is_paused = True

    def resumed(self, deployment_id: str, *, overrules: bool) -> None:
        """Note that a resume has answered; it overrules the gate when that was why nothing went on."""
        followed = self.followed[deployment_id]
        followed.is_paused = False
        followed.is_overruled |= overrules

    def aborted(self, deployment_id: str) -> None:
        """Note that an abort has answered: from now on it is final."""
        self.followed[deployment_id].is_aborted = True

    # What devices are told

    def answered(self, device_id: str, answer: Answer, provides: Provides, now: datetime) -> None:
        """Note what a device that asked for work was told."""
        self.polls += 1
        self._check_restored(device_id, provides)
        if answer.offer is None:
            self._turned_away(device_id, provides, now)
        else:
            self._offered(device_id, answer.offer, provides, now)

    def explained(self, explanation: Explanation, answer: Answer) -> None:
        """Hold an explanation to what the device was told that asked at the same moment."""
        is_offered = answer.offer is not None and answer.offer.deployment_id == explanation.deployment_id
        first = explanation.holds[0] if explanation.holds else None
        is_told = first is None or first.reason not in _TOLD_WITH_POLLS or _is_same(first, answer.hold)
        if is_offered == (first is not None) or not is_told:
            self.findings.add("an explanation says what the next poll is told", explanation, answer)

    def _check_restored(self, device_id: str, provides: Provides) -> None:
        for each in self._roll_backs:
            row = each.rows.get(device_id)
            if row and row.status is Status.SUCCESS and row.restores != provides.artifact_name:
                self.findings.add("who was rolled back ends on what it had", row, provides)

    def _offered(self, device_id: str, offer: Offer, provides: Provides, now: datetime) -> None:
        followed = self.followed[offer.deployment_id]
        if device_id not in followed.fresh:
            self.findings.add("only the targets of a deployment take part", offer.deployment_id, device_id)
            return
        if followed.is_aborted:
            self.findings.add("an abort is final", f"{offer.deployment_id} was offered to {device_id} after it")
        if followed.is_paused:
            self.findings.add("nothing is offered during a pause", offer.deployment_id, device_id, now)
        if not followed.is_open_for(device_id):
            self.findings.add("a device is let in once its phase is open", followed.row_of(device_id), now)
        if followed.row_of(device_id).restores not in {"", offer.artifact.name}:
            self.findings.add("a roll back gives each device what it had", followed.row_of(device_id), offer)
        followed.offered_bytes[device_id] = offer.artifact.file.size
        self._decide(followed, device_id, _asked(Status.PENDING, offer.artifact, provides), now)
        if followed.is_overfull:
            self.findings.add("no more devices work at once than the cap", offer.deployment_id, followed.in_flight, now)

    def _turned_away(self, device_id: str, provides: Provides, now: datetime) -> None:
        """Hold the service to its having nothing for a device at present."""
        running = [each for each in self.followed.values() if not each.is_aborted and device_id in each.fresh]
        rows = [each.rows.get(device_id) for each in running]
        if any(row is not None and row.is_open for row in rows):
            return
        for each, row in zip(running, rows, strict=True):
            if row is not None:
                continue
            if each.fresh[device_id].restores == provides.artifact_name:
                has_it = _asked(Status.ALREADY_INSTALLED, self._artifacts[provides.artifact_name], provides)
                self._decide(each, device_id, has_it, now)
            elif each.lets_in(device_id):
                self.findings.add("whoever asks while there is room is let in", each.deployment.id, device_id, now)

    # What devices say

    def reported(self, device_id: str, deployment_id: str, status: Status, now: datetime) -> None:
        """Note a report that was accepted."""
        self.reports += 1
        followed = self.followed[deployment_id]
        if followed.is_aborted and followed.row_of(device_id).is_open:
            self.findings.add("an abort is final", f"a report of {device_id} was accepted after it")
        self._decide(followed, device_id, Reported(status), now)

    def refused(self, device_id: str, deployment_id: str) -> None:
        """Note that a device was told to stop and roll back."""
        self.reports += 1
        if not self.followed[deployment_id].is_aborted:
            self.findings.add("a running deployment takes its devices' reports", deployment_id, device_id)

    def _decide(self, followed: Followed, device_id: str, event: Event, now: datetime) -> None:
        decided = decide(followed.row_of(device_id), event, now)
        if isinstance(decided, DeviceDeployment):
            followed.stands(decided)
        else:
            self.findings.add("what was answered was decided", followed.deployment.id, device_id, event, decided)


def _asked(outcome: Status, artifact: Artifact, provides: Provides) -> Asked:
    return Asked(outcome, provides.digest(), provides.device_type, artifact.id, provides.artifact_name)


def _is_same(explained: Hold, told: Hold | None) -> bool:
    """Compare the reasons: an explanation also knows of soaks and of the plan's end."""
    return told is not None and explained.reason is told.reason
