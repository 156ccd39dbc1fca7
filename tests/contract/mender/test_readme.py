"""What the README tells a new user to paste does what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.pasted import clone_of, paste, session
from tests.support.genuine import require_program
from tests.support.service import RunningService, in_another_workspace

pytestmark = pytest.mark.genuine


@pytest.fixture
def clone(service: RunningService, tmp_path: Path) -> Path:
    """A folder with the credentials of a workspace in which nobody else is."""
    require_program("mender-artifact")
    return clone_of(in_another_workspace(service), tmp_path)


@pytest.mark.usefixtures("mender_client")
def test_08_27_the_genuine_programs_of_the_readme_bring_an_artifact_to_a_device(clone: Path) -> None:
    require_program("mender-cli")
    assert paste(session("The genuine programs"), clone).endswith("\nhello from a genuine device\n")


@pytest.mark.usefixtures("mender_client")
def test_the_session_with_the_genuine_programs_ends_when_its_user_cannot_log_in(clone: Path) -> None:
    require_program("mender-cli")
    account = clone / ".local" / "credentials.json"
    account.write_text(account.read_text().replace('"password": "', '"password": "not '))
    printed = paste(session("The genuine programs"), clone)
    assert "FAILURE" in printed
    assert "hello from" not in printed


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
