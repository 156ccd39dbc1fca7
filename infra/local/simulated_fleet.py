"""Simulated devices that ask for work and carry it out, side by side, for as long as somebody watches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

import httpx

from infra.local.simulated_device import Behaviour, SimulatedDevice

if TYPE_CHECKING:
    from infra.local.management_client import ManagementClient
    from infra.local.site import Site

STEP_SECONDS = 0.4
"""Between two steps of a device: slow enough for a person to watch."""
POLL_SECONDS = 1.0
"""Between two times that a device asks for work."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Devices at work, by the id that each was given."""

    devices: Mapping[str, SimulatedDevice]
    _work: Sequence[Future[None]]

    def raise_what_went_wrong(self) -> None:
        """Raise the error that a device met: it stands still since."""
        for each in self._work:
            if each.done():
                each.result()


@contextmanager
def working_fleet(
    user: ManagementClient, site: Site, tenant_token: str, behaviours: Mapping[str, Behaviour]
) -> Iterator[Fleet]:
    """Enrol a device for each name, and let them work until the end of the block, each in a thread of its own."""
    with httpx.Client(base_url=site.tls_url, verify=site.trust(), timeout=30) as http:
        waiting = [
            SimulatedDevice(name, http, behaviour=behaviour, tenant_token=tenant_token)
            for name, behaviour in behaviours.items()
        ]
        devices = {_enrol(user, device): device for device in waiting}
        with _at_work(waiting) as work:
            yield Fleet(devices, work)


def _enrol(user: ManagementClient, device: SimulatedDevice) -> str:
    device.check_in()
    (device_id,) = user.accept([device.name])
    device.check_in()
    return device_id


@contextmanager
def _at_work(devices: Sequence[SimulatedDevice]) -> Iterator[Sequence[Future[None]]]:
    leave = Event()
    with ThreadPoolExecutor(len(devices)) as pool:
        try:
            yield [pool.submit(_work, device, leave) for device in devices]
        finally:
            leave.set()


def _work(device: SimulatedDevice, leave: Event) -> None:
    while not leave.is_set():
        for _ in device.steps():
            if leave.wait(STEP_SECONDS):
                return
        leave.wait(POLL_SECONDS)
