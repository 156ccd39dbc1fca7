"""What a device says about its part in a deployment (mender contract 9.4, data model 3.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import (
    Conflict,
    Decision,
    DeviceDeployment,
    Ignored,
    Reported,
    SilenceBegan,
    Status,
    decide,
)
from sluiceway.domain.effective import effective
from sluiceway.domain.errors import DeploymentAborted, DeviceDecommissioned, NotFound
from sluiceway.domain.holds import Hold, standing_holds
from sluiceway.storage.commit import commit
from sluiceway.storage.table import Write
from sluiceway.usecases.admission import Place, find_place
from sluiceway.usecases.deployments import load_heads
from sluiceway.usecases.device_rows import as_of_now, find_row
from sluiceway.usecases.row_changes import Change, writes_for
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import DeviceSession, fresh_views

_ABORTED = "Deployment aborted"


def report_status(
    service: Service, session: DeviceSession, deployment_id: str, report: Reported, now: datetime
) -> None:
    """Store a report. The same report again is accepted and changes nothing, but that the device is not silent.

    Raises NotFound when the device has no part in the deployment, DeploymentAborted or DeviceDecommissioned when its
    part was withdrawn: the device must stop and roll back.
    """
    views = fresh_views(service, session)
    decided = commit(service.table, lambda: _plan(service, next(views), deployment_id, report, now))
    if isinstance(decided, Conflict):
        raise _refusal(decided)
    if decided is not None and decided.not_before is not None and decided.not_before > now:
        service.retries.start(decided.workspace, decided)


def _plan(
    service: Service, session: DeviceSession, deployment_id: str, report: Reported, now: datetime
) -> tuple[DeviceDeployment | Conflict | None, list[Write]]:
    """Decide on the row as stored and let the shard's fence refuse under an abort; read the head only when in doubt.

    In doubt is who lost a race, perhaps against the fence, and who would answer without writing.
    """
    row = find_row(service, session, deployment_id)
    decided = _decide(row, report, now)
    if row.is_open and (session.is_second_look or isinstance(decided, Ignored)):
        decided = _decide(as_of_now(service, row), report, now)
    if isinstance(decided, DeviceDeployment):
        return decided, writes_for(session.device, [_change(service, session, row, decided, now)])
    return (decided if isinstance(decided, Conflict) else None), []


def _decide(row: DeviceDeployment, report: Reported, now: datetime) -> Decision:
    """Say what a report makes of a row; whoever says nothing new has called all the same."""
    decided = decide(row, report, now)
    if isinstance(decided, Conflict):
        return decided
    heard = decide(row if isinstance(decided, Ignored) else decided, SilenceBegan(), now)
    return decided if isinstance(heard, Ignored) else heard


def _change(
    service: Service, session: DeviceSession, row: DeviceDeployment, decided: DeviceDeployment, now: datetime
) -> Change:
    """Let a device in that reports about a deployment without having asked for it, unless that was aborted."""
    if row.asked is not None:
        return Change(row, decided)
    deployment = load_heads(service, row.workspace, [row.deployment_id])[row.deployment_id]
    if effective(row, deployment).status is Status.ABORTED:
        raise DeploymentAborted(_ABORTED)
    place = _place_in(service, session, deployment, row, now)
    if isinstance(place, Hold):
        raise NotFound(f"deployment {row.deployment_id} has no place for device {row.device_id}: {place.reason}")
    after = replace(decided, shard=place.row.shard, phase=place.row.phase)
    return Change(row, after, admission=place.admission)


def _place_in(
    service: Service, session: DeviceSession, deployment: Deployment, row: DeviceDeployment, now: datetime
) -> Place | Hold:
    hold = next(standing_holds(deployment, row, session.device.time_zone, now), None)
    return hold or find_place(service, deployment, row, now, is_second_look=session.is_second_look)


def _refusal(conflict: Conflict) -> DeploymentAborted | DeviceDecommissioned:
    if conflict.status is Status.DECOMMISSIONED:
        return DeviceDecommissioned("Device decommissioned")
    return DeploymentAborted(_ABORTED)
