"""The genuine mender-client 3.4 on the TLS port (contract 12)."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from infra.local.management_client import ManagementClient
from tests.contract.mender.artifacts import script_artifact, single_file_artifact
from tests.contract.mender.conftest import StartDevice
from tests.contract.mender.genuine_device import GenuineDevice
from tests.support.waiting import wait_for

pytestmark = pytest.mark.genuine


def accept(user: ManagementClient, device: GenuineDevice) -> str:
    return wait_for(f"{device.name} asking to be let in", lambda: user.accept([device.name]))[0]


def wait_until(user: ManagementClient, deployment_id: str, status: str) -> None:
    def look() -> bool:
        return bool(user.devices_of(deployment_id)[0]["status"] == status)

    wait_for(f"{status} in deployment {deployment_id}", look)


def test_27_a_success_puts_the_file_in_place_and_counts(
    start_device: StartDevice, user: ManagementClient, tmp_path: Path, unique: str
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    release = f"app-{unique}"
    user.upload(single_file_artifact(tmp_path, release, "hello two\n", target), "")
    with start_device() as device:
        device_id = accept(user, device)
        deployment_id = user.create_deployment(release, release, [device_id])
        wait_until(user, deployment_id, "success")
        again = user.create_deployment(f"{release} again", release, [device_id])
        wait_until(user, again, "already-installed")
    assert (target / "message.txt").read_text() == "hello two\n"
    deployment = user.deployment(deployment_id)
    assert deployment["status"] == "finished"
    assert deployment["statistics"]["status"]["success"] == 1
    assert deployment["statistics"]["total_size"] > 0


def test_27_a_failing_module_is_a_failure_with_its_log(
    start_device: StartDevice, user: ManagementClient, api: httpx.Client, tmp_path: Path, unique: str
) -> None:
    release = f"broken-{unique}"
    user.upload(script_artifact(tmp_path, release, "echo cannot start; exit 1"), "")
    with start_device() as device:
        device_id = accept(user, device)
        deployment_id = user.create_deployment(release, release, [device_id])
        wait_until(user, deployment_id, "failure")
        path = f"/api/management/v1/deployments/deployments/{deployment_id}/devices/{device_id}/log"
        wait_for("the log", lambda: api.get(path).is_success)
        log = api.get(path).text
    assert "Running Mender client version" in log
    assert " +0000 UTC " in log.splitlines()[0]
    assert user.devices_of(deployment_id)[0]["log"] is True


def test_27_an_abort_before_the_commit_restores_the_old_content(
    start_device: StartDevice, user: ManagementClient, api: httpx.Client, tmp_path: Path, unique: str
) -> None:
    release = f"aborted-{unique}"
    target, begun, go_on = tmp_path / "target", tmp_path / "begun", tmp_path / "go-on"
    target.mkdir()
    message = target / "message.txt"
    message.write_text("hello one\n")
    pause = tmp_path / "ArtifactInstall_Leave_00_pause"
    pause.write_text(f"#!/bin/sh\ntouch {begun}\nwhile [ ! -e {go_on} ]; do sleep 0.1; done\n")
    user.upload(single_file_artifact(tmp_path, release, "hello two\n", target, "-s", str(pause)), "")
    with start_device() as device:
        device_id = accept(user, device)
        deployment_id = user.create_deployment(release, release, [device_id])
        wait_for("the installation", begun.exists)
        assert message.read_text() == "hello two\n"
        aborted = api.put(
            f"/api/management/v1/deployments/deployments/{deployment_id}/status", json={"status": "aborted"}
        )
        go_on.touch()
        wait_for("the roll back", lambda: message.read_text() == "hello one\n")
        wait_for("the refusal", lambda: "deployment aborted at the backend" in device.log)
    assert aborted.status_code == 204
    statistics = user.deployment(deployment_id)["statistics"]["status"]
    assert (statistics["aborted"], sum(statistics.values())) == (1, 1)
