"""Why a device is not updating (design section 7): every rule for one device and one deployment, in turn.

The rules are those of a poll, evaluated by the same functions on what a poll of the device would find now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.domain.effective import effective
from sluiceway.domain.errors import NotFound
from sluiceway.domain.holds import Hold, Reason, standing_holds
from sluiceway.domain.slots import SlotKind
from sluiceway.storage.row_items import read_row, row_key
from sluiceway.storage.table import Record
from sluiceway.usecases.admission import find_place
from sluiceway.usecases.config_devices import get_config_devices
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.device_rows import find_row
from sluiceway.usecases.releases import release_artifacts
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import DeviceSession, view_of_device
from sluiceway.usecases.work_queue import Candidate, read_work_queue
from sluiceway.usecases.workflow_devices import get_workflow_devices

ALWAYS_TOLD = frozenset({Reason.FINISHED, Reason.ABORTED, Reason.NOT_A_TARGET, Reason.NOT_ACCEPTED})
COUNTING = (Reason.FULL, Reason.PHASE_FULL, Reason.PACE_REACHED, Reason.IN_FLIGHT_REACHED)
"""Rules that look at how many devices there are, in their order."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What keeps a device from being offered a deployment, the first that does first; nothing when nothing does."""

    device_id: str
    deployment_id: str
    status: Status | None
    """Where the device stands in the deployment; None when it has no part in it."""
    holds: tuple[Hold, ...]
    ahead: str = ""
    """Id of the deployment that goes first, with the reason WAITS_FOR_ANOTHER."""
    was_offered: bool = False
    """Whether the device was offered this attempt: then it is the device's turn to report."""

    def hold_by(self, reason: Reason) -> Hold | None:
        """Return what one rule keeps the device from; None when it does not."""
        return next((hold for hold in self.holds if hold.reason is reason), None)

    def was_looked_at(self, reason: Reason) -> bool:
        """Tell whether a rule was evaluated: some say nothing of a device without a part, or with one that has ended.

        Of the rules that count devices only the first that keeps it back is known.
        """
        if reason in ALWAYS_TOLD:
            return True
        if self.status is None or reason is Reason.PART_ENDED:
            return self.status is not None
        if self.status.is_final or reason is Reason.WAITS_FOR_ANOTHER:
            return not self.status.is_final
        return not self.was_offered and (self.hold_by(reason) is not None or not self._is_behind_a_count(reason))

    def _is_behind_a_count(self, reason: Reason) -> bool:
        """Tell whether a rule that counts devices comes after one that keeps the device back."""
        if reason not in COUNTING:
            return False
        return any(self.hold_by(earlier) for earlier in COUNTING[: COUNTING.index(reason)])


@dataclass(frozen=True, slots=True)
class _Case:
    """One device as its next poll would find it."""

    service: Service
    session: DeviceSession
    now: datetime

    def row_in(self, deployment: Deployment) -> DeviceDeployment | None:
        """Return the device's part in a deployment as it stands, None when it has none."""
        try:
            return effective(find_row(self.service, self.session, deployment.id), deployment)
        except NotFound:
            return None

    def ahead_of(self, deployment: Deployment) -> str:
        """Return the id of the deployment that the device is to be given first, empty when it is this one."""
        queue = read_work_queue(self.service, self.session, self.now)
        for candidate in queue.candidates:
            if candidate.deployment.id == deployment.id:
                break
            if not self._is_passed_over(candidate):
                return candidate.deployment.id
        return ""

    def _is_passed_over(self, candidate: Candidate) -> bool:
        hold = next(self.offer_holds(candidate.deployment, candidate.row), None)
        return not candidate.row.is_offered and hold is not None and hold.reason.is_for_good

    def offer_holds(self, deployment: Deployment, row: DeviceDeployment) -> Iterator[Hold]:
        """Give what keeps a poll from offering, and last what it would be turned away with."""
        yield from standing_holds(deployment, row, self.session.device.time_zone, self.now)
        place = find_place(self.service, deployment, row, self.now, is_second_look=True)
        if isinstance(place, Hold):
            yield place
        if not self._has_artifact_for(deployment, row):
            yield Hold(Reason.NO_MATCHING_ARTIFACT)

    def _has_artifact_for(self, deployment: Deployment, row: DeviceDeployment) -> bool:
        """Tell by the device type that the device last told; what else it depends on, it tells when it asks."""
        artifacts = release_artifacts(self.service, deployment.workspace, row.restores or deployment.artifact_name)
        device_type = self.session.device.device_type
        return not device_type or any(device_type in artifact.file.device_types_compatible for artifact in artifacts)


