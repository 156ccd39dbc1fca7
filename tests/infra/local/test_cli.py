"""`make workspace` where no service answers: one line, and no workspace."""

from __future__ import annotations

import io
import re
from pathlib import Path

import httpx
import jwt
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from infra.local import cli
from infra.local.clients import EngineClients
from infra.local.files import sole_user, write_private_json
from infra.local.site import Site

ENGINE = "http://127.0.0.1:9"
SITE = {"url": "http://127.0.0.1:9", "tls_url": "https://127.0.0.1:9", "ca": "ca.pem"}
PUBLISHED = {**dict.fromkeys(("losant", "mender", "miru", "native"), SITE), "aws": {"endpoint_url": ENGINE}}


def make_workspace(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The exit code, and what was printed."""
    code = cli.main(["workspace", "--folder", str(folder)])
    return (code, *capsys.readouterr())


@pytest.mark.parametrize("locked_before", [True, False])
def test_what_a_killed_service_left_is_told_apart_from_a_service(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, locked_before: bool
) -> None:
    write_private_json(tmp_path / "credentials.json", PUBLISHED)
    if locked_before:
        with sole_user(tmp_path, "clone"):
            pass

    left = f"the one that left {tmp_path / 'credentials.json'} was killed"
    said = f"error: No service runs: {left}. Start one with `make serve`.\n"
    assert make_workspace(tmp_path, capsys) == (1, "", said)


@pytest.mark.parametrize(
    "failure",
    [
        EndpointConnectionError(endpoint_url=ENGINE),
        ClientError({"Error": {"Code": "500", "Message": "it\nstops"}}, "Invoke"),
        httpx.ConnectError("refused"),
    ],
)
def test_a_service_that_stops_meanwhile_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(_: EngineClients, __: str) -> None:
        raise failure

    monkeypatch.setattr(cli, "create_workspace", fail)
    write_private_json(tmp_path / "credentials.json", PUBLISHED)
    with sole_user(tmp_path, "clone"):
        code, printed, said = make_workspace(tmp_path, capsys)

    assert (code, printed) == (1, "")
    assert re.fullmatch(r"error: The service does not answer: .+\. See its log, or start it again\.\n", said)


def test_a_machine_needs_a_service_and_a_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "MACHINE_KEY_BITS", 2048)

    def said_of(token: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(token))
        assert cli.main(["machine", "--folder", str(tmp_path)]) == 1
        printed, said = capsys.readouterr()
        assert printed == ""
        return str(said)

    assert said_of("").startswith("error: No service runs: ")
    write_private_json(tmp_path / "credentials.json", PUBLISHED)
    assert said_of("\n").startswith("error: What came on standard input is no activation token")
    token = jwt.encode({"sub": "dvc_1"}, "0" * 32)
    assert re.fullmatch(r"error: The service does not answer: .+\. Start it with `make serve`\.\n", said_of(token))


def test_a_fleet_needs_a_service_that_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "raise_on_stop_signals", lambda: None)
    monkeypatch.setattr(Site, "trust", lambda _: True)

    def said() -> str:
        assert cli.main(["fleet", "--folder", str(tmp_path)]) == 1
        printed, said = capsys.readouterr()
        assert printed == ""
        return str(said)

    assert said().startswith("error: No service runs: ")
    write_private_json(tmp_path / "credentials.json", {**PUBLISHED, "mender": {**SITE, "token": "t", "workspace": "w"}})
    assert re.fullmatch(r"error: The service does not answer: .+\. Start it with `make serve`\.\n", said())
