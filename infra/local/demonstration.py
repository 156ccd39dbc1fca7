"""One deployment of a real artifact to ten simulated devices, with its progress on the terminal."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from rich.console import Console
from rich.live import Live
from rich.table import Table

from infra.local.management_client import ManagementClient
from infra.local.sample_artifact import Payload, sample_artifact
from infra.local.service import Service
from infra.local.simulated_device import Behaviour, SimulatedDevice

_BEHAVIOURS = (
    *[Behaviour.SUCCEEDS] * 6,
    Behaviour.REPORTS_TWICE,
    Behaviour.REPORTS_TWICE,
    Behaviour.FAILS,
    Behaviour.FAILS,
)
_FINISHES_WITHIN_SECONDS = 300
_LOOKS_EVERY_SECONDS = 0.25
_STEP_SECONDS = 0.4
"""Pause between the steps of a device, so that a person can watch."""
_PAYLOAD = Payload(files={"message.txt": b"Hello from Sluiceway.\n" * 400}, provides={"rootfs-image.demo.version": "2"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the demonstration went."""

    deployment_id: str
    finished: bool
    statistics: dict[str, int]

    def __str__(self) -> str:
        """Sum up in one line."""
        counts = ", ".join(f"{count} {status}" for status, count in self.statistics.items() if count)
        state = "finished" if self.finished else f"has not finished within {_FINISHES_WITHIN_SECONDS} s"
        return f"Deployment {self.deployment_id} {state}: {counts}."


def demonstrate(service: Service, console: Console) -> Outcome:
    """Enrol ten devices, deploy to them and watch until the deployment has finished."""
    token = service.credentials["mender"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    with (
        httpx.Client(base_url=service.site.url, headers=headers, timeout=30) as user_http,
        httpx.Client(base_url=service.site.tls_url, verify=service.site.trust(), timeout=30) as device_http,
    ):
        user = ManagementClient(user_http)
        run = uuid.uuid4().hex[:6]
        devices = [
            SimulatedDevice(f"demo-{run}-{n}", device_http, behaviour=each) for n, each in enumerate(_BEHAVIOURS)
        ]
        ids = _enrol(user, devices, console)
        deployment_id = _deploy(user, ids, f"demo-{run}", console)
        return _watch(user, devices, deployment_id, console)


def _enrol(user: ManagementClient, devices: Sequence[SimulatedDevice], console: Console) -> list[str]:
    for device in devices:
        device.check_in()
    ids = user.accept([device.name for device in devices])
    for device in devices:
        device.check_in()
    console.print(f"{len(devices)} devices asked to be let in; a user accepted them.")
    return ids


def _deploy(user: ManagementClient, ids: Sequence[str], name: str, console: Console) -> str:
    user.upload(sample_artifact(name, ["simulated"], _PAYLOAD), "made by the demonstration")
    deployment_id = user.create_deployment(name, name, ids)
    console.print(f"The artifact {name} is uploaded; deployment {deployment_id} brings it to all of them.")
    return deployment_id


def _watch(user: ManagementClient, devices: Sequence[SimulatedDevice], deployment_id: str, console: Console) -> Outcome:
    deadline = time.monotonic() + _FINISHES_WITHIN_SECONDS
    with (
        _working(devices) as work,
        Live(console=console, refresh_per_second=8, redirect_stdout=False, redirect_stderr=False) as live,
    ):
        while True:
            _raise_what_went_wrong(work)
            deployment = user.deployment(deployment_id)
            live.update(_table(deployment, user.devices_of(deployment_id)))
            finished = deployment["status"] == "finished"
            if finished or time.monotonic() > deadline:
                return Outcome(deployment_id, finished, deployment["statistics"]["status"])
            time.sleep(_LOOKS_EVERY_SECONDS)


@contextmanager
def _working(devices: Sequence[SimulatedDevice]) -> Iterator[list[Future[None]]]:
    """Let the devices carry out what they are given, side by side."""
    with ThreadPoolExecutor(len(devices)) as pool:
        yield [pool.submit(_work, device) for device in devices]


def _raise_what_went_wrong(work: Sequence[Future[None]]) -> None:
    for each in work:
        if each.done():
            each.result()


def _work(device: SimulatedDevice) -> None:
    for _ in device.steps():
        time.sleep(_STEP_SECONDS)


def _table(deployment: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title=f"{deployment['name']}: {deployment['status']}")
    table.add_column("device")
    table.add_column("status")
    for row in sorted(rows, key=lambda row: row["id"]):
        table.add_row(row["id"], row["status"])
    return table
