"""The retry machine, executed: it waits, asks whether the retry still stands, and announces it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.engine import local_engine
from tests.infra.machine import Execution, make_machine

pytestmark = pytest.mark.engine

CHECK_RETRY = """
def handler(event, context):
    if event["device_id"] == "broken":
        raise RuntimeError("no table")
    detail = {"device_id": event["device_id"], "attempt": event["attempt"]}
    return {"due": event["device_id"] == "due", "detail": detail}
"""


class Bench:
    """The machine with a check of its own, and a queue that hears every announcement."""

    def __init__(self, endpoint_url: str) -> None:
        self._machine = make_machine(endpoint_url, "retry.asl.json", {"CheckRetry": CHECK_RETRY}, EventBus="default")
        self._queues, events = self._machine.client("sqs"), self._machine.client("events")
        self._queue: str = self._queues.create_queue(QueueName="announcements")["QueueUrl"]
        attributes = self._queues.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        events.put_rule(Name="all", EventPattern=json.dumps({"source": ["sluiceway"]}))
        events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}])

    def execute(self, device_id: str) -> Execution:
        return self._machine.execute({"device_id": device_id, "attempt": 2, "not_before": "2026-11-21T12:00:00Z"})

    def announcements(self) -> list[Any]:
        messages = self._queues.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self._queues.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with local_engine(wait_scale=0.01) as engine:
        yield Bench(engine.url)


def test_a_retry_that_is_due_is_waited_for_and_announced(bench: Bench) -> None:
    done = bench.execute("due")
    assert (done.status, done.output) == ("SUCCEEDED", {"announced": True})
    assert done.states == ["WaitUntilDue", "CheckRetry", "IsStillDue", "Announce", "Announced"]
    (event,) = bench.announcements()
    assert (event["source"], event["detail-type"]) == ("sluiceway", "Device deployment retry due")
    assert event["detail"] == {"device_id": "due", "attempt": 2}


def test_a_retry_that_no_longer_stands_is_not_announced(bench: Bench) -> None:
    done = bench.execute("aborted")
    assert (done.status, done.output) == ("SUCCEEDED", {"announced": False})
    assert bench.announcements() == []


def test_a_check_that_keeps_failing_is_tried_six_times_and_shows_in_the_machines_failures(bench: Bench) -> None:
    done = bench.execute("broken")
    assert done.status == "FAILED"
    assert done.cause.startswith("The device still retries, but nobody was told. ")
    assert "no table" in done.cause
    assert done.tries == 6
    assert bench.announcements() == []
