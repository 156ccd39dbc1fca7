"""The life of the local cloud, as real processes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import BotoCoreError

from infra.local.clients import EngineClients
from tests.support.processes import descendants, is_running
from tests.support.service import (
    RunningService,
    output_of,
    read_credentials,
    run_command,
    spawn,
    started_service,
    wait_until_serving,
)
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine
ENDS_WITHIN_SECONDS = 60.0
ARTIFACTS = "/api/management/v1/deployments/artifacts"
API_KEYS = "/api/v1/api-keys"
OWN = ("token", "application_id")


def end_in_time(processes: set[int]) -> bool:
    """Whether all of them end; a killed one whose parent is gone waits for init to bury it."""
    deadline = time.monotonic() + ENDS_WITHIN_SECONDS
    while any(is_running(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def wait_until_starting(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Block until the stacks are synthesised, however long that takes."""
    while "Starting" not in output_of(folder):
        assert process.poll() is None
        time.sleep(0.02)


def engine_of(process: int) -> int | None:
    """The engine below a service, once there is one."""
    return next((child for child in descendants(process) if b"engine_process" in described(child, "cmdline")), None)


def described(process: int, what: str) -> bytes:
    return Path(f"/proc/{process}/{what}").read_bytes()


def is_deploying(engine: int) -> bool:
    """Whether the engine holds a stack, finished or not."""
    (port,) = re.findall(rb"\0GATEWAY_PORT=(\d+)\0", b"\0" + described(engine, "environ"))
    try:
        return bool(EngineClients(f"http://127.0.0.1:{int(port)}").cloudformation.describe_stacks()["Stacks"])
    except BotoCoreError:
        return False


