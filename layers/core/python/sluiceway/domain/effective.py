"""What a stored row means today: an abort changes no rows, so no status is shown without its deployment."""

from __future__ import annotations

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment, Status, Withdrawn, decide


def effective(row: DeviceDeployment, deployment: Deployment) -> DeviceDeployment:
    """Return the row as every reader must see it: open under an aborted deployment is aborted."""
    if not deployment.is_withdrawn or deployment.finished is None:
        return row
    aborted = decide(row, Withdrawn(Status.ABORTED), deployment.finished)
    return aborted if isinstance(aborted, DeviceDeployment) else row
