from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sluiceway.domain.config_deployment import Activity, ConfigDeployment, Target
from sluiceway.domain.event import RETRY_DELAYS, Delivery, Event, EventType, validation_request
from tests.support.app import NOW

MADE = ConfigDeployment(
    "w", "dpl_7Qm2", "dvc_4kT9", "rls_1Xw8", (), Target.STAGED, Activity.VALIDATING, created=NOW, updated=NOW
)
EVENT = Event("w", "msg_2b9F", "1773234000000-msg_2b9F", EventType.DEPLOYMENT_VALIDATE, "dpl_7Qm2", "{}")


def test_the_request_for_a_verdict_says_which_deployment_of_what_to_whom() -> None:
    """Contract 7.1."""
    created = datetime(2026, 4, 2, 9, 14, 58, tzinfo=UTC)
    request = validation_request(
        ConfigDeployment(
            "w", "dpl_7Qm2", "dvc_4kT9", "rls_1Xw8", (), Target.STAGED, Activity.VALIDATING, created, created
        ),
        "msg_2b9F",
        "order",
    )
    assert request == Event("w", "msg_2b9F", "order", EventType.DEPLOYMENT_VALIDATE, "dpl_7Qm2", request.body)
    assert json.loads(request.body) == {
        "object": "event",
        "type": "deployment.validate",
        "timestamp": "2026-04-02T09:14:58.000Z",
        "data": {
            "deployment": {
                "object": "deployment",
                "id": "dpl_7Qm2",
                "device_id": "dvc_4kT9",
                "release_id": "rls_1Xw8",
                "created_at": "2026-04-02T09:14:58.000Z",
            }
        },
    }


def test_an_event_that_every_endpoint_took_is_done() -> None:
    after = EVENT.attempted({"a": "", "b": ""}, NOW)
    assert (after.delivery, after.next_attempt, after.attempts) == (Delivery.DONE, None, 1)
    assert after.delivered == {"a", "b"}
    assert not after.problems


def test_an_event_of_which_nobody_has_to_hear_is_done() -> None:
    assert EVENT.attempted({}, NOW).delivery is Delivery.DONE


def test_who_took_it_is_remembered_while_others_fail() -> None:
    first = EVENT.attempted({"a": "", "b": "answered 500"}, NOW)
    assert first.delivery is Delivery.PENDING
    assert first.delivered == {"a"}
    assert first.problems == {"b": "answered 500"}
    second = first.attempted({"b": ""}, NOW)
    assert second.delivery is Delivery.DONE
    assert second.delivered == {"a", "b"}
    assert not second.problems


def test_it_is_tried_again_after_5_s_5_min_30_min_2_5_10_and_10_h_and_then_has_failed() -> None:
    """Contract 7.1."""
    event, moment, waits = EVENT, NOW, []
    while event.delivery is Delivery.PENDING:
        event = event.attempted({"a": "answered 500"}, moment)
        if event.next_attempt:
            waits.append(event.next_attempt - moment)
            moment = event.next_attempt
    hours = [timedelta(hours=number) for number in (2, 5, 10, 10)]
    assert waits == [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), *hours]
    assert (event.delivery, event.attempts) == (Delivery.FAILED, len(RETRY_DELAYS) + 1)
    assert (event.next_attempt, event.problems) == (None, {"a": "answered 500"})


def test_the_last_attempt_can_succeed() -> None:
    event = EVENT
    for _ in RETRY_DELAYS:
        event = event.attempted({"a": "answered 500"}, NOW)
    assert event.attempted({"a": ""}, NOW).delivery is Delivery.DONE


def test_an_endpoint_has_an_event_waits_for_it_misses_it_or_has_nothing_to_do_with_it() -> None:
    told = EVENT.attempted({"taker": "", "other": "it answered 500"}, NOW)
    assert [told.delivery_to(each) for each in ("taker", "other", "new")] == [
        Delivery.DONE,
        Delivery.PENDING,
        Delivery.PENDING,
    ]
    for _ in RETRY_DELAYS:
        told = told.attempted({"other": "it answered 500"}, NOW)
    assert [told.delivery_to(each) for each in ("taker", "other", "new")] == [Delivery.DONE, Delivery.FAILED, None]
    assert EVENT.done().delivery_to("taker") is None
