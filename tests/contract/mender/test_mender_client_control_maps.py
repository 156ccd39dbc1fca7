"""The genuine mender-client 3.4 halts and goes on by an update control map (contract 9.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra.local.management_client import ManagementClient
from tests.contract.mender.artifacts import single_file_artifact
from tests.contract.mender.conftest import StartDevice
from tests.contract.mender.updates import DEPLOYMENTS, abort, accept, deploy
from tests.support.waiting import wait_for

pytestmark = pytest.mark.genuine

OLD, NEW = "hello one\n", "hello two\n"
LONG_ENOUGH = {"UpdateControlMapExpirationTimeSeconds": 120}
"""A map expires after two seconds otherwise, which a busy machine may need for a call."""


@dataclass(frozen=True, slots=True)
class Overwriting:
    """A release that overwrites a message on the device."""

    name: str
    message: Path


@pytest.fixture
def release(user: ManagementClient, tmp_path: Path, unique: str) -> Overwriting:
    release = Overwriting(f"app-{unique}", tmp_path / "target" / "message.txt")
    release.message.parent.mkdir()
    release.message.write_text(OLD)
    user.upload(single_file_artifact(tmp_path, release.name, NEW, release.message.parent), "")
    return release


def halting(action: str, *points: str) -> Mapping[str, object]:
    """A map with the same action at some points."""
    return {"states": {f"Artifact{point}_Enter": {"action": action} for point in points}}


def change(api: httpx.Client, deployment_id: str, control_map: Mapping[str, object]) -> None:
    body = {"update_control_map": control_map}
    api.patch(f"{DEPLOYMENTS}/{deployment_id}", json=body).raise_for_status()


def test_a_device_waits_at_each_point_until_the_map_lets_it_go_on(
    start_device: StartDevice, api: httpx.Client, release: Overwriting
) -> None:
    with start_device(**LONG_ENOUGH) as device:
        control_map = halting("pause", "Install", "Commit")
        update = deploy(api, release.name, accept(api, device), update_control_map=control_map)
        update.wait_until_all("pause_before_installing")
        assert release.message.read_text() == OLD
        change(api, update.id, halting("pause", "Commit"))
        update.wait_until_all("pause_before_committing")
        assert release.message.read_text() == NEW
        change(api, update.id, {})
        update.wait_until_all("success")
    assert release.message.read_text() == NEW


def test_an_abort_reaches_a_paused_device_which_rolls_back(
    start_device: StartDevice, api: httpx.Client, release: Overwriting
) -> None:
    with start_device(**LONG_ENOUGH) as device:
        control_map = halting("pause", "Commit")
        update = deploy(api, release.name, accept(api, device), update_control_map=control_map)
        update.wait_until_all("pause_before_committing")
        assert release.message.read_text() == NEW
        abort(api, update.id)
        wait_for("the roll back", lambda: release.message.read_text() == OLD)
    assert update.counted() == {"aborted": 1}


def test_a_map_that_says_so_fails_the_update(
    start_device: StartDevice, api: httpx.Client, release: Overwriting
) -> None:
    with start_device(**LONG_ENOUGH) as device:
        control_map = halting("fail", "Install")
        update = deploy(api, release.name, accept(api, device), update_control_map=control_map)
        update.wait_until_all("failure")
    assert release.message.read_text() == OLD
