"""The genuine mender-client 3.4 on the TLS port (contract 12)."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from infra.local.management_client import ManagementClient
from tests.contract.crossing import Passing, crossing
from tests.contract.mender.artifacts import Pause, script_artifact, single_file_artifact
from tests.contract.mender.conftest import StartDevice
from tests.contract.mender.genuine_device import IDENTITY_SCRIPT
from tests.contract.mender.updates import Update, abort, accept, deploy
from tests.support.service import RunningService
from tests.support.waiting import wait_for

pytestmark = pytest.mark.genuine

DEVICE_ATTRIBUTES = "/api/devices/v1/inventory/device/attributes"
INVENTORY = "/api/management/v1/inventory/devices"


def test_27_a_success_over_https_puts_the_file_in_place_and_counts(
    start_device: StartDevice, user: ManagementClient, api: httpx.Client, tmp_path: Path, unique: str
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    release = f"app-{unique}"
    user.upload(single_file_artifact(tmp_path, release, "hello two\n", target), "")
    with start_device() as device:
        update = deploy(api, release, accept(api, device))
        update.wait_until_all("success")
    assert (target / "message.txt").read_text() == "hello two\n"
    deployment = user.deployment(update.id)
    assert (deployment["status"], update.counted()) == ("finished", {"success": 1})
    assert deployment["statistics"]["total_size"] > 0


def test_27_what_is_installed_already_is_not_installed_again(
    start_device: StartDevice, user: ManagementClient, api: httpx.Client, tmp_path: Path, unique: str
) -> None:
    release, runs = f"app-{unique}", tmp_path / "runs"
    user.upload(script_artifact(tmp_path, release, f"echo >> {runs}"), "")
    with start_device() as device:
        first = deploy(api, release, accept(api, device))
        first.wait_until_all("success")
        again = Update(api, user.create_deployment(f"{release} again", release, first.devices), first.devices)
        again.wait_until_all("already-installed")
    assert runs.read_text() == "\n"
    assert (first.counted(), again.counted()) == ({"success": 1}, {"already-installed": 1})


def test_27_two_clients_at_once_update_in_one_deployment(
    start_device: StartDevice, user: ManagementClient, api: httpx.Client, tmp_path: Path, unique: str
) -> None:
    release, done = f"app-{unique}", tmp_path / "done"
    done.mkdir()
    user.upload(script_artifact(tmp_path, release, f'touch "{done}/$({IDENTITY_SCRIPT})"'), "")
    with start_device("first") as first, start_device("second") as second:
        update = deploy(api, release, *(accept(api, device) for device in (first, second)))
        update.wait_until_all("success")
    assert {file.name for file in done.iterdir()} == {f"id={device.name}" for device in (first, second)}
    assert (user.deployment(update.id)["status"], update.counted()) == ("finished", {"success": 2})


def test_27_a_failing_module_is_a_failure_with_its_log(
    start_device: StartDevice, user: ManagementClient, api: httpx.Client, tmp_path: Path, unique: str
) -> None:
    release = f"broken-{unique}"
    user.upload(script_artifact(tmp_path, release, "echo cannot start; exit 1"), "")
    with start_device() as device:
        update = deploy(api, release, accept(api, device))
        update.wait_until_all("failure")
        log = update.log()
    assert "Running Mender client version" in log
    assert " +0000 UTC " in log.splitlines()[0]
    assert user.devices_of(update.id)[0]["log"] is True
    assert update.counted() == {"failure": 1}


def test_27_an_abort_before_the_commit_restores_the_old_content(
    start_device: StartDevice, user: ManagementClient, api: httpx.Client, tmp_path: Path, unique: str
) -> None:
    release = f"aborted-{unique}"
    target = tmp_path / "target"
    target.mkdir()
    message = target / "message.txt"
    message.write_text("hello one\n")
    pause = Pause.at(tmp_path / "pause", "ArtifactInstall_Leave")
    user.upload(single_file_artifact(tmp_path, release, "hello two\n", target, *pause.options), "")
    with start_device() as device:
        update = deploy(api, release, accept(api, device))
        wait_for("the installation", pause.has_begun)
        assert message.read_text() == "hello two\n"
        abort(api, update.id)
        pause.end()
        wait_for("the roll back", lambda: message.read_text() == "hello one\n")
        wait_for("the refusal", lambda: "deployment aborted at the backend" in device.log)
    assert update.counted() == {"aborted": 1}


def test_27_over_https_a_device_that_was_not_given_the_certificate_sends_nothing(
    start_device: StartDevice, user: ManagementClient
) -> None:
    with start_device("distrustful", ServerCertificate="") as distrustful, start_device("trusting") as trusting:
        wait_for("the refusal", lambda: "not a valid certificate" in distrustful.log)
        wait_for("the other asking to be let in", lambda: user.accept([trusting.name]))
    assert user.accept([distrustful.name]) == []


def told_by(api: httpx.Client, device_id: str) -> dict[str, str]:
    """What a device has sent of itself, by its name."""
    shown = api.get(f"{INVENTORY}/{device_id}")
    attributes = shown.json()["attributes"] if shown.is_success else []
    return {attribute["name"]: attribute["value"] for attribute in attributes if attribute["scope"] == "inventory"}


def test_27_the_inventory_is_taken_by_put_and_shown(
    start_device: StartDevice, service: RunningService, api: httpx.Client
) -> None:
    methods: list[str] = []

    def watch(passing: Passing) -> None:
        methods.extend([passing.method] if passing.path == DEVICE_ATTRIBUTES else [])

    with crossing(service.mender["url"], watch) as url, start_device(ServerURL=url) as device:
        device_id = accept(api, device)
        told = wait_for("the inventory", lambda: told_by(api, device_id))
    assert methods == ["PUT"]
    assert told["artifact_name"] == "factory"
    assert told["mender_client_version"].startswith("3.4")
