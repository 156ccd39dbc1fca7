"""Devices as JSON, and what is asked of them (contract 5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from miru._rendering import Rendering
from miru._wire_times import nullable, rfc3339
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.usecases.config_devices import get_config_devices


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


def devices_json(rendering: Rendering, devices: Sequence[ConfigDevice]) -> list[dict[str, object]]:
    """Render several devices."""
    return [device_json(rendering, device) for device in devices]
