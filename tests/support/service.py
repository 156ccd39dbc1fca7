"""The whole local cloud as a process of its own, as `make serve` starts it.

Tests that only use the service share one per test run, whatever the number of workers; tests of its life start
their own.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).parents[2]
_STARTS_WITHIN_SECONDS = 180.0
_STOPS_WITHIN_SECONDS = 60.0
_POLL_SECONDS = 0.05
_SHARED_FOLDER = "service"
_kept: list[subprocess.Popen[bytes]] = []
"""The shared service outlives the fixture that started it, and a running process that is forgotten is a warning."""


class ServiceDidNotStart(Exception):
    """The text is what it printed."""


@dataclass(frozen=True, slots=True)
class RunningService:
    """What `credentials.json` of a running service says, and the folder that it is in."""

    folder: Path
    credentials: Mapping[str, Mapping[str, str]]
    """An object for each surface, and one for AWS."""

    @property
    def mender(self) -> Mapping[str, str]:
        return self.credentials["mender"]

    @property
    def native(self) -> Mapping[str, str]:
        return self.credentials["native"]

    @property
    def losant(self) -> Mapping[str, str]:
        return self.credentials["losant"]

    @property
    def aws(self) -> Mapping[str, str]:
        return self.credentials["aws"]


def spawn(folder: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start a service as the leader of a process group; what it prints goes to `output` in the folder.

    It takes free ports unless `variables` say otherwise.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "output").open("wb") as output:
        return subprocess.Popen(
            _command("serve", folder),
            cwd=ROOT,
            env=_environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def run_command(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the local cloud to its end."""
    return subprocess.run(
        _command(command, folder),
        cwd=ROOT,
        env=_environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_STARTS_WITHIN_SECONDS,
    )


def _command(command: str, folder: Path) -> list[str]:
    return [sys.executable, "-m", "infra.local", command, "--folder", str(folder)]


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PORT": "0", "TLS_PORT": "0", "STATE": "", "ONCE": "", **variables}


def output_of(folder: Path) -> str:
    """What the command in a folder has printed so far."""
    return (folder / "output").read_text()


def wait_until_serving(process: subprocess.Popen[bytes], folder: Path) -> RunningService:
    """Block until the credentials are there. Raises ServiceDidNotStart when the process ends or takes too long."""
    deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if (folder / "credentials.json").exists():
            return read_credentials(folder)
        time.sleep(_POLL_SECONDS)
    raise ServiceDidNotStart(output_of(folder))


def read_credentials(folder: Path) -> RunningService:
    """What the service in a folder says about itself."""
    return RunningService(folder, json.loads((folder / "credentials.json").read_text()))


def in_another_workspace(service: RunningService) -> RunningService:
    """The same service, seen by the user of a new workspace."""
    made = run_command("workspace", service.folder, NAME=f"w-{uuid4().hex[:8]}")
    assert made.returncode == 0, made.stderr
    return replace(service, credentials=json.loads(made.stdout))


@contextmanager
def started_service(folder: Path, **variables: str) -> Iterator[tuple[RunningService, subprocess.Popen[bytes]]]:
    """A service of one's own, stopped at the end of the block."""
    process = spawn(folder, **variables)
    try:
        yield wait_until_serving(process, folder), process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(_STOPS_WITHIN_SECONDS)


@dataclass(frozen=True, slots=True)
class Clone:
    """A folder that a service runs in, and the folder of what it keeps."""

    folder: Path
    state: Path

    @contextmanager
    def serving(self, **variables: str) -> Iterator[RunningService]:
        """A service, stopped cleanly at the end of the block."""
        with started_service(self.folder, STATE=str(self.state), **variables) as (service, process):
            yield service
        assert process.returncode == 0


def folder_of_run(factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of this run share."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> RunningService:
    """The service that all tests of this run share. It ends with the run, in the controller's last hook."""
    folder = folder_of_run(tmp_path_factory) / _SHARED_FOLDER
    folder.mkdir(exist_ok=True)
    with (folder / "starting").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "credentials.json").exists():
            return read_credentials(folder)
        _kept.append(process := spawn(folder))
        (folder / "pid").write_text(str(process.pid))
        return wait_until_serving(process, folder)


def stop_shared_service(config: pytest.Config) -> None:
    """Stop the shared service, if any test of this run started it."""
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]  # pytest has no public way
    pid_file = factory.getbasetemp() / _SHARED_FOLDER / "pid"
    if pid_file.exists():
        _stop(int(pid_file.read_text()))


def _stop(pid: int) -> None:
    deadline = time.monotonic() + _STOPS_WITHIN_SECONDS
    number: int = signal.SIGTERM
    while _signalled(pid, number):
        number = signal.SIGKILL if time.monotonic() > deadline else 0
        time.sleep(_POLL_SECONDS)


def _signalled(pid: int, number: int) -> bool:
    """Whether the process was still there to be signalled; one of our own children is buried on the way."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
