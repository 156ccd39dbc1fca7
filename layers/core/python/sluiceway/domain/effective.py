"""What a stored row means today: an abort or a closing changes no rows, so none is shown without its deployment."""

from __future__ import annotations

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment, Status, Withdrawn, decide


def effective(row: DeviceDeployment, deployment: Deployment) -> DeviceDeployment:
    """Return the row as every reader must see it.

    Open under an aborted deployment is aborted; so is, in a closed one, what was not let in.
    """
    since = deployment.finished if deployment.is_withdrawn else None
    if since is None and row.asked is None:
        since = deployment.steering.closed
    aborted = None if since is None else decide(row, Withdrawn(Status.ABORTED), since)
    return aborted if isinstance(aborted, DeviceDeployment) else row
