"""Genuine mender-clients in the middle of an update while the service is stopped and started again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path

import httpx
import pytest

from infra.local.errors import LocalCloudError
from infra.local.management_client import ManagementClient
from infra.local.servers import bind
from tests.contract.mender.artifacts import Pause, script_artifact
from tests.contract.mender.conftest import user_of
from tests.contract.mender.genuine_device import genuine_device
from tests.contract.mender.updates import Update, accept, deploy
from tests.support.service import Clone, RunningService
from tests.support.waiting import wait_for

pytestmark = pytest.mark.genuine

AFTER_THE_DOWNLOAD, BEFORE_SUCCESS_IS_REPORTED = "ArtifactInstall_Enter", "ArtifactCommit_Leave"
NEVER_GIVEN = range(10_000, 32_000)
"""Ports that the kernel gives to nobody who takes any: they stay free while the service is away."""


def free_ports() -> Iterator[str]:
    for port in random.sample(NEVER_GIVEN, len(NEVER_GIVEN)):
        with suppress(LocalCloudError), bind(port, "PORT"):
            yield str(port)


class PausedDevice:
    """A device that waits in a state of an update."""

    def __init__(self, folder: Path, state: str) -> None:
        folder.mkdir()
        self.runs = folder / "runs"
        self._folder, self._pause = folder, Pause.at(folder / "pause", state)

    @contextmanager
    def updating(self, program: str, service: RunningService, api: httpx.Client) -> Iterator[Update]:
        release = f"app-{self._folder.name}"
        artifact = script_artifact(self._folder, release, f"echo >> {self.runs}", *self._pause.options)
        ManagementClient(api).upload(artifact, "")
        with genuine_device(program, service, self._folder / "device", self._folder.name) as device:
            yield deploy(api, release, accept(api, device))

    def wait_until_paused(self) -> None:
        wait_for(f"the pause of {self._folder.name}", self._pause.has_begun)

    def go_on(self) -> None:
        self._pause.end()


def test_27_a_restart_in_the_middle_of_an_update_is_survived(mender_client: str, tmp_path: Path) -> None:
    clone = Clone(tmp_path / "local", tmp_path / "state")
    ports = dict(zip(("PORT", "TLS_PORT"), islice(free_ports(), 2), strict=True))
    devices = [PausedDevice(tmp_path / state, state) for state in (AFTER_THE_DOWNLOAD, BEFORE_SUCCESS_IS_REPORTED)]
    with ExitStack() as outlives_the_service:
        with clone.serving(**ports) as service:
            api = outlives_the_service.enter_context(user_of(service))
            updates = [
                outlives_the_service.enter_context(device.updating(mender_client, service, api)) for device in devices
            ]
            for device in devices:
                device.wait_until_paused()
            before = [device.runs.exists() for device in devices]
        with clone.serving(**ports):
            for device in devices:
                device.go_on()
            for update in updates:
                update.wait_until_all("success")
            finished = [ManagementClient(api).deployment(update.id)["status"] for update in updates]
    assert before == [False, True]
    assert finished == ["finished"] * 2
    assert [device.runs.read_text() for device in devices] == ["\n"] * 2
