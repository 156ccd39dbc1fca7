"""What a device is given when it asks for work (mender contract 9.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sluiceway.domain.artifacts import Artifact, Provides, choose
from sluiceway.domain.control_map import ControlMap
from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device import Device
from sluiceway.domain.device_deployment import (
    Asked,
    CameBack,
    DeviceDeployment,
    Reopened,
    SilenceBegan,
    Status,
    Withdrawn,
    decide,
    standing_successes,
    was_rolled_back_since,
)
from sluiceway.domain.errors import RequestChanged
from sluiceway.domain.holds import Hold, Reason, opening_after, seconds_to_wait, standing_holds
from sluiceway.domain.windows import Opening
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import head_key
from sluiceway.storage.device_items import device_key
from sluiceway.storage.table import Equal, Present, Update, Write
from sluiceway.usecases.admission import Place, find_place, say_full
from sluiceway.usecases.deployments import load
from sluiceway.usecases.finishing import settle
from sluiceway.usecases.notes import write_note
from sluiceway.usecases.releases import keep_release, mark_used, release_artifacts
from sluiceway.usecases.row_changes import Change, writes_for
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import DeviceSession, fresh_views
from sluiceway.usecases.work_queue import Candidate, outdone_by, read_work_queue


@dataclass(frozen=True, slots=True)
class Offer:
    """Install this artifact as part of this deployment."""

    deployment_id: str
    artifact: Artifact
    control_map: ControlMap | None = None
    """Halt where this says so; None for a device that reads no maps."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device that asks for work is told."""

    offer: Offer | None = None
    hold: Hold | None = None
    """Why there is no offer, when something waits for the device."""
    opening: Opening | None = None
    """When that can have changed by itself; None when somebody has to act, or another device."""

    def ask_again_after(self, device_id: str, now: datetime) -> int | None:
        """Return after how many seconds it is worth asking again, a little later for some; None for as usual."""
        if self.hold is None or self.opening is None:
            return None
        return seconds_to_wait(self.opening, device_id, now, queue=self.hold.queue)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one look at the queue comes to: an offer, a refusal, or neither; and what it changes."""

    offer: Offer | None = None
    hold: Hold | None = None
    opening: Opening | None = None
    refusal: RequestChanged | None = None
    changes: tuple[Change, ...] = ()
    others: tuple[Write, ...] = ()
    """Writes beside the device's own rows."""
    reopens: bool = False
    """Whether there is more to find once the changes are made."""


_NOTHING_FOUND = _Turn()
_NOT_LOOKED_YET = _Turn(reopens=True)


def next_deployment(service: Service, session: DeviceSession, provides: Provides, now: datetime) -> Answer:
    """Answer a device that asks for work.

    The first ask stores what the device says of itself. A later ask of the same attempt gets the same answer, or
    RequestChanged when the device says something else of itself: then the attempt has failed.
    """
    views = fresh_views(service, session)
    turn = _NOT_LOOKED_YET
    while turn.reopens:
        turn = commit(service.table, lambda: _plan(service, next(views), provides, now))
    if turn.refusal:
        raise turn.refusal
    _note_reading(service, session.device, provides, turn)
    return Answer(turn.offer, turn.hold, turn.opening)


def _note_reading(service: Service, device: Device, provides: Provides, turn: _Turn) -> None:
    """Remember whether the device reads control maps, where there was one to read: explanations need it."""
    is_held = turn.hold is not None and turn.hold.reason is Reason.READS_NO_MAPS
    is_given = turn.offer is not None and turn.offer.control_map is not None
    if (is_held or is_given) and device.reads_control_maps is not provides.reads_control_maps:
        said = {"reads_maps": provides.reads_control_maps}
        write_note(service, Update(device_key(device), set=said, condition=Present()))


