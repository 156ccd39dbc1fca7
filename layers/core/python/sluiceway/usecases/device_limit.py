"""How many devices a workspace may accept (mender contract 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sluiceway.domain.device import Device
from sluiceway.domain.errors import DeviceLimitReached
from sluiceway.storage import keys
from sluiceway.storage.table import Item, Write
from sluiceway.usecases.fleet import accepted_now
from sluiceway.usecases.service import Service
from sluiceway.usecases.turns import Turn, read_turn

_TURN = "accept_turn"
"""Counts acceptances under a limit, so that the last free place is given away once."""


@dataclass(frozen=True, slots=True)
class DeviceLimit:
    """The greatest number of accepted devices, 0 for any number, and the turn at giving a place away under it."""

    most: int
    turn: Turn


def load_device_limit(service: Service, workspace: str) -> DeviceLimit:
    """Read the limit of a workspace."""
    return read_device_limit(workspace, service.table.get(keys.workspace(workspace)))


def read_device_limit(workspace: str, stored: Item | None) -> DeviceLimit:
    """Return the limit of a workspace item."""
    most = cast("int", (stored or {}).get("max_devices", 0))
    return DeviceLimit(most, read_turn(workspace, _TURN, stored))


def limit_writes(service: Service, before: Device, after: Device, limit: DeviceLimit) -> list[Write]:
    """Return what makes an acceptance keep to a limit that was read before. Raises DeviceLimitReached.

    Devices are counted after the turn was read, and the turn is taken in the transaction of the acceptance.
    """
    joins = after.is_accepted and not before.is_accepted
    if not joins or not limit.most:
        return []
    accepted, _ = accepted_now(service, after.workspace)
    if accepted >= limit.most:
        raise DeviceLimitReached(f"the limit of {limit.most} accepted devices is reached")
    return [limit.turn.take()]
