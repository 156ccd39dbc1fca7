"""What the README tells a new user to paste does what it says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.genuine import require_program
from tests.support.service import ROOT, RunningService, in_another_workspace

pytestmark = pytest.mark.genuine

ENDS_WITHIN_SECONDS = 150


@pytest.fixture
def clone(service: RunningService, tmp_path: Path) -> Path:
    """A folder with the credentials of a workspace in which nobody else is."""
    kept = tmp_path / "clone" / ".local"
    kept.mkdir(parents=True)
    (kept / "credentials.json").write_text(json.dumps(in_another_workspace(service).credentials))
    return kept.parent


def session(heading: str) -> str:
    """What is to be pasted under a heading."""
    section = (ROOT / "README.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return section.partition("```sh\n")[2].partition("```\n")[0]


def paste(commands: str, folder: Path) -> str:
    """What bash prints for commands. What they leave running is killed."""
    for program in ("bash", "curl", "jq", "mender-artifact"):
        require_program(program)
    process = subprocess.Popen(
        ["bash", "-c", commands],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder), "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=ENDS_WITHIN_SECONDS)[0]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.usefixtures("mender_client")
def test_08_27_the_genuine_programs_of_the_readme_bring_an_artifact_to_a_device(clone: Path) -> None:
    require_program("mender-cli")
    assert paste(session("The genuine programs"), clone).endswith("\nhello from a genuine device\n")


def test_the_session_of_the_readme_with_curl_ends_with_the_finished_deployment(clone: Path) -> None:
    require_program("openssl")
    printed = paste(session("A session with curl"), clone)
    deployment = json.loads(printed[printed.index("\n{\n") :])
    assert (deployment["status"], deployment["statistics"]["status"]["success"]) == ("finished", 1)


def test_the_session_of_the_readme_with_api_keys_ends_with_a_revoked_one(clone: Path) -> None:
    *listed, missing, revoked = documents_in(paste(session("API keys"), clone))
    assert {api_key["name"]: api_key["scopes"] for api_key in listed} == {
        "local cloud": ["*:manage"],
        "auditor": ["api_keys:read", "devices:read"],
    }
    assert (missing["code"], missing["params"]["missing"]) == ("forbidden", ["api_keys:manage"])
    assert revoked["code"] == "invalid_api_key"


def documents_in(printed: str) -> Iterator[dict[str, Any]]:
    """The JSON documents in what was printed."""
    decoder, rest = json.JSONDecoder(), printed.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        yield document
        rest = rest[end:].strip()
