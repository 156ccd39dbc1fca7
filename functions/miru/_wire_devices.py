"""Devices as JSON, and what is asked of them (contract 5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from miru._expansion import Tree
from miru._lists import Listing, filter_values, passes
from miru._records import device_record
from miru._rendering import Rendering, without
from miru._versions import Version
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.http.request import Request
from sluiceway.http.wire import WireModel, parse_body
from sluiceway.usecases.config_devices import find_config_device_ids, get_config_devices, list_config_devices

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


class _Filters(NamedTuple):
    """What devices are to have, each None when it was not sent."""

    ids: frozenset[str] | None
    names: frozenset[str] | None
    agent_versions: frozenset[str] | None
    releases: frozenset[str] | None

    def let_pass(self, device: ConfigDevice) -> bool:
        """Tell whether a device has all of it."""
        return (
            passes(self.ids, device.id)
            and passes(self.names, device.name)
            and passes(self.agent_versions, device.agent_version)
            and passes(self.releases, device.slot.release)
        )


def find_devices(rendering: Rendering, request: Request, listing: Listing) -> tuple[Sequence[ConfigDevice], int]:
    """Return the part of the devices that is asked for, and how many there are.

    Ids and names lead to devices; filtering by anything else takes reading all of them. Raises Invalid when there are
    too many.
    """
    service, workspace = rendering.service, rendering.workspace
    filters = _filters(request, rendering.version)
    if any(values is not None for values in filters):
        meant = get_config_devices(service, workspace, _meant(rendering, filters))
        return listing.page(filter(filters.let_pass, meant.values()))
    page, total = listing.page(list_config_devices(service, workspace, listing.reach))
    return list(get_config_devices(service, workspace, [each.id for each in page]).values()), total


def _filters(request: Request, version: Version) -> _Filters:
    return _Filters(
        ids=filter_values(request, "id"),
        names=filter_values(request, "name"),
        agent_versions=filter_values(request, "agent_version"),
        releases=None if version.is_tetons else filter_values(request, "current_release_id"),
    )


def _meant(rendering: Rendering, filters: _Filters) -> Iterable[str]:
    """Return the ids of the devices that may be meant."""
    service, workspace = rendering.service, rendering.workspace
    if filters.ids is not None:
        return filters.ids
    if filters.names is not None:
        return find_config_device_ids(service, workspace, filters.names)
    return [each.id for each in list_config_devices(service, workspace)]


def device_json(rendering: Rendering, device: ConfigDevice) -> dict[str, object]:
    """Render a device."""
    record = device_record(device, rendering.now)
    return record if rendering.version.is_tetons else without(record, "agent_version")


def devices_by_id(rendering: Rendering, device_ids: Iterable[str]) -> dict[str, dict[str, object]]:
    """Render those of some devices that exist, by id."""
    found = get_config_devices(rendering.service, rendering.workspace, device_ids)
    return {device_id: device_json(rendering, device) for device_id, device in found.items()}
