"""What a stored row means today: an abort changes no rows, so no status is shown without its deployment."""

from __future__ import annotations

from dataclasses import replace

from sluiceway.domain.deployment import Deployment
from sluiceway.domain.device_deployment import DeviceDeployment, Status


def effective(row: DeviceDeployment, deployment: Deployment) -> DeviceDeployment:
    """Return the row as every reader must see it: open under an aborted deployment is aborted."""
    if row.is_open and deployment.is_withdrawn:
        return replace(row, status=Status.ABORTED, finished=deployment.finished)
    return row
