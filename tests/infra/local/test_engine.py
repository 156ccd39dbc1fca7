from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from infra.local.clients import EngineClients
from infra.local.engine import local_engine
from infra.local.errors import LocalCloudError
from tests.support.service import ROOT

pytestmark = pytest.mark.engine
WITHIN_SECONDS = 60.0
STARTER = """
from infra.local.engine import local_engine
with local_engine() as engine:
    print(engine.process.pid, flush=True)
    input()
"""


def group_is_gone(leader: int) -> bool:
    deadline = time.monotonic() + WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            os.killpg(leader, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_state_survives_a_clean_stop_and_only_with_a_folder(state: Path) -> None:
    with local_engine(state) as engine:
        s3 = EngineClients(engine.url).s3
        s3.create_bucket(Bucket="kept")
        s3.put_object(Bucket="kept", Key="a/b", Body=b"bytes")
    with local_engine(state) as engine:
        assert EngineClients(engine.url).s3.get_object(Bucket="kept", Key="a/b")["Body"].read() == b"bytes"
    with local_engine() as engine:
        assert EngineClients(engine.url).s3.list_buckets()["Buckets"] == []


def test_the_engine_listens_on_loopback_alone() -> None:
    with local_engine() as engine:
        port = f"{int(engine.url.rpartition(':')[2]):04X}"
        listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if " 0A " in line]

    assert [address for address in listening if address.endswith(f":{port}")] == [f"0100007F:{port}"]


def test_nothing_is_left_after_the_block() -> None:
    with local_engine() as engine:
        pass

    assert group_is_gone(engine.process.pid)


def test_an_engine_that_does_not_end_is_killed() -> None:
    with local_engine() as engine:
        os.kill(engine.process.pid, signal.SIGSTOP)
        engine.stop(0.1)

    assert engine.process.returncode == -signal.SIGKILL


def test_an_engine_that_dies_says_so_in_one_line() -> None:
    with local_engine() as engine:
        engine.process.kill()
        engine.process.wait()
        with pytest.raises(
            LocalCloudError, match=r"^The local AWS engine ended with code -9 \(.*\); start it again\.$"
        ):
            engine.raise_if_dead()


def test_an_engine_that_cannot_start_shows_its_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")

    with pytest.raises(LocalCloudError, match=r"ended with code 1 \(.+\)"), local_engine():
        pass


def test_a_killed_starter_leaves_no_engine_behind() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout is not None
        engine = int(starter.stdout.readline())
        starter.kill()

    assert group_is_gone(engine)


def test_the_operators_credentials_do_not_reach_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "prod")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    with local_engine() as engine:
        variables = Path(f"/proc/{engine.process.pid}/environ").read_text().split("\0")

    assert f"AWS_ENDPOINT_URL={engine.url}" in variables
    assert not [variable for variable in variables if variable.startswith(("AWS_PROFILE", "AWS_SESSION_TOKEN"))]


def test_policies_are_enforced_on_request() -> None:
    with local_engine(auth=True) as engine:
        assert httpx.get(f"{engine.url}/_ministack/health", trust_env=False).json()["auth"] == "enabled"
