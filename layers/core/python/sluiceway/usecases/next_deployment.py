"""What a device is given when it asks for work (mender contract 9.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sluiceway.domain.artifacts import Artifact, Provides, choose
from sluiceway.domain.device_deployment import Asked, DeviceDeployment, Status, decide
from sluiceway.domain.errors import RequestChanged
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Write
from sluiceway.usecases.releases import mark_used, release_artifacts
from sluiceway.usecases.row_changes import Change, writes_for
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import DeviceSession, fresh_views
from sluiceway.usecases.work_queue import Candidate, read_work_queue


@dataclass(frozen=True, slots=True)
class Offer:
    """Install this artifact as part of this deployment."""

    deployment_id: str
    artifact: Artifact


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one poll comes to: an offer, a refusal, or neither; and the change of the row, when it changes."""

    offer: Offer | None = None
    refusal: RequestChanged | None = None
    changes: tuple[Change, ...] = ()


def next_deployment(service: Service, session: DeviceSession, provides: Provides, now: datetime) -> Offer | None:
    """Answer a device that asks for work; None when there is none at present.

    The first ask stores what the device says of itself. A later ask of the same attempt gets the same answer, or
    RequestChanged when the device says something else of itself: then the attempt has failed.
    """
    views = fresh_views(service, session)
    turn = commit(service.table, lambda: _plan(service, next(views), provides, now))
    if turn.refusal:
        raise turn.refusal
    return turn.offer


def _plan(service: Service, session: DeviceSession, provides: Provides, now: datetime) -> tuple[_Turn, list[Write]]:
    queue = read_work_queue(service, session, now)
    turn = _take_turn(service, queue.candidates[0], provides, now) if queue.candidates else _Turn()
    changes = (*queue.withdrawn, *turn.changes)
    return turn, [*writes_for(session.device, changes, floor=queue.floor), *queue.orphans]


def _take_turn(service: Service, candidate: Candidate, provides: Provides, now: datetime) -> _Turn:
    row, release = candidate.row, candidate.deployment.artifact_name
    if row.not_before is not None and now < row.not_before:
        return _Turn()
    artifacts = release_artifacts(service, row.workspace, release)
    if row.request_digest:
        return _repeat(row, artifacts, provides, now)
    artifact = choose(artifacts, provides)
    asked = _asked(candidate, artifact, provides)
    return _first(service, row, asked, artifact, now)


def _repeat(row: DeviceDeployment, artifacts: tuple[Artifact, ...], provides: Provides, now: datetime) -> _Turn:
    """Answer as before, unless the device lost its state in the middle and describes itself anew."""
    asked = Asked(Status.PENDING, provides.digest(), provides.device_type, row.artifact_id)
    failed = decide(row, asked, now)
    if isinstance(failed, DeviceDeployment):
        return _Turn(refusal=RequestChanged("Device provided conflicting request data"), changes=(Change(row, failed),))
    assigned = {artifact.id: artifact for artifact in artifacts}[row.artifact_id]
    return _Turn(Offer(row.deployment_id, assigned))


def _asked(candidate: Candidate, artifact: Artifact | None, provides: Provides) -> Asked:
    if artifact is None:
        return Asked(Status.NOARTIFACT, provides.digest(), provides.device_type)
    has_it = provides.artifact_name == artifact.name and not candidate.deployment.force_installation
    idle = candidate.row.status is Status.PENDING
    outcome = Status.ALREADY_INSTALLED if has_it and idle else Status.PENDING
    return Asked(outcome, provides.digest(), provides.device_type, artifact.id)


def _first(service: Service, row: DeviceDeployment, asked: Asked, artifact: Artifact | None, now: datetime) -> _Turn:
    given = decide(row, asked, now)
    if not isinstance(given, DeviceDeployment):
        return _Turn()
    if artifact is not None and not artifact.used:
        mark_used(service, artifact)
    if artifact is None or asked.outcome is not Status.PENDING:
        return _Turn(changes=(Change(row, given),))
    offer = Offer(row.deployment_id, artifact)
    return _Turn(offer, changes=(Change(row, given, offered_bytes=artifact.file.size),))
