"""What the README tells a user of Losant's client to paste does what it says."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.contract.losant.clients import LOCK_FILE, OF_PYTHON
from tests.contract.pasted import clone_of, paste, section, session, with_uv
from tests.support.genuine import require_package
from tests.support.service import RunningService

pytestmark = pytest.mark.genuine

HEADING = "Edge deployments (Losant)"
HTTPX = f"httpx=={httpx.__version__}"


def test_the_session_of_the_readme_with_the_genuine_client_ends_with_a_workflow_on_the_device(
    service: RunningService, tmp_path: Path
) -> None:
    require_package(OF_PYTHON, "losant_rest")
    printed = paste(session(HEADING), clone_of(service, tmp_path), **with_uv())
    record = {"flowName": "Press monitor", "desiredVersion": "2026.1", "currentVersion": "2026.1"}
    assert json.loads(printed.splitlines()[-1]) == record


@pytest.mark.parametrize("package", [OF_PYTHON, HTTPX])
def test_the_session_of_the_readme_takes_the_packages_that_are_tested(package: str) -> None:
    assert f" --with {package} " in session(HEADING)


def test_the_readme_names_the_versions_that_are_tested() -> None:
    of_npm = json.loads(LOCK_FILE.read_text())["packages"]["node_modules/losant-rest"]["version"]
    versions = f"{OF_PYTHON.partition('==')[2]} of PyPI and {of_npm} of npm"
    assert f"`losant-rest` {versions}" in section(HEADING)
