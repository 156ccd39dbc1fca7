"""Why a device is not updating (design section 7): every rule for one device and one deployment, in turn.

The rules are those of a poll, evaluated by the same functions on what a poll of the device would find now. Of what is
pushed, which no device asks for, they are the rules by which the next look of the execution would push it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.config_deployment import Activity
from sluiceway.domain.deployment import Deployment, Target
from sluiceway.domain.device_deployment import DeviceDeployment, Reopened, Status, decide
from sluiceway.domain.effective import effective
from sluiceway.domain.errors import NotFound
from sluiceway.domain.gates import Holds
from sluiceway.domain.holds import Hold, Reason, standing_holds
from sluiceway.domain.phases import NONE_OPEN
from sluiceway.domain.slots import SlotKind
from sluiceway.storage.row_items import read_row, row_key
from sluiceway.storage.table import Record
from sluiceway.usecases.admission import find_place
from sluiceway.usecases.config_deployments import get_config_deployment
from sluiceway.usecases.config_devices import get_config_devices
from sluiceway.usecases.deployment_devices import target_ids
from sluiceway.usecases.deployments import Progress, load
from sluiceway.usecases.device_rows import find_row
from sluiceway.usecases.push_rollout import was_given_newer
from sluiceway.usecases.releases import release_artifacts
from sluiceway.usecases.rollouts import Rollout, rollout_of
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import DeviceSession, view_of_device
from sluiceway.usecases.slot_turns import Heads, read_slot_turn
from sluiceway.usecases.work_queue import Candidate, WorkQueue, read_work_queue
from sluiceway.usecases.workflow_devices import get_workflow_devices

ALWAYS_TOLD = frozenset(
    {Reason.FINISHED, Reason.ABORTED, Reason.NOT_A_TARGET, Reason.BEING_PREPARED, Reason.NOT_ACCEPTED}
)
ENDINGS = frozenset({Reason.SUPERSEDED, Reason.PART_ENDED})
"""Rules for every device with a part."""
IN_LINE = frozenset({Reason.NEWER_ENDED, Reason.WAITS_FOR_ANOTHER, Reason.HAS_NEWER, Reason.AWAITS_VERDICT})
"""Rules for every device whose part has not ended, offered or not."""
COUNTING = (Reason.FULL, Reason.PHASE_FULL, Reason.PACE_REACHED, Reason.IN_FLIGHT_REACHED)
"""Rules that look at how many devices there are, in their order."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What keeps a device from being offered a deployment, the first in line first; no holds when nothing does."""

    device_id: str
    deployment_id: str
    part: DeviceDeployment | None
    """Where the device stands in the deployment, None when it has no part in it.

    A part that has ended in a history that was deleted is shown as the next poll would begin it anew.
    """
    holds: tuple[Hold, ...]
    ahead: str = ""
    """Id of the deployment that goes first, with the reason WAITS_FOR_ANOTHER."""

    @property
    def status(self) -> Status | None:
        """Where the device stands, None when it has no part in the deployment."""
        return self.part.status if self.part else None

    @property
    def was_offered(self) -> bool:
        """Whether the device was offered this attempt: then it is the device's turn to report."""
        return self.part is not None and self.part.is_offered

    def hold_by(self, reason: Reason) -> Hold | None:
        """Return what one rule keeps the device from; None when it does not."""
        return next((hold for hold in self.holds if hold.reason is reason), None)

    def was_looked_at(self, reason: Reason) -> bool:
        """Tell whether a rule was evaluated: some say nothing of a device without a part, or with one that has ended.

        Of the rules that count devices only the first that keeps it back is known.
        """
        if reason in ALWAYS_TOLD:
            return True
        if self.part is None or reason in ENDINGS:
            return self.part is not None
        if not self.part.is_open or reason in IN_LINE:
            return self.part.is_open
        return not self.was_offered and (self.hold_by(reason) is not None or not self._is_behind_a_count(reason))

    def _is_behind_a_count(self, reason: Reason) -> bool:
        """Tell whether a rule that counts devices comes after one that keeps the device back."""
        if reason not in COUNTING:
            return False
        return any(self.hold_by(earlier) for earlier in COUNTING[: COUNTING.index(reason)])


def explain(service: Service, workspace: str, deployment_id: str, device_id: str, now: datetime) -> Explanation:
    """Evaluate every rule. Raises NotFound when the workspace has no such deployment or device."""
    progress = load(service, workspace, deployment_id)
    explanation = _explain(service, progress, device_id, now)
    return replace(explanation, holds=tuple(_dated(progress, explanation, hold) for hold in explanation.holds))