def list_artifacts(mender: Mapping[str, str], token: str | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {token or mender['token']}"}
    return httpx.get(f"{mender['url']}{ARTIFACTS}", headers=headers, trust_env=False)


def list_api_keys(native: Mapping[str, str], key: str | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {key or native['api_key']}"}
    return httpx.get(f"{native['url']}{API_KEYS}", headers=headers, trust_env=False)


def list_tokens(losant: Mapping[str, str], token: str | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {token or losant['token']}"}
    target = f"{losant['url']}/applications/{losant['application_id']}/tokens"
    return httpx.get(target, headers=headers, trust_env=False)


def revoke_own_token(losant: Mapping[str, str]) -> None:
    (listed,) = list_tokens(losant).json()["items"]
    target = f"{losant['url']}/applications/{losant['application_id']}/tokens/{listed['id']}"
    headers = {"authorization": f"Bearer {losant['token']}"}
    assert httpx.delete(target, headers=headers, trust_env=False).status_code == httpx.codes.OK


def test_a_running_service_says_where_it_is_and_how_to_get_in(service: RunningService) -> None:
    assert set(service.mender) == {"url", "tls_url", "ca", "workspace", "username", "password", "token"}
    assert set(service.native) == {"url", "tls_url", "ca", "api_key"}
    assert set(service.losant) == {"url", "tls_url", "ca", "token", "application_id"}
    assert set(service.aws) == {"endpoint_url", "region", "access_key_id", "secret_access_key", "table", "bucket"}
    assert stat.S_IMODE((service.folder / "credentials.json").stat().st_mode) == 0o600
    assert list_artifacts(service.mender).status_code == httpx.codes.OK
    assert ["*:manage"] in [key["scopes"] for key in list_api_keys(service.native).json()]
    assert ["all.Application"] in [token["scope"] for token in list_tokens(service.losant).json()["items"]]

    trust = ssl.create_default_context(cafile=service.mender["ca"])
    login = httpx.post(
        f"{service.mender['tls_url']}/api/management/v1/useradm/auth/login",
        auth=(service.mender["username"], service.mender["password"]),
        verify=trust,
        trust_env=False,
    )
    assert login.status_code == httpx.codes.OK


def test_another_workspace_is_printed_in_the_same_shape_and_is_empty(service: RunningService) -> None:
    name = f"w-{uuid.uuid4().hex[:8]}"
    made = run_command("workspace", service.folder, NAME=name)
    other = json.loads(made.stdout)
    again = run_command("workspace", service.folder, NAME=name)

    assert set(other["mender"]) == set(service.mender)
    assert other["aws"] == service.aws
    assert other["mender"]["workspace"] != service.mender["workspace"]
    assert list_artifacts(other["mender"]).json() == []
    assert len(list_api_keys(other["native"]).json()) == 1
    assert other["native"]["api_key"] != service.native["api_key"]
    assert list_tokens(other["losant"]).json()["totalCount"] == 1
    assert list_tokens(service.losant, other["losant"]["token"]).status_code == httpx.codes.NOT_FOUND
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith(f"error: The workspace {name} was not created: ")


@pytest.mark.parametrize("name", ["", "Ä", "a b", "-a", "a" * 64])
def test_a_name_that_is_none_is_one_line(service: RunningService, name: str) -> None:
    refused = run_command("workspace", service.folder, NAME=name)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"error: NAME is {name!r}; a workspace's name has ")


def test_without_a_service_there_is_no_workspace_to_make(tmp_path: Path) -> None:
    refused = run_command("workspace", tmp_path, NAME="b")

    assert refused.returncode == 1
    assert refused.stderr.endswith("credentials.json does not exist. Start one with `make serve`.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_ends_everything_in_time(number: signal.Signals, tmp_path: Path) -> None:
    process = spawn(tmp_path)
    service = wait_until_serving(process, tmp_path)
    list_artifacts(service.mender)
    below = descendants(process.pid)
    os.killpg(process.pid, number)

    assert process.wait(ENDS_WITHIN_SECONDS) == 0
    assert below
    assert end_in_time(below)
    assert not (tmp_path / "credentials.json").exists()


def test_a_signal_while_starting_ends_everything_too(tmp_path: Path) -> None:
    process = spawn(tmp_path)
    wait_until_starting(process, tmp_path)
    below = descendants(process.pid)
    process.terminate()

    assert process.wait(ENDS_WITHIN_SECONDS) == 0
    assert end_in_time(below)


def test_what_was_acknowledged_survives_a_clean_restart(tmp_path: Path) -> None:
    folder, state = tmp_path / "local", tmp_path / "state"
    with started_service(folder, STATE=str(state)) as (before, _):
        pass
    with started_service(folder, STATE=str(state)) as (after, _):
        with_old_token = list_artifacts(after.mender, before.mender["token"])

    for name in ("workspace", "username", "password", "ca"):
        assert after.mender[name] == before.mender[name]
    assert after.native["api_key"] == before.native["api_key"]
    assert {name: after.losant[name] for name in OWN} == {name: before.losant[name] for name in OWN}
    assert after.aws["table"] == before.aws["table"]
    assert with_old_token.status_code == httpx.codes.OK
    assert stat.S_IMODE((state / "account.json").stat().st_mode) == 0o600


def test_a_key_and_a_token_that_were_revoked_are_replaced_at_the_next_start(tmp_path: Path) -> None:
    folder, state = tmp_path / "local", tmp_path / "state"
    with started_service(folder, STATE=str(state)) as (before, _):
        (listed,) = list_api_keys(before.native).json()
        own = f"{before.native['url']}{API_KEYS}/{listed['id']}"
        headers = {"authorization": f"Bearer {before.native['api_key']}"}
        assert httpx.delete(own, headers=headers, trust_env=False).status_code == httpx.codes.NO_CONTENT
        revoke_own_token(before.losant)
    with started_service(folder, STATE=str(state)) as (after, _):
        assert list_api_keys(after.native).status_code == httpx.codes.OK
        assert list_api_keys(after.native, before.native["api_key"]).status_code == httpx.codes.UNAUTHORIZED
        assert list_tokens(after.losant).status_code == httpx.codes.OK
        assert list_tokens(after.losant, before.losant["token"]).status_code == httpx.codes.UNAUTHORIZED
    assert after.mender["workspace"] == before.mender["workspace"]
    with started_service(folder, STATE=str(state)) as (later, _):
        assert later.native["api_key"] == after.native["api_key"]
        assert later.losant["token"] == after.losant["token"]


def test_a_taken_port_is_one_line_and_no_success(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = spawn(tmp_path, TLS_PORT=str(port))

        assert process.wait(ENDS_WITHIN_SECONDS) == 1
    assert output_of(tmp_path) == (
        f"error: Port {port} on 127.0.0.1 is taken; stop what uses it, or choose another with TLS_PORT=<port>.\n"
    )


def test_an_engine_that_dies_ends_the_service_with_one_line(tmp_path: Path) -> None:
    process = spawn(tmp_path)
    wait_until_serving(process, tmp_path)
    engine = engine_of(process.pid)
    assert engine
    os.kill(engine, signal.SIGKILL)

    assert process.wait(ENDS_WITHIN_SECONDS) == 1
    assert output_of(tmp_path).splitlines()[-1].startswith("error: The local AWS engine ended with code -9 ")
    assert not (tmp_path / "credentials.json").exists()


def test_an_engine_that_dies_while_the_stacks_are_deployed_is_one_line_too(tmp_path: Path) -> None:
    process = spawn(tmp_path)
    wait_until_starting(process, tmp_path)
    engine = wait_for("the engine", lambda: engine_of(process.pid))
    wait_for("the first stack", lambda: is_deploying(engine))
    os.kill(engine, signal.SIGKILL)

    assert process.wait(ENDS_WITHIN_SECONDS) == 1
    synthesising, starting, *rest = output_of(tmp_path).splitlines()
    assert (synthesising[:13], starting[:8]) == ("Synthesising ", "Starting")
    assert len(rest) == 1
    assert rest[0].startswith("error: The local AWS engine ended with code -9 ")


def test_old_credentials_go_at_the_start_and_come_back_only_when_all_answers(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text("stale")
    process = spawn(tmp_path)
    try:
        wait_until_starting(process, tmp_path)
        assert not (tmp_path / "credentials.json").exists()
        assert list_artifacts(wait_until_serving(process, tmp_path).mender).is_success
    finally:
        process.terminate()
        process.wait(ENDS_WITHIN_SECONDS)


def test_two_services_cannot_share_a_folder(service: RunningService) -> None:
    second = run_command("serve", service.folder)

    assert second.returncode == 1
    assert second.stderr == f"error: Another service uses {service.folder}; stop it first, or choose another clone.\n"
    assert read_credentials(service.folder) == service


def test_one_demonstration_ends_with_what_happened(tmp_path: Path) -> None:
    finished = run_command("run", tmp_path, ONCE="1")

    assert finished.returncode == 0
    deployment, release = "Deployment [0-9a-f-]{36}", "demo-[0-9a-f]{6}"
    told = [
        rf"{deployment} finished: 2 failure, 8 success\.",
        rf"{deployment} was paused by its first gate \(success-share-too-low\)\.",
        rf"{deployment} rolled it back \(.*\): 0 devices run {release}-2, 8 run {release}-1\.",
        rf"{deployment} finished in 3 phases: 8 success\.",
    ]
    assert re.search("\n\n" + "\n".join(told) + "\n$", finished.stdout)
    assert "  phase-not-open: " in finished.stdout
