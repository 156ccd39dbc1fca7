"""PUT /device/deployments/{id}/log (mender contract 9.5, 16.15, 16.18)."""

from __future__ import annotations

import json

import pytest

from sluiceway.http.routes import MEBIBYTE
from tests.handlers.mender.calls import DEPLOYMENTS, UNKNOWN, Management, error_of, put_log
from tests.support.app import App
from tests.support.seeds import DEVICES_V1, Device, expect, poll, report
from tests.support.unchanged import nothing_changes

MESSAGE = {"timestamp": "2026-03-11T13:03:17Z", "level": "info", "message": "installing"}


@pytest.fixture
def deployment(management: Management, device: Device) -> str:
    """A deployment that the one device was offered."""
    deployment_id = management.deploy(device)
    expect(200, poll(management.app, device))
    return deployment_id


def test_18_a_log_is_204_without_a_body_and_can_be_read(
    management: Management, device: Device, deployment: str
) -> None:
    answer = put_log(management.app, device, deployment, {"messages": [MESSAGE]})
    assert (answer.status, answer.body, "content-type" in answer.headers) == (204, b"", False)
    assert management.log(deployment, device.id).text == "2026-03-11 13:03:17 +0000 UTC info: installing\n"
    assert management.devices(deployment)[0]["log"] is True


def test_18_a_second_log_replaces_the_first(management: Management, device: Device, deployment: str) -> None:
    for text in ("first", "second"):
        expect(204, put_log(management.app, device, deployment, {"messages": [{**MESSAGE, "message": text}]}))
    assert management.log(deployment, device.id).text == "2026-03-11 13:03:17 +0000 UTC info: second\n"


@pytest.mark.parametrize("word", ["installing", "success", "failure", "already-installed"])
def test_18_a_log_is_taken_in_any_status_and_changes_none(
    management: Management, device: Device, deployment: str, word: str
) -> None:
    expect(204, report(management.app, device, deployment, word))
    before = management.statistics(deployment)
    expect(204, put_log(management.app, device, deployment, {"messages": [MESSAGE]}))
    assert management.statuses(deployment) == {device.id: word}
    assert management.statistics(deployment) == before


def test_the_log_of_the_last_attempt_wins(app: App, management: Management, device: Device) -> None:
    deployment_id = management.deploy(device, retries=1)
    for attempt in ("first", "second"):
        expect(200, poll(app, device))
        expect(204, put_log(app, device, deployment_id, {"messages": [{**MESSAGE, "message": attempt}]}))
        expect(204, report(app, device, deployment_id, "failure"))
    assert management.log(deployment_id, device.id).text.endswith("info: second\n")


@pytest.mark.parametrize("messages", [None, [], {}, "text", 5, True])
def test_a_log_without_messages_is_400(app: App, device: Device, deployment: str, messages: object) -> None:
    with nothing_changes(app):
        assert error_of(400, put_log(app, device, deployment, {"messages": messages})) == "no messages"
        assert error_of(400, put_log(app, device, deployment, {})) == "no messages"


@pytest.mark.parametrize("member", ["timestamp", "level", "message"])
@pytest.mark.parametrize("value", ["", None])
def test_every_member_of_a_message_is_required(
    app: App, device: Device, deployment: str, member: str, value: str | None
) -> None:
    body = {"messages": [MESSAGE, {**MESSAGE, member: value}]}
    with nothing_changes(app):
        assert error_of(400, put_log(app, device, deployment, body)) == f"{member}: cannot be blank."


