"""GET /deployments/{id}/devices/{device_id}/log (mender contract 2.11, 16.18)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.handlers.mender.calls import UNKNOWN, Management, error_of, put_log
from tests.support.app import App
from tests.support.seeds import Device, expect, poll, seed_workspace, send_log


@pytest.fixture
def deployment(management: Management, device: Device) -> str:
    """A deployment that the one device was offered."""
    deployment_id = management.deploy(device)
    expect(200, poll(management.app, device))
    return deployment_id


def line_of(management: Management, device: Device, deployment: str, timestamp: str) -> str:
    """A message of this time as the log shows it."""
    message = {"timestamp": timestamp, "level": "notice", "message": "foo"}
    expect(204, put_log(management.app, device, deployment, {"messages": [message]}))
    return management.log(deployment, device.id).text


def test_18_before_the_device_sent_one_there_is_no_log(management: Management, device: Device, deployment: str) -> None:
    assert error_of(404, management.log(deployment, device.id)) == "Resource not found"


@pytest.mark.parametrize(
    ("timestamp", "shown"),
    [
        ("2006-01-02T22:04:05Z", "2006-01-02 22:04:05"),
        ("2006-01-02T22:04:05.000Z", "2006-01-02 22:04:05"),
        ("2006-01-02T22:04:05.120Z", "2006-01-02 22:04:05.12"),
        ("2006-01-02T22:04:05.000000001Z", "2006-01-02 22:04:05.000000001"),
        ("2006-01-02T22:04:05.1234567891Z", "2006-01-02 22:04:05.123456789"),
        ("2006-01-02T22:04:05+02:00", "2006-01-02 20:04:05"),
        ("2006-12-31T22:04:05.5-05:30", "2007-01-01 03:34:05.5"),
        ("2006-01-02t22:04:05z", "2006-01-02 22:04:05"),
        ("1970-01-01T00:00:00Z", "1970-01-01 00:00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01 00:00:00"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31 23:59:59.999999999"),
    ],
)
def test_18_times_are_shown_in_utc_as_go_prints_them(
    management: Management, device: Device, deployment: str, timestamp: str, shown: str
) -> None:
    assert line_of(management, device, deployment, timestamp) == f"{shown} +0000 UTC notice: foo\n"


def test_18_every_message_is_a_line_in_the_order_sent(management: Management, device: Device, deployment: str) -> None:
    messages = [
        {"timestamp": "2026-03-11T13:00:02Z", "level": "error", "message": "\u00fcber: \U0001f600"},
        {"timestamp": "2026-03-11T13:00:01Z", "level": "any word", "message": " two  spaces "},
    ]
    expect(204, put_log(management.app, device, deployment, {"messages": messages}))
    answer = expect(200, management.log(deployment, device.id))
    assert answer.headers["content-type"].partition(";")[0] == "text/plain"
    assert answer.text == (
        "2026-03-11 13:00:02 +0000 UTC error: \u00fcber: \U0001f600\n"
        "2026-03-11 13:00:01 +0000 UTC any word:  two  spaces \n"
    )


@pytest.mark.parametrize(
    ("line_break", "shown"),
    [
        ("\n", r"\n"),
        ("\r\n", r"\r\n"),
        ("\v", r"\x0b"),
        ("\f", r"\x0c"),
        ("\x1e", r"\x1e"),
        ("\x85", r"\x85"),
        ("\u2028", r"\u2028"),
        ("\u2029", r"\u2029"),
    ],
)
def test_a_line_break_in_a_message_begins_no_line(
    management: Management, device: Device, deployment: str, line_break: str, shown: str
) -> None:
    forged = f"first{line_break}2026-03-11 13:00:02 +0000 UTC info: second"
    message = {"timestamp": "2026-03-11T13:00:01Z", "level": f"no{line_break}te", "message": forged}
    expect(204, put_log(management.app, device, deployment, {"messages": [message]}))
    (line,) = management.log(deployment, device.id).text.splitlines()
    assert line == f"2026-03-11 13:00:01 +0000 UTC no{shown}te: first{shown}2026-03-11 13:00:02 +0000 UTC info: second"


def test_18_a_log_is_there_after_an_abort(management: Management, device: Device, deployment: str) -> None:
    expect(204, send_log(management.app, device, deployment))
    management.abort(deployment)
    expect(200, management.log(deployment, device.id))


def test_logs_of_two_deployments_of_a_device_are_apart(app: App, management: Management, device: Device) -> None:
    first, second = management.deploy(device), management.deploy(device, name="second")
    expect(200, poll(app, device))
    expect(204, send_log(app, device, first))
    assert error_of(404, management.log(second, device.id)) == "Resource not found"


@pytest.mark.parametrize(
    "device_id", ["d-100", "a#b", "100%", "%41", "with space", "\u65e5\u672c", "\U0001f600", "x" * 300, "#" * 100, "S"]
)
def test_18_a_device_without_a_part_in_the_deployment_has_no_log(
    management: Management, device: Device, deployment: str, device_id: str
) -> None:
    expect(204, send_log(management.app, device, deployment))
    assert error_of(404, management.log(deployment, quote(device_id, safe=""))) == "Resource not found"


def test_a_listed_device_that_never_asked_has_no_log(management: Management) -> None:
    ids = ["a#b", "100%", "%41", "with space", "\u65e5\u672c"]
    deployment_id = management.deploy(*ids)
    for device_id in ids:
        assert error_of(404, management.log(deployment_id, quote(device_id))) == "Resource not found"


@pytest.mark.parametrize(("identifier", "status"), [("foo", 400), (UNKNOWN, 404)])
def test_an_id_must_be_a_uuid_of_a_deployment(management: Management, identifier: str, status: int) -> None:
    text = error_of(status, management.log(identifier, "d-100"))
    assert text == ("Resource not found" if status == 404 else "ID is not a valid UUID")


def test_09_another_workspaces_log_is_404(management: Management, device: Device, deployment: str) -> None:
    expect(204, send_log(management.app, device, deployment))
    other = Management(management.app, seed_workspace(management.app, "b"))
    error_of(404, other.log(deployment, device.id))
