"""The control map of a running deployment: its devices halt and go on by it (mender contract 4.2, 9.6)."""

from __future__ import annotations

from sluiceway.domain.control_map import PASS, ControlMap
from sluiceway.domain.effective import effective
from sluiceway.domain.errors import Conflict, NotFound
from sluiceway.storage.commit import commit
from sluiceway.storage.deployment_items import control_map_item, head_key
from sluiceway.storage.table import Equal, Update, Write
from sluiceway.usecases.deployments import load_heads, load_software
from sluiceway.usecases.device_rows import find_row
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import DeviceSession


def change_control_map(service: Service, workspace: str, deployment_id: str, control_map: ControlMap) -> None:
    """Put another map in the place of the one that a deployment has; each device reads it when it looks next.

    Raises NotFound, and Conflict when the deployment was created without a map or has finished.
    """
    commit(service.table, lambda: _plan(service, workspace, deployment_id, control_map))


def _plan(service: Service, workspace: str, deployment_id: str, control_map: ControlMap) -> tuple[None, list[Write]]:
    progress = load_software(service, workspace, deployment_id)
    before = progress.deployment
    if before.control_map is None:
        raise Conflict("The deployment was created without an update control map and cannot be given one")
    if progress.has_finished:
        raise Conflict("Deployment already finished: no device reads its update control map any more")
    changed = {"control_map": control_map_item(control_map)}
    return None, [Update(head_key(before), set=changed, add={"rev": 1}, condition=Equal("rev", before.rev))]


def read_control_map(service: Service, session: DeviceSession, deployment_id: str) -> ControlMap:
    """Return the map that a device is to obey now; in a deployment without one it passes every point.

    Raises NotFound when the device has no part in the deployment, or its part has ended: it must stop and roll back.
    """
    row = find_row(service, session, deployment_id)
    deployment = load_heads(service, row.workspace, [deployment_id]).get(deployment_id)
    if deployment is None or not effective(row, deployment).is_open:
        raise NotFound(f"device {row.device_id} does not work on deployment {deployment_id}")
    return deployment.control_map or PASS
