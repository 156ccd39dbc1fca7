"""What the README tells a user of Miru's SDKs to paste does what it says, and what it says of them is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

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
    printed = paste(session(HEADING), clone_of(service, tmp_path), **with_uv())
    deployment, end = json.JSONDecoder().raw_decode(printed)
    assert (deployment["target_status"], deployment["status"]) == ("deployed", "queued")
    (instance,) = deployment["config_instances"]
    assert instance["filepath"].startswith("/srv/miru/configs/drivetrain-")
    assert printed[end:].strip() == '{"max_speed_mps": 1.0}'


def test_the_session_of_the_readme_takes_the_sdk_that_is_tested() -> None:
    assert f" --with {TETONS.requirement} " in session(HEADING)


def test_the_readme_names_the_calls_that_are_not_served() -> None:
    assert "`groups`" in section(HEADING)


def test_the_readme_names_the_sdks_that_are_tested_and_no_others() -> None:
    named = re.findall(r"`(miru-[a-z]+-sdk)` ([0-9.]*[0-9])", section(HEADING))
    assert {*named} == {(package.name, package.version) for package in (TETONS, APPROVALS, ZION, EVERGLADES)}
