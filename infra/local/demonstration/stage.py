"""Who takes part in the demonstration, and how it waits for what they do."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from rich.console import Console
from rich.live import Live
from rich.table import Table

from infra.local.management_client import ManagementClient
from infra.local.native_client import NativeClient
from infra.local.service import Service
from infra.local.simulated_device import Behaviour
from infra.local.simulated_fleet import Fleet, working_fleet
from sluiceway.artifacts.mender_writer import Payload, write_artifact

_BEHAVIOURS = (
    *[Behaviour.SUCCEEDS] * 6,
    Behaviour.REPORTS_TWICE,
    Behaviour.REPORTS_TWICE,
    Behaviour.FAILS,
    Behaviour.FAILS,
)
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
    fleet: Fleet
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
        self.user.upload(write_artifact(name, ["simulated"], payload), "made by the demonstration")
        return name

    def running(self, release: str) -> list[str]:
        """Return the ids of the devices on which a release runs, as they say themselves."""
        return [device_id for device_id, device in self.fleet.devices.items() if device.artifact_name == release]

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
                self.fleet.raise_what_went_wrong()
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
    mender, run = service.credentials["mender"], uuid.uuid4().hex[:6]
    behaviours = {f"demo-{run}-{n}": behaviour for n, behaviour in enumerate(_BEHAVIOURS)}
    with (
        service.site.caller(mender["token"]) as user_http,
        service.site.caller(service.credentials["native"]["api_key"]) as program_http,
        working_fleet(ManagementClient(user_http), service.site, mender["workspace"], behaviours) as fleet,
    ):
        console.print(f"{len(fleet.devices)} devices asked to be let in; a user accepted them.")
        yield Stage(ManagementClient(user_http), NativeClient(program_http), fleet, console, run)