def _plan(service: Service, session: DeviceSession, provides: Provides, now: datetime) -> tuple[_Turn, list[Write]]:
    queue = read_work_queue(service, session, now)
    turn = _take_turns(service, session, queue.candidates, provides, now)
    changes = (*queue.withdrawn, *_came_back(session, provides, now), *turn.changes)
    writes = writes_for(session.device, changes, floor=queue.floor)
    return turn, [*writes, *queue.orphans, *turn.others]


def _came_back(session: DeviceSession, provides: Provides, now: datetime) -> tuple[Change, ...]:
    """Withdraw what brought the device what it has when it says that it has again what it had before.

    That is looked for among the rows that every call reads: no poll reads more for it.
    """
    for row in standing_successes(row for row in session.rows if not row.deleted):
        after = decide(row, CameBack(provides.artifact_name), now)
        if isinstance(after, DeviceDeployment):
            return (Change(row, after),)
    return ()


def _take_turns(
    service: Service, session: DeviceSession, candidates: Sequence[Candidate], provides: Provides, now: datetime
) -> _Turn:
    """Let the first deployment answer that has a place for the device, or will have one."""
    for number, candidate in enumerate(candidates):
        if not candidate.row.is_open:
            reopening = _reopen(service, candidate.row, now)
            if reopening is not None:
                return reopening
            continue
        if candidate.is_outdated:
            return _pass_by(candidate.row, now)
        place = _place_in(service, session, candidate, now)
        if isinstance(place, Place):
            knows_before = _knows_before(session, candidate.row)
            turn = _take_turn(service, candidate.deployment, place, provides, now, knows_before=knows_before)
            return _outdoing(turn, candidate, candidates[number + 1 :], now)
        if not place.reason.is_for_good:
            opening = _opening_after(place, session, candidate, candidates[number + 1 :])
            return _Turn(hold=place, opening=opening, others=_note_full(candidate.deployment, place))
    return _NOTHING_FOUND


def _opening_after(hold: Hold, session: DeviceSession, held: Candidate, behind: Sequence[Candidate]) -> Opening | None:
    """Return when it is worth asking again. Nobody is sent away who would miss a deadline further down the line."""
    if any(each.row.deadline for each in behind):
        return None
    return opening_after(hold, held.deployment, held.row, session.device.time_zone)


def _note_full(deployment: Deployment, hold: Hold) -> tuple[Write, ...]:
    return (say_full(deployment),) if hold.reason is Reason.PHASE_FULL and not deployment.is_known_full else ()


def _outdoing(turn: _Turn, urgent: Candidate, others: Sequence[Candidate], now: datetime) -> _Turn:
    """End what a more urgent deployment now goes before."""
    if urgent.row.is_offered or not turn.changes:
        return turn
    return replace(turn, changes=(*turn.changes, *outdone_by(urgent, others, now)))


def _reopen(service: Service, row: DeviceDeployment, now: datetime) -> _Turn | None:
    """Begin a new attempt of what was ended in a history that was deleted since; None when its deployment is over.

    The head changes along, so that whoever finds the deployment finished meanwhile looks again before it is stamped.
    """
    (progress,) = settle(service, [load(service, row.workspace, row.deployment_id)])
    reopened = decide(row, Reopened(), now)
    if progress.has_finished or not isinstance(reopened, DeviceDeployment):
        return None
    head = progress.deployment
    touched = Update(head_key(head), add={"rev": 1}, condition=Equal("rev", head.rev))
    return _Turn(changes=(Change(row, reopened),), others=(touched,), reopens=True)


def _pass_by(row: DeviceDeployment, now: datetime) -> _Turn:
    """End the part of a device in a roll back that would take something newer from it."""
    ended = decide(row, Withdrawn(Status.SUPERSEDED), now)
    changes = (Change(row, ended),) if isinstance(ended, DeviceDeployment) else ()
    return _Turn(changes=changes, reopens=bool(changes))


