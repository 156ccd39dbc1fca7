"""The local cloud as `make run` starts it. What holds for every command is proved with the local cloud's own tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.e2e.operator import DEPLOYMENTS
from tests.support.processes import descendants, is_running
from tests.support.service import ROOT, RunningService, output_of, read_credentials
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine

ENDS_WITHIN_SECONDS = 60
SUMMARY = r"Deployment [0-9a-f-]{36} finished in 3 phases: 8 success\."


@contextmanager
def make_run(folder: Path, *variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """`make run` as the leader of a process group, which is gone after the block.

    `-o`: the environment that this test runs in is not set up again.
    """
    command = ["make", "-o", ".venv/.locked", "run", f"LOCAL={sys.executable} -m infra.local --folder {folder}"]
    folder.mkdir()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [*command, "PORT=0", "TLS_PORT=0", "STATE=", "ONCE=", *variables],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(ENDS_WITHIN_SECONDS)


def started(process: subprocess.Popen[bytes], folder: Path) -> RunningService:
    """The service that a command has started."""
    assert wait_for("the start", lambda: (folder / "credentials.json").exists() or process.poll() is not None)
    assert process.poll() is None, output_of(folder)
    return read_credentials(folder)


def list_deployments(at: RunningService, token_of: RunningService) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token_of.mender['token']}"}
    return httpx.get(f"{at.mender['url']}{DEPLOYMENTS}/deployments", headers=headers, trust_env=False)


def test_a_second_clone_demonstrates_beside_the_first_and_serves_on_until_ctrl_c(
    service: RunningService, tmp_path: Path
) -> None:
    folder = tmp_path / "second"
    with make_run(folder) as process:
        second = started(process, folder)
        wait_for("the summary", lambda: re.search(SUMMARY, output_of(folder)))
        wait_for("the way in", lambda: second.mender["username"] in output_of(folder))
        shown = [deployment["status"] for deployment in list_deployments(second, second).json()]
        crossed = [list_deployments(service, second), list_deployments(second, service)]
        below = descendants(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(ENDS_WITHIN_SECONDS)
        wait_for("the end of every process below", lambda: not [each for each in below if is_running(each)])

    assert second.mender["url"] in output_of(folder)
    assert second.mender["password"] not in output_of(folder)
    assert shown == ["finished"] * 4
    assert [answer.status_code for answer in crossed] == [httpx.codes.UNAUTHORIZED] * 2
    assert not (folder / "credentials.json").exists()
    assert list_deployments(service, service).status_code == httpx.codes.OK


def test_a_demonstration_that_is_stopped_early_is_no_success(tmp_path: Path) -> None:
    folder = tmp_path / "once"
    with make_run(folder, "ONCE=1") as process:
        started(process, folder)
        os.killpg(process.pid, signal.SIGTERM)
        code = process.wait(ENDS_WITHIN_SECONDS)

    assert code != 0
    assert "error: SIGTERM came before the demonstration had ended.\n" in output_of(folder)
    assert not re.search(SUMMARY, output_of(folder))