def _dated(progress: Progress, explanation: Explanation, hold: Hold) -> Hold:
    """Return a hold with the time until which it lasts at least, where that is known.

    The next phase does not open before the soak of the one before is over. A time after the end of the plan is left
    out: nobody new is let in then.
    """
    deployment, part, rollout = progress.deployment, explanation.part, rollout_of(progress)
    is_next = part is not None and part.phase == deployment.open_phase + 1
    is_gated = is_next and hold.reason is Reason.PHASE_NOT_OPEN
    soaked = _end_of_soak(rollout, deployment.open_phase) if rollout and is_gated else None
    until = max(filter(None, (hold.until, soaked)), default=None)
    ends = rollout.plan.end if rollout and part is not None and part.asked is None else None
    return replace(hold, until=None if until and ends and until >= ends else until)


def _end_of_soak(rollout: Rollout, newest: int) -> datetime | None:
    """Return until when the gate of the newest open phase held at the last look; None if a person is to act as well."""
    if newest == NONE_OPEN:
        return None
    gate, phase = rollout.plan.phases[newest].gate, rollout.run.of(newest)
    is_left_to_time = phase.approved or not gate.needs_approval
    return phase.verdict.until if is_left_to_time and isinstance(phase.verdict, Holds) else None


def _explain(service: Service, progress: Progress, device_id: str, now: datetime) -> Explanation:
    if progress.deployment.is_pushed:
        return _explain_pushed(service, progress, device_id, now)
    workspace = progress.deployment.workspace
    try:
        session = view_of_device(service, workspace, device_id)
    except NotFound:
        return _explain_absent(service, progress, device_id)
    return _explain_asked(_Case(service, progress, session, read_work_queue(service, session, now), now))


