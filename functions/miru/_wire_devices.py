"""Devices as JSON, and what is asked of them (contract 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from miru._expansion import Tree
from miru._lists import filter_values, passes
from miru._rendering import Rendering
from miru._versions import Version
from miru._wire_times import nullable, rfc3339
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.config_devices import get_config_devices

DEVICE: Tree = {}
"""What can be expanded in a device."""


class NewDeviceBody(WireModel):
    """Which device to make."""

    name: str


class DeviceChangeBody(WireModel):
    """What to change."""

    name: str | None = None


def parse_new_device(request: Request) -> str:
    """Read the name of a new device. Raises Invalid."""
    return parse_body(NewDeviceBody, request).name


def parse_device_change(request: Request) -> str | None:
    """Read the name that a device is to have, None for the one that it has. Raises Invalid."""
    return parse_body(DeviceChangeBody, request).name


def wanted_devices(request: Request, version: Version) -> Callable[[ConfigDevice], bool]:
    """Read which devices a list is to have."""
    ids, names, agents = (filter_values(request, name) for name in ("id", "name", "agent_version"))
    releases = None if version.is_tetons else filter_values(request, "current_release_id")

    def is_wanted(device: ConfigDevice) -> bool:
        return (
            passes(ids, device.id)
            and passes(names, device.name)
            and passes(agents, device.agent_version)
            and passes(releases, device.slot.release)
        )

    return is_wanted


def device_json(rendering: Rendering, device: ConfigDevice) -> dict[str, object]:
    """Render a device."""
    now = rendering.now
    agent = {"agent_version": device.agent_version or None} if rendering.version.is_tetons else {}
    return {
        "object": "device",
        "id": device.id,
        "name": device.name,
        "status": str(device.presence(now)),
        **agent,
        "last_connected_at": nullable(device.connected),
        "last_disconnected_at": nullable(device.disconnected(now)),
        "created_at": rfc3339(device.created),
        "updated_at": rfc3339(device.updated),
    }


def devices_by_id(rendering: Rendering, device_ids: Iterable[str]) -> dict[str, dict[str, object]]:
    """Render those of some devices that exist, by id."""
    found = get_config_devices(rendering.service, rendering.workspace, device_ids)
    return {device_id: device_json(rendering, device) for device_id, device in found.items()}