def explain(service: Service, workspace: str, deployment_id: str, device_id: str, now: datetime) -> Explanation:
    """Evaluate every rule. Raises NotFound when the workspace has no such deployment or device."""
    progress = load(service, workspace, deployment_id)
    if progress.deployment.is_pushed:
        return _explain_pushed(service, progress, device_id, now)
    case = _Case(service, view_of_device(service, workspace, device_id), now)
    row = case.row_in(progress.deployment)
    ahead = case.ahead_of(progress.deployment) if row is not None and row.is_open else ""
    return Explanation(
        device_id,
        deployment_id,
        status=row.status if row else None,
        holds=tuple(_holds(case, progress, row, ahead)),
        ahead=ahead,
        was_offered=row is not None and row.is_offered,
    )


def _holds(case: _Case, progress: Progress, row: DeviceDeployment | None, ahead: str) -> Iterator[Hold]:
    yield from _first_holds(progress, row, is_accepted=case.session.device.is_accepted)
    if ahead:
        yield Hold(Reason.WAITS_FOR_ANOTHER)
    if row is not None and row.is_open and not row.is_offered:
        yield from case.offer_holds(progress.deployment, row)


def _first_holds(progress: Progress, row: DeviceDeployment | None, *, is_accepted: bool) -> Iterator[Hold]:
    if progress.deployment.is_withdrawn:
        yield Hold(Reason.ABORTED)
    elif progress.has_finished:
        yield Hold(Reason.FINISHED)
    if row is None:
        yield Hold(Reason.NOT_A_TARGET)
    if not is_accepted:
        yield Hold(Reason.NOT_ACCEPTED)
    if row is not None and not row.is_open:
        yield Hold(Reason.PART_ENDED)


def _explain_pushed(service: Service, progress: Progress, device_id: str, now: datetime) -> Explanation:
    """Evaluate the rules by which a look pushes. One planned deployment waits for no other, as in its dialect."""
    deployment = progress.deployment
    is_there = _takes_pushes(service, deployment, device_id)
    row = _pushed_row(service, deployment, device_id)
    if row is None and not is_there:
        raise NotFound(f"device {device_id}")
    holds = [*_first_holds(progress, row, is_accepted=is_there)]
    if row is not None and row.is_open and not row.is_offered:
        place = find_place(service, deployment, row, now, is_second_look=True)
        holds += [*standing_holds(deployment, row, "", now), *([place] if isinstance(place, Hold) else [])]
    return Explanation(
        device_id,
        deployment.id,
        status=row.status if row else None,
        holds=tuple(holds),
        was_offered=row is not None and row.is_offered,
    )


def _takes_pushes(service: Service, deployment: Deployment, device_id: str) -> bool:
    if deployment.slot is SlotKind.CONFIG:
        return bool(get_config_devices(service, deployment.workspace, [device_id]))
    return bool(get_workflow_devices(service, deployment.workspace, [device_id]))


def _pushed_row(service: Service, deployment: Deployment, device_id: str) -> DeviceDeployment | None:
    key = row_key(deployment.row_of(device_id))
    stored = service.table.get(key)
    return effective(read_row(deployment.workspace, Record(key, stored)), deployment) if stored else None
