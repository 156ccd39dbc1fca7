"""Devices as JSON, and what is asked of them (contract 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from miru._expansion import Tree
from miru._lists import Listing, filter_values, passes
from miru._records import device_record
from miru._rendering import Rendering, without
from miru._versions import Version
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.config_devices import get_config_devices, list_config_devices

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


def find_devices(rendering: Rendering, request: Request, listing: Listing) -> tuple[Sequence[ConfigDevice], int]:
    """Return the part of the devices that is asked for, and how many there are.

    Ids and names are in the list itself; filtering by anything else takes reading all devices that may be meant.
    """
    service, workspace = rendering.service, rendering.workspace
    ids, names = filter_values(request, "id"), filter_values(request, "name")
    meant = [
        each for each in list_config_devices(service, workspace) if passes(ids, each.id) and passes(names, each.name)
    ]
    is_wanted = _wanted_heads(request, rendering.version)
    if is_wanted:
        every = get_config_devices(service, workspace, [each.id for each in meant])
        return listing.page(filter(is_wanted, every.values()))
    page, total = listing.page(meant)
    return list(get_config_devices(service, workspace, [each.id for each in page]).values()), total


def _wanted_heads(request: Request, version: Version) -> Callable[[ConfigDevice], bool] | None:
    """Read what is filtered by that only a device itself knows, None when that is nothing."""
    agents = filter_values(request, "agent_version")
    releases = None if version.is_tetons else filter_values(request, "current_release_id")
    if agents is None and releases is None:
        return None
    return lambda device: passes(agents, device.agent_version) and passes(releases, device.slot.release)


def device_json(rendering: Rendering, device: ConfigDevice) -> dict[str, object]:
    """Render a device."""
    record = device_record(device, rendering.now)
    return record if rendering.version.is_tetons else without(record, "agent_version")


def devices_by_id(rendering: Rendering, device_ids: Iterable[str]) -> dict[str, dict[str, object]]:
    """Render those of some devices that exist, by id."""
    found = get_config_devices(rendering.service, rendering.workspace, device_ids)
    return {device_id: device_json(rendering, device) for device_id, device in found.items()}
