"""The genuine mender-cli 1.9 (contract 13.1)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.local.management_client import ManagementClient
from tests.contract.mender.artifacts import single_file_artifact
from tests.contract.mender.conftest import introduce
from tests.support.genuine import require_program
from tests.support.service import RunningService, in_another_workspace

pytestmark = pytest.mark.genuine

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module", name="service")
def _service(service: RunningService) -> RunningService:
    """These tests look at lists, of which this program shows the first page only."""
    return in_another_workspace(service)


@pytest.fixture
def cli(service: RunningService, tmp_path: Path) -> Run:
    program = require_program("mender-cli")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [program, "--server", service.mender["url"], *arguments]
        return subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=tmp_path, env={"HOME": str(tmp_path)}
        )

    return run


@pytest.fixture
def logged_in(cli: Run, service: RunningService) -> Run:
    answer = cli("login", "--username", service.mender["username"], "--password", service.mender["password"])
    assert answer.returncode == 0, answer.stderr
    return cli


@pytest.fixture
def artifact_file(tmp_path: Path, unique: str) -> Path:
    single_file_artifact(tmp_path, f"cli-{unique}", "hello\n", tmp_path)
    return tmp_path / f"cli-{unique}.mender"


def test_08_an_artifact_is_uploaded_listed_in_every_detail_and_deleted(
    logged_in: Run, artifact_file: Path, unique: str
) -> None:
    uploaded = logged_in("artifacts", "upload", "--description", "from the shell", str(artifact_file))
    assert uploaded.returncode == 0, uploaded.stderr
    listed = {level: logged_in("artifacts", "list", "-d", level) for level in "0123"}
    assert all(answer.returncode == 0 and f"cli-{unique}" in answer.stdout for answer in listed.values())
    artifact_id = _id_of(listed["0"].stdout, f"cli-{unique}")
    assert logged_in("artifacts", "delete", artifact_id).returncode == 0
    assert f"cli-{unique}" not in logged_in("artifacts", "list").stdout


def test_08_an_artifact_with_meta_data_does_not_break_the_list(logged_in: Run, tmp_path: Path, unique: str) -> None:
    meta_data = tmp_path / "meta.json"
    meta_data.write_text('{"note": "x"}')
    release = f"meta-{unique}"
    single_file_artifact(tmp_path, release, "hello\n", tmp_path, "-m", str(meta_data))
    assert logged_in("artifacts", "upload", str(tmp_path / f"{release}.mender")).returncode == 0
    listed = logged_in("artifacts", "list", "-d", "3")
    assert listed.returncode == 0, listed.stderr
    assert release in listed.stdout


def test_08_a_device_is_listed_in_every_detail_and_as_it_was_answered(
    logged_in: Run, service: RunningService, user: ManagementClient, unique: str
) -> None:
    introduce(service, json.dumps({"mac": unique}))
    (device_id,) = user.accept([unique])
    by_level = [listed_devices(logged_in, "-d", level).stdout for level in "0123"]
    answered = json.loads(listed_devices(logged_in, "-r").stderr)
    (raw,) = (device for device in answered if device["id"] == device_id)
    assert all(f"ID: {device_id}\nStatus: accepted\n" in listed for listed in by_level)
    assert [f"MAC address: {unique}\n" in listed for listed in by_level] == [False, True, True, True]
    assert [raw["auth_sets"][0]["pubkey"] in listed for listed in by_level] == [False, False, True, True]
    assert (raw["status"], raw["identity_data"]) == ("accepted", {"mac": unique})


def listed_devices(cli: Run, *options: str) -> subprocess.CompletedProcess[str]:
    """What the program prints of the devices: on its output, or the raw answer where others print errors."""
    answer = cli("devices", "list", *options)
    assert answer.returncode == 0, answer.stderr
    return answer


@pytest.mark.parametrize(
    "identity",
    ['{"mac": {"a": 1}}', '{"sku": 5}', '{"MAC": true}', '{"s\u212au": 5}', '{"mac": 1e400}', '{"mac": "x", "mac": 5}'],
)
def test_08_an_identity_that_the_list_of_devices_would_break_on_is_refused(
    logged_in: Run, service: RunningService, identity: str
) -> None:
    answer = introduce(service, identity)
    listed = logged_in("devices", "list")
    assert listed.returncode == 0, listed.stderr
    assert answer.status_code == 400, answer.text


def test_08_an_identity_of_other_members_than_text_is_listed(
    logged_in: Run, service: RunningService, unique: str
) -> None:
    identity = {"mac": unique, "slot": 5, "load": 0.5, "spare": None, "is_new": True}
    assert introduce(service, json.dumps(identity)).status_code == 401
    listed = logged_in("devices", "list", "-d", "3")
    assert listed.returncode == 0, listed.stderr
    assert unique in listed.stdout


def test_08_a_token_may_be_given_instead_of_a_login(cli: Run, service: RunningService) -> None:
    assert cli("--token-value", service.mender["token"], "artifacts", "list").returncode == 0


def test_08_a_wrong_password_is_said_to_be_one(cli: Run, service: RunningService) -> None:
    answer = cli("login", "--username", service.mender["username"], "--password", "wrong")
    assert answer.returncode != 0
    assert "401" in answer.stderr


def test_05_the_same_artifact_twice_is_a_conflict(logged_in: Run, artifact_file: Path, user: ManagementClient) -> None:
    user.upload(artifact_file.read_bytes(), "")
    again = logged_in("artifacts", "upload", str(artifact_file))
    assert again.returncode != 0
    assert "409" in again.stderr


def _id_of(listing: str, name: str) -> str:
    """`ID:` and `Name:` stand on two lines after each other."""
    lines = listing.splitlines()
    return lines[lines.index(f"Name: {name}") - 1].removeprefix("ID: ")
