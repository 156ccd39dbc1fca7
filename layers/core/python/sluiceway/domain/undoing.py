"""What a roll back owes a device: what it had, unless it has gone on to something newer (design section 7)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sluiceway.domain.device_deployment import DeviceDeployment, Status

_BROUGHT = frozenset({Status.SUCCESS, Status.ALREADY_INSTALLED})
"""How a device ends that has what the deployment is about."""


def undoing_id(deployment_id: str) -> str:
    """Return the id of the one deployment that undoes another, whoever makes it."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, deployment_id))


def has_newer(rows: Iterable[DeviceDeployment], order: str) -> bool:
    """Tell by its rows whether a device has content of a deployment that was made after the one of this order.

    What was rolled back on the device is gone from it again, and a roll back brings nothing newer.
    """
    brought = [row for row in rows if row.order > order and row.status in _BROUGHT]
    undoing = {row.deployment_id for row in brought if row.restores}
    return any(not row.restores and undoing_id(row.deployment_id) not in undoing for row in brought)