def _place_in(service: Service, session: DeviceSession, candidate: Candidate, now: datetime) -> Place | Hold:
    row, deployment = candidate.row, candidate.deployment
    if row.is_offered:
        return Place(row)
    hold = next(standing_holds(deployment, row, session.device.time_zone, now), None)
    return hold or find_place(
        service, deployment, row, now, is_second_look=session.is_second_look, seen=candidate.shards
    )


def _take_turn(
    service: Service, deployment: Deployment, place: Place, provides: Provides, now: datetime, *, knows_before: bool
) -> _Turn:
    row = place.row
    if row.restores and not row.request_digest:
        keep_release(service, deployment, row.restores)
    artifacts = release_artifacts(service, row.workspace, row.restores or deployment.artifact_name)
    if row.request_digest:
        return _repeat(row, deployment, artifacts, provides, now)
    artifact = choose(artifacts, provides)
    asked = _asked(row, deployment, artifact, provides, knows_before=knows_before)
    if asked.outcome is Status.PENDING and deployment.halts_devices and not provides.reads_control_maps:
        return _Turn(hold=Hold(Reason.READS_NO_MAPS))
    return _first(service, place, asked, _offer(deployment, artifact, provides), now)


def _offer(deployment: Deployment, artifact: Artifact | None, provides: Provides) -> Offer | None:
    control_map = deployment.control_map if provides.reads_control_maps else None
    return None if artifact is None else Offer(deployment.id, artifact, control_map)


def _repeat(
    row: DeviceDeployment,
    deployment: Deployment,
    artifacts: tuple[Artifact, ...],
    provides: Provides,
    now: datetime,
) -> _Turn:
    """Answer as before, unless the device lost its state in the middle and describes itself anew.

    An artifact goes only after its deployment has ended: who does not find it any more is about to hear of that.
    """
    asked = Asked(Status.PENDING, provides.digest(), provides.device_type, row.artifact_id)
    failed = decide(row, asked, now)
    if isinstance(failed, DeviceDeployment):
        return _Turn(refusal=RequestChanged("Device provided conflicting request data"), changes=(Change(row, failed),))
    assigned = next((artifact for artifact in artifacts if artifact.id == row.artifact_id), None)
    heard = decide(row, SilenceBegan(), now)
    changes = (Change(row, heard),) if isinstance(heard, DeviceDeployment) else ()
    return _Turn(_offer(deployment, assigned, provides), changes=changes)


def _knows_before(session: DeviceSession, row: DeviceDeployment) -> bool:
    """Tell whether an earlier attempt has told what the device had: after a failure it may say something else."""
    return bool(row.previous) and not was_rolled_back_since(session.rows, row)


def _asked(
    row: DeviceDeployment,
    deployment: Deployment,
    artifact: Artifact | None,
    provides: Provides,
    *,
    knows_before: bool,
) -> Asked:
    """Say what the device is given. Who has it already has nothing else to come back on, though it is to install it."""
    if artifact is None:
        return Asked(Status.NOARTIFACT, provides.digest(), provides.device_type)
    has_it = provides.artifact_name == artifact.name
    is_done = has_it and not deployment.force_installation and row.status is Status.PENDING
    outcome = Status.ALREADY_INSTALLED if is_done else Status.PENDING
    installed = "" if has_it or knows_before else provides.artifact_name
    return Asked(outcome, provides.digest(), provides.device_type, artifact.id, installed)


def _first(service: Service, place: Place, asked: Asked, offer: Offer | None, now: datetime) -> _Turn:
    row, admission = place.row, place.admission
    given = decide(row, asked, now)
    if not isinstance(given, DeviceDeployment):
        return _NOTHING_FOUND
    if offer is not None and not mark_used(service, offer.artifact):
        return _NOTHING_FOUND
    if offer is None or asked.outcome is not Status.PENDING:
        return _Turn(changes=(Change(row, given, admission=admission),))
    first_offered = offer.artifact.file.size if row.attempt == 1 else 0
    return _Turn(offer, changes=(Change(row, given, offered_bytes=first_offered, admission=admission),))