def test_all_that_a_message_lacks_is_told_at_once(app: App, device: Device, deployment: str) -> None:
    text = error_of(400, put_log(app, device, deployment, {"messages": [{}]}))
    assert text == "level: cannot be blank; message: cannot be blank; timestamp: cannot be blank."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        [],
        [MESSAGE],
        {"messages": ["text"]},
        {"messages": [None]},
        {"messages": [[MESSAGE]]},
        {"messages": [{**MESSAGE, "level": 5}]},
        {"messages": [{**MESSAGE, "message": {"text": "x"}}]},
        {"messages": [{**MESSAGE, "timestamp": 1773234197}]},
        {"messages": [{**MESSAGE, "timestamp": "yesterday"}]},
        {"messages": [{**MESSAGE, "timestamp": "2026-03-11 13:03:17"}]},
        {"messages": [{**MESSAGE, "timestamp": "2026-03-11T13:03:17"}]},
        {"messages": [{**MESSAGE, "timestamp": "2026-02-30T13:03:17Z"}]},
        {"messages": [{**MESSAGE, "timestamp": "2026-03-11T25:03:17Z"}]},
        {"messages": [{**MESSAGE, "timestamp": "2026-03-11T13:03:17+0100"}]},
        {"messages": [{**MESSAGE, "timestamp": "0001-01-01T00:00:00+01:00"}]},
        {"messages": [{**MESSAGE, "timestamp": "\u0662\u0660\u0662\u0666-03-11T13:03:17Z"}]},
        {"messages": [{**MESSAGE, "timestamp": "2026-03-11T13:03:17.\u0661Z"}]},
        b'{"messages": [{"timestamp": "2026-03-11T13:03:17Z", "level": "info", "message": "\\udc00"}]}',
    ],
)
def test_a_body_that_is_not_a_log_is_400(app: App, device: Device, deployment: str, body: object) -> None:
    with nothing_changes(app):
        assert error_of(400, put_log(app, device, deployment, body))


def test_18_a_device_without_a_part_in_the_deployment_is_404(app: App, management: Management, device: Device) -> None:
    for deployment_id in (management.deploy("d-100"), UNKNOWN):
        with nothing_changes(app):
            answer = put_log(app, device, deployment_id, {"messages": [MESSAGE]})
            assert error_of(404, answer) == "Deployment not found"


@pytest.mark.parametrize("target", ["list", "all devices"])
def test_18_a_device_that_never_asked_for_the_deployment_is_404(
    management: Management, device: Device, target: str
) -> None:
    deployment_id = management.deploy(device) if target == "list" else management.deploy(all_devices=True)
    with nothing_changes(management.app):
        answer = put_log(management.app, device, deployment_id, {"messages": [MESSAGE]})
        assert error_of(404, answer) == "Deployment not found"


def test_a_log_above_one_mebibyte_is_413(app: App, device: Device, deployment: str) -> None:
    with nothing_changes(app):
        error_of(413, put_log(app, device, deployment, {"messages": [{**MESSAGE, "message": "x" * MEBIBYTE}]}))


def test_a_log_of_one_mebibyte_is_kept_whole(management: Management, device: Device, deployment: str) -> None:
    body = json.dumps({"messages": [MESSAGE]}).encode()
    filled = body.replace(b"installing", b"x" * (MEBIBYTE - len(body) + len(b"installing")))
    assert len(filled) == MEBIBYTE
    expect(204, put_log(management.app, device, deployment, filled))
    assert management.log(deployment, device.id).text.count("x") == filled.count(b"x")


@pytest.mark.parametrize("headers", [{}, {"transfer-encoding": "chunked"}])
def test_a_body_needs_neither_a_length_nor_a_type(
    app: App, device: Device, deployment: str, headers: dict[str, str]
) -> None:
    body = json.dumps({"messages": [MESSAGE], "colour": None}).encode()
    target = f"{DEVICES_V1}/{deployment}/log"
    expect(204, app.call("PUT", target, body, token=device.token, headers=headers))


def test_a_device_token_does_not_read_logs(app: App, device: Device, deployment: str) -> None:
    expect(204, put_log(app, device, deployment, {"messages": [MESSAGE]}))
    error_of(401, app.call("GET", f"{DEPLOYMENTS}/{deployment}/devices/{device.id}/log", token=device.token))
