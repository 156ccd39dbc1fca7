"""What the README tells a user of Miru's SDKs to paste does what it says, and what it says of them is so."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.contract.miru.sdk import APPROVALS, EVERGLADES, TETONS, ZION, require
from tests.contract.pasted import clone_of, paste, section, session, with_uv
from tests.support.service import RunningService

pytestmark = pytest.mark.genuine

HEADING = "Configurations (Miru)"


def test_the_session_of_the_readme_with_the_genuine_sdk_ends_with_a_file_on_the_device(
    service: RunningService, tmp_path: Path
) -> None:
    require(TETONS)
    clone = clone_of(service, tmp_path)
    path, content = paste(session(HEADING), clone, **with_uv()).split("\n", 1)
    assert path.startswith(".local/device/srv/miru/configs/drivetrain-")
    assert content == (clone / path).read_text() == '{"max_speed_mps": 1.0}'
    miru = service.credentials["miru"]
    headers = {"X-API-Key": miru["api_key"], "Miru-Version": "2026-03-09.tetons"}
    answer = httpx.get(f"{miru['url']}/beta/devices", headers=headers, params={"name": f"cart-{path[-13:-5]}"})
    (device,) = answer.json()["data"]
    found = httpx.get(f"{miru['url']}/beta/deployments", headers=headers, params={"device_id": device["id"]}).json()
    assert [each["status"] for each in found["data"]] == ["deployed"]


def test_the_session_of_the_readme_takes_the_sdk_that_is_tested() -> None:
    assert f" --with {TETONS.requirement} " in session(HEADING)


def test_the_readme_names_the_calls_that_are_not_served() -> None:
    assert "`groups`" in section(HEADING)


def test_the_readme_names_the_sdks_that_are_tested_and_no_others() -> None:
    named = re.findall(r"`(miru-[a-z]+-sdk)` ([0-9.]*[0-9])", section(HEADING))
    assert {*named} == {(package.name, package.version) for package in (TETONS, APPROVALS, ZION, EVERGLADES)}
