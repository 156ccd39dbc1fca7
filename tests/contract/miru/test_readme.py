"""What the README tells a user of Miru's SDKs to paste does what it says, and what it says of them is so."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.contract.miru.sdk import EVERGLADES, TETONS, require, uv
from tests.contract.pasted import clone_of, paste, session
from tests.support.service import ROOT, RunningService

pytestmark = pytest.mark.genuine

HEADING = "Configurations (Miru)"


def test_the_session_of_the_readme_with_the_genuine_sdk_ends_with_a_deployment_on_its_way(
    service: RunningService, tmp_path: Path
) -> None:
    require(TETONS)
    # uv keeps what it fetched below HOME
    path = f"{Path(uv()).parent}{os.pathsep}{os.environ['PATH']}"
    printed = paste(session(HEADING), clone_of(service, tmp_path), PATH=path, HOME=str(Path.home()))
    deployment = json.loads(printed[printed.index("{\n") :])
    assert (deployment["target_status"], deployment["status"]) == ("deployed", "queued")
    (instance,) = deployment["config_instances"]
    assert instance["filepath"].startswith("/srv/miru/configs/drivetrain-")


def test_the_session_of_the_readme_takes_the_sdk_that_is_tested() -> None:
    assert f" --with {TETONS.requirement} " in session(HEADING)


def test_the_readme_names_the_calls_that_are_not_served() -> None:
    section = (ROOT / "README.md").read_text().partition(f"\n## {HEADING}\n")[2].partition("\n## ")[0]
    assert f"`{EVERGLADES.name}` {EVERGLADES.version.rpartition('.')[0]}" in section
    assert "`groups`" in section
