"""The AWS engine (ministack) as a supervised child process on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.local.aws import aws_variables, without_aws
from infra.local.errors import LocalCloudError

_READY_WITHIN_SECONDS = 30.0
_POLL_SECONDS = 0.05
STOPS_WITHIN_SECONDS = 8.0
"""After this the engine is killed: a hung function may keep it from ending (its state is saved by then)."""


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Engine:
    """A running engine: where it listens, its process (the leader of a process group of its own) and its log."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def variables(self) -> dict[str, str]:
        """What a program needs in its environment to use this engine."""
        return aws_variables(self.url)

    def last_words(self) -> str:
        """The last line of the engine's log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it wrote no log"

    def raise_if_dead(self) -> None:
        """Raise LocalCloudError when the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise LocalCloudError(f"The local AWS engine ended with code {code} ({self.last_words()}); start it again.")

    def wait_until_ready(self) -> None:
        """Block until the engine takes requests. Raises LocalCloudError when it dies or takes too long."""
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while not self._is_ready():
            self.raise_if_dead()
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"The local AWS engine was not ready within {_READY_WITHIN_SECONDS:.0f} s ({self.last_words()})."
                )
            time.sleep(_POLL_SECONDS)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/_ministack/ready", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def stop(self, within_seconds: float = STOPS_WITHIN_SECONDS) -> None:
        """Ask the engine to save its state and end; kill what is left of its process group."""
        self.process.terminate()
        try:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(within_seconds)
        finally:
            self._kill_group()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


def _engine_environment(port: int, work: Path, state: Path | None, *, auth: bool, wait_scale: float) -> dict[str, str]:
    kept = state or work
    return without_aws(os.environ) | {
        **aws_variables(f"http://127.0.0.1:{port}"),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": aws_variables("")["AWS_REGION"],
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "DOCKER_HOST": f"unix://{work}/no-docker",
        "LOG_LEVEL": "WARNING",
        "AUTH": str(auth).lower(),
        "SFN_WAIT_SCALE": str(wait_scale),
        "PERSIST_STATE": "1" if state else "0",
        "S3_PERSIST": "1" if state else "0",
        "STATE_DIR": str(kept / "engine"),
        "S3_DATA_DIR": str(kept / "objects"),
        "TMPDIR": str(work),
    }


def _spawn(environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start the engine in a process group of its own, so that Ctrl-C reaches it only through us."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "infra.local.engine_process"],
            cwd=Path(__file__).parents[2],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextmanager
def local_engine(
    state: Path | None = None, *, auth: bool = False, wait_scale: float = 1.0, log: Path | None = None
) -> Iterator[Engine]:
    """A ready engine, stopped at the end of the block.

    `state` is the folder whose contents survive a clean stop; without it everything is dropped. `auth` makes the engine
    check signatures and IAM policies. `wait_scale` multiplies the retry intervals of state machines and their waits,
    those for callbacks included (0.01 in tests). `log` receives the engine's output. Raises LocalCloudError when the
    engine does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="sluiceway-engine-", ignore_cleanup_errors=True) as folder:
        work, port = Path(folder), free_port()
        environment = _engine_environment(
            port, work, state.resolve() if state else None, auth=auth, wait_scale=wait_scale
        )
        log = log or work / "engine.log"
        engine = Engine(f"http://127.0.0.1:{port}", _spawn(environment, log), log)
        try:
            engine.wait_until_ready()
            yield engine
        finally:
            engine.stop()
