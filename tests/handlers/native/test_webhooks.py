from __future__ import annotations

import pytest

from sluiceway.domain.event import Event, EventType
from sluiceway.storage import keys
from sluiceway.usecases.outbox import load_event, store_event
from tests.handlers.native.calls import WEBHOOKS, Native, fields, refusal
from tests.support.app import NOW, App
from tests.support.seeds import Workspace, expect
from tests.support.unchanged import nothing_changes

URL = "https://hooks.example.com/sluiceway"


def urls(native: Native) -> list[str]:
    return [webhook["url"] for webhook in native.get(WEBHOOKS)]


def test_the_secret_of_an_endpoint_is_shown_once(native: Native) -> None:
    answer = expect(201, native.call("POST", WEBHOOKS, {"url": URL}))
    made = answer.json()
    assert set(made) == {"id", "url", "created_at", "former_secrets_valid_until", "secret"}
    assert made["secret"].startswith("whsec_")
    assert answer.headers["location"] == f"/api/v1/webhooks/{made['id']}"
    assert answer.headers["cache-control"] == "no-store"
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert native.get(f"{WEBHOOKS}/{made['id']}") == shown
    assert native.get(WEBHOOKS) == [shown]


def test_an_endpoint_is_there_until_it_is_deleted(native: Native) -> None:
    target = f"{WEBHOOKS}/{native.add(WEBHOOKS, {'url': URL})['id']}"
    expect(204, native.call("DELETE", target))
    assert urls(native) == []
    for method, path in (("GET", target), ("DELETE", target), ("POST", f"{target}/rotate")):
        refusal(404, "not_found", native.call(method, path))


@pytest.mark.parametrize(
    ("body", "until"),
    [
        (b"", "2026-03-12T13:00:00.000Z"),
        ({}, "2026-03-12T13:00:00.000Z"),
        ({"former_valid_for_seconds": 60}, "2026-03-11T13:01:00.000Z"),
        ({"former_valid_for_seconds": 0}, None),
    ],
)
def test_a_rotation_answers_a_new_secret_and_how_long_the_former_stays_good(
    native: Native, body: object, until: str | None
) -> None:
    made = native.add(WEBHOOKS, {"url": URL})
    answer = expect(200, native.call("POST", f"{WEBHOOKS}/{made['id']}/rotate", body))
    rotated = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert rotated["secret"] != made["secret"]
    assert rotated["former_secrets_valid_until"] == until
    assert native.get(f"{WEBHOOKS}/{made['id']}")["former_secrets_valid_until"] == until


def test_a_former_secret_ends_by_itself(native: Native) -> None:
    target = f"{WEBHOOKS}/{native.add(WEBHOOKS, {'url': URL})['id']}"
    expect(200, native.call("POST", f"{target}/rotate"))
    native.app.pass_time(days=1)
    assert native.get(target)["former_secrets_valid_until"] is None


def test_too_many_rotations_at_once_are_409(native: Native) -> None:
    target = f"{WEBHOOKS}/{native.add(WEBHOOKS, {'url': URL})['id']}"
    for _ in range(4):
        expect(200, native.call("POST", f"{target}/rotate"))
    with nothing_changes(native.app):
        refusal(409, "too_many_secrets", native.call("POST", f"{target}/rotate"))


def test_the_twenty_first_endpoint_is_409(native: Native) -> None:
    for _ in range(20):
        native.add(WEBHOOKS, {"url": URL})
    with nothing_changes(native.app):
        refusal(409, "too_many_webhooks", native.call("POST", WEBHOOKS, {"url": URL}))


@pytest.mark.parametrize(
    ("body", "named"),
    [({}, ["url"]), ({"url": 1}, ["url"]), ({"url": None}, ["url"]), ({"url": URL, "secret": "x"}, ["secret"])],
)
def test_a_body_that_names_no_address_is_400(native: Native, body: object, named: list[str]) -> None:
    assert fields(native.call("POST", WEBHOOKS, body)) == named


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "hooks.example.com", "https://a:b@hooks.example.com/"])
def test_an_address_that_is_not_https_is_400_in_words(native: Native, url: str) -> None:
    answer = native.call("POST", WEBHOOKS, {"url": url})
    refusal(400, "invalid_request", answer)
    assert "https" in answer.json()["error"]["message"] or "credentials" in answer.json()["error"]["message"]
    assert urls(native) == []


@pytest.mark.parametrize("seconds", [-1, 604_801, "60", 1.5, None])
def test_an_overlap_that_is_none_is_400(native: Native, seconds: object) -> None:
    target = f"{WEBHOOKS}/{native.add(WEBHOOKS, {'url': URL})['id']}"
    with nothing_changes(native.app):
        answer = native.call("POST", f"{target}/rotate", {"former_valid_for_seconds": seconds})
        assert fields(answer) == ["former_valid_for_seconds"]


def test_the_deliveries_of_an_endpoint_say_what_was_told_and_when_it_is_told_again(
    app: App, workspace: Workspace, native: Native
) -> None:
    target = f"{WEBHOOKS}/{native.add(WEBHOOKS, {'url': URL})['id']}/deliveries"
    assert native.get(target) == []
    stored = Event(workspace.id, "msg_1", keys.order_of(NOW, "msg_1"), EventType.DEPLOYMENT_VALIDATE, "dpl_1", "{}")
    app.table.write(store_event(stored, NOW))
    shown = {
        "event_id": "msg_1",
        "event_type": "deployment.validate",
        "deployment_id": "dpl_1",
        "created_at": "2026-03-11T13:00:00.000Z",
        "status": "pending",
        "problem": None,
        "attempts": 0,
        "next_attempt_at": None,
    }
    assert native.get(target) == [shown]
    told = load_event(app.service, workspace.id, stored.order).attempted({target.split("/")[2]: "it answered 500"}, NOW)
    app.table.write(store_event(told, NOW))
    again = {"problem": "it answered 500", "attempts": 1, "next_attempt_at": "2026-03-11T13:00:05.000Z"}
    assert native.get(target) == [{**shown, **again}]
    assert native.get(f"{target}?page=2") == []
    assert fields(native.call("GET", f"{target}?per_page=0")) == ["per_page"]


def test_endpoints_of_another_workspace_do_not_exist(native: Native, stranger: Native) -> None:
    target = f"{WEBHOOKS}/{native.add(WEBHOOKS, {'url': URL})['id']}"
    stranger.get(WEBHOOKS)
    with nothing_changes(native.app):
        for method, path in (("GET", target), ("DELETE", target), ("POST", f"{target}/rotate")):
            refusal(404, "not_found", stranger.call(method, path))
    assert urls(stranger) == []
