"""Who takes part in the demonstration, and how it waits for what they do."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
from rich.console import Console
from rich.live import Live
from rich.table import Table

from infra.local.management_client import ManagementClient
from infra.local.native_client import NativeClient
from infra.local.sample_artifact import Payload, sample_artifact
from infra.local.service import Service
from infra.local.simulated_device import Behaviour, SimulatedDevice
from infra.local.simulated_fleet import RaiseWhatWentWrong, Rhythm, at_work

_BEHAVIOURS = (
    *[Behaviour.SUCCEEDS] * 6,
    Behaviour.REPORTS_TWICE,
    Behaviour.REPORTS_TWICE,
    Behaviour.FAILS,
    Behaviour.FAILS,
)
_RHYTHM = Rhythm(step=0.4, poll=1.0)
"""Slow enough for a person to watch."""
_COMES_WITHIN_SECONDS = 300
_LOOKS_EVERY_SECONDS = 0.25

Seen: TypeAlias = dict[str, Any]


class NotInTimeError(Exception):
    """Something that the demonstration waits for has not come."""


@dataclass(frozen=True)
class Stage:
    """A user of the Mender dialect, a program with an API key, ten devices at work, and a terminal."""

    user: ManagementClient
    native: NativeClient
    devices: Mapping[str, SimulatedDevice]
    """By the id that each was given."""
    raise_what_went_wrong: RaiseWhatWentWrong
    console: Console
    run: str
    """Part of all names, since a kept service may see many demonstrations."""

    def release(self, version: int) -> str:
        """Return the name of a version of the software."""
        return f"demo-{self.run}-{version}"

    def upload(self, version: int) -> str:
        """Upload a version of the software and return its name."""
        name = self.release(version)
        files = {"message.txt": f"Hello from version {version}.\n".encode() * 400}
        payload = Payload(files=files, provides={"rootfs-image.demo.version": str(version)})
        self.user.upload(sample_artifact(name, ["simulated"], payload), "made by the demonstration")
        return name

    def running(self, release: str) -> list[str]:
        """Return the ids of the devices on which a release runs, as they say themselves."""
        return [device_id for device_id, device in self.devices.items() if device.artifact_name == release]

    def watch(
        self,
        what: str,
        look: Callable[[], Seen],
        *,
        until: Callable[[Seen], bool],
        table: Callable[[Seen], Table],
    ) -> Seen:
        """Show what is seen until it is as wanted, and return it then. Raises NotInTimeError, naming `what`."""
        deadline = time.monotonic() + _COMES_WITHIN_SECONDS
        with _live(self.console) as live:
            while True:
                self.raise_what_went_wrong()
                seen = look()
                live.update(table(seen))
                if until(seen):
                    return seen
                if time.monotonic() > deadline:
                    raise NotInTimeError(f"{what} within {_COMES_WITHIN_SECONDS} s: it is {seen['status']}.")
                time.sleep(_LOOKS_EVERY_SECONDS)


@contextmanager
def _live(console: Console) -> Iterator[Live]:
    with Live(console=console, refresh_per_second=8, redirect_stdout=False, redirect_stderr=False) as live:
        yield live
    if not console.is_terminal:
        console.print()  # a file gets the last table without the end of its line


@contextmanager
def open_stage(service: Service, console: Console) -> Iterator[Stage]:
    """Enrol the devices, and let them ask for work until the end of the block."""
    with (
        _client(service, service.credentials["mender"]["token"]) as user_http,
        _client(service, service.credentials["native"]["api_key"]) as program_http,
        httpx.Client(base_url=service.site.tls_url, verify=service.site.trust(), timeout=30) as device_http,
    ):
        user, run = ManagementClient(user_http), uuid.uuid4().hex[:6]
        names = {f"demo-{run}-{n}": behaviour for n, behaviour in enumerate(_BEHAVIOURS)}
        waiting = [SimulatedDevice(name, device_http, behaviour=behaviour) for name, behaviour in names.items()]
        devices = {_enrol(user, device): device for device in waiting}
        console.print(f"{len(devices)} devices asked to be let in; a user accepted them.")
        with at_work(waiting, _RHYTHM) as raise_what_went_wrong:
            yield Stage(user, NativeClient(program_http), devices, raise_what_went_wrong, console, run)


def _client(service: Service, secret: str) -> httpx.Client:
    return httpx.Client(base_url=service.site.url, headers={"Authorization": f"Bearer {secret}"}, timeout=30)


def _enrol(user: ManagementClient, device: SimulatedDevice) -> str:
    device.check_in()
    (device_id,) = user.accept([device.name])
    device.check_in()
    return device_id