def _explain_absent(service: Service, progress: Progress, device_id: str) -> Explanation:
    """Evaluate the rules for a device that was removed, or was never there. Raises NotFound if it has no part."""
    part = _stored_row(service, progress.deployment, device_id)
    if part is None:
        raise NotFound(f"device {device_id}")
    return Explanation(
        device_id, progress.deployment.id, part, (*_first_holds(service, progress, device_id, part, is_accepted=False),)
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """One deployment and one device, as its next poll would find it."""

    service: Service
    progress: Progress
    session: DeviceSession
    queue: WorkQueue
    now: datetime

    @property
    def deployment(self) -> Deployment:
        return self.progress.deployment

    def find_candidate(self) -> Candidate | None:
        """Return the device's place in the line, None when it is not in it."""
        return next((each for each in self.queue.candidates if each.deployment.id == self.deployment.id), None)

    def find_part(self) -> DeviceDeployment | None:
        """Return the device's part in the deployment as it stands, None when it has none."""
        try:
            return effective(find_row(self.service, self.session, self.deployment.id), self.deployment)
        except NotFound:
            return None

    def begun_anew(self, row: DeviceDeployment) -> DeviceDeployment:
        """Return a row as the poll takes it up: a new attempt of what has ended in a history that was deleted."""
        reopened = decide(row, Reopened(), self.now) if not row.is_open else row
        return reopened if isinstance(reopened, DeviceDeployment) else row

    def find_ahead(self) -> str:
        """Return the id of the deployment that the device is to be given first, empty when it is this one."""
        for candidate in self.queue.candidates:
            if candidate.deployment.id == self.deployment.id:
                break
            if not self._is_passed_over(candidate):
                return candidate.deployment.id
        return ""

    def _is_passed_over(self, candidate: Candidate) -> bool:
        """Tell whether a poll goes on to the next in line, since the device can never be offered this one."""
        deployment, row = candidate.deployment, candidate.row
        if not row.is_open and load(self.service, deployment.workspace, deployment.id).has_finished:
            return True
        if candidate.is_outdated:
            return True
        if row.is_offered:
            return False
        hold = next(self._place_holds(deployment, self.begun_anew(row)), None)
        return hold is not None and hold.reason.is_for_good

    def _place_holds(self, deployment: Deployment, row: DeviceDeployment) -> Iterator[Hold]:
        """Give what the plan holds against the device, and last the limit that leaves no place for it."""
        yield from standing_holds(deployment, row, self.session.device.time_zone, self.now)
        place = find_place(self.service, deployment, row, self.now, is_second_look=True)
        if isinstance(place, Hold):
            yield place

    def offer_holds(self, row: DeviceDeployment) -> Iterator[Hold]:
        """Give what keeps a poll from offering."""
        yield from self._place_holds(self.deployment, row)
        if not self._has_artifact_for(row):
            yield Hold(Reason.NO_MATCHING_ARTIFACT)
        if self.deployment.halts_devices and self.session.device.reads_control_maps is False:
            yield Hold(Reason.READS_NO_MAPS)

    def _has_artifact_for(self, row: DeviceDeployment) -> bool:
        """Tell by the device type that the device last told; what else an artifact depends on only a poll tells."""
        artifacts = release_artifacts(self.service, row.workspace, row.restores or self.deployment.artifact_name)
        known = self.session.device.device_type
        return any(not known or known in artifact.file.device_types_compatible for artifact in artifacts)


def _explain_asked(case: _Case) -> Explanation:
    candidate, device = case.find_candidate(), case.session.device
    forgotten = candidate.row if candidate and not candidate.row.is_open else None
    part = case.begun_anew(forgotten) if forgotten else case.find_part()
    ahead = case.find_ahead() if candidate and part and part.is_open else ""
    holds = [*_first_holds(case.service, case.progress, device.id, part, is_accepted=device.is_accepted)]
    if part is not None and part.is_open:
        holds += _holds_in_line(case, part, candidate, ahead)
    return Explanation(device.id, case.deployment.id, part, tuple(holds), ahead)


def _holds_in_line(case: _Case, part: DeviceDeployment, candidate: Candidate | None, ahead: str) -> Iterator[Hold]:
    if candidate is None and not case.deployment.is_over:
        yield Hold(Reason.NEWER_ENDED)
    if ahead:
        yield Hold(Reason.WAITS_FOR_ANOTHER)
    if candidate is not None and candidate.is_outdated:
        yield Hold(Reason.HAS_NEWER)
    if not part.is_offered:
        yield from case.offer_holds(part)


def _first_holds(
    service: Service, progress: Progress, device_id: str, part: DeviceDeployment | None, *, is_accepted: bool
) -> Iterator[Hold]:
    if progress.deployment.is_withdrawn:
        yield Hold(Reason.ABORTED)
    elif progress.has_finished:
        yield Hold(Reason.FINISHED)
    if part is None:
        yield Hold(Reason.BEING_PREPARED if _is_listed(service, progress, device_id) else Reason.NOT_A_TARGET)
    if not is_accepted:
        yield Hold(Reason.NOT_ACCEPTED)
    if part is not None and part.status is Status.SUPERSEDED:
        yield Hold(Reason.SUPERSEDED)
    if part is not None and not part.is_open:
        yield Hold(Reason.PART_ENDED)


def _is_listed(service: Service, progress: Progress, device_id: str) -> bool:
    """Tell whether a fixed list names the device: its row is then still to be written."""
    return progress.deployment.target is Target.LIST and device_id in target_ids(service, progress)


def _explain_pushed(service: Service, progress: Progress, device_id: str, now: datetime) -> Explanation:
    """Evaluate the rules by which a look pushes."""
    deployment = progress.deployment
    is_there = _takes_pushes(service, deployment, device_id)
    turn = read_slot_turn(Heads(service, deployment.workspace), deployment, device_id, now)
    part = turn.row if turn else None
    if part is None and not is_there:
        raise NotFound(f"device {device_id}")
    ahead = turn.ahead if turn and turn.row.is_open and not turn.row.is_offered else ""
    holds = [*_first_holds(service, progress, device_id, part, is_accepted=is_there)]
    if part is not None and part.is_open:
        holds += _push_holds(service, progress, part, ahead, now)
    return Explanation(device_id, deployment.id, part, tuple(holds), ahead)


def _push_holds(
    service: Service, progress: Progress, part: DeviceDeployment, ahead: str, now: datetime
) -> Iterator[Hold]:
    """Give what keeps a look from pushing, in its order: it ends the part of a device that has something newer."""
    deployment = progress.deployment
    if part.is_offered:
        yield from _verdict_holds(service, deployment, part)
        return
    if was_given_newer(service, progress, part.device_id, now):
        yield Hold(Reason.HAS_NEWER)
    yield from standing_holds(deployment, part, "", now)
    if ahead:
        yield Hold(Reason.WAITS_FOR_ANOTHER)
    place = find_place(service, deployment, part, now, is_second_look=True)
    if isinstance(place, Hold):
        yield place


def _verdict_holds(service: Service, deployment: Deployment, part: DeviceDeployment) -> Iterator[Hold]:
    """Say whether what the device was given waits for the workspace's own validation (miru contract 7)."""
    if deployment.slot is not SlotKind.CONFIG or not part.pushed:
        return
    with suppress(NotFound):
        given = get_config_deployment(service, deployment.workspace, part.pushed)
        if given.activity is Activity.VALIDATING:
            yield Hold(Reason.AWAITS_VERDICT, given.verdict_due)


def _takes_pushes(service: Service, deployment: Deployment, device_id: str) -> bool:
    if deployment.slot is SlotKind.CONFIG:
        return bool(get_config_devices(service, deployment.workspace, [device_id]))
    return bool(get_workflow_devices(service, deployment.workspace, [device_id]))


def _stored_row(service: Service, deployment: Deployment, device_id: str) -> DeviceDeployment | None:
    key = row_key(deployment.row_of(device_id))
    stored = service.table.get(key)
    return effective(read_row(deployment.workspace, Record(key, stored)), deployment) if stored else None
