"""The retry machine, executed: it waits, asks whether the retry still stands, and announces it."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from infra.local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from infra.local.engine import local_engine
from infra.paths import STATE_MACHINES

pytestmark = pytest.mark.engine

ROLE = "arn:aws:iam::000000000000:role/any"
CHECK_RETRY = """
def handler(event, context):
    if event["device_id"] == "broken":
        raise RuntimeError("no table")
    detail = {"device_id": event["device_id"], "attempt": event["attempt"]}
    return {"due": event["device_id"] == "due", "detail": detail}
"""
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Execution:
    status: str
    output: Any
    cause: str
    states: list[str]
    """The names of the states it went through."""
    tries: int
    """How often a task was begun."""


class Bench:
    """The machine on the engine, with a check of its own and a queue that hears every announcement."""

    def __init__(self, endpoint_url: str) -> None:
        self._session = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=REGION)
        self._url = endpoint_url
        self._steps = self.client("stepfunctions")
        self._queue = self._listen()
        definition = (STATE_MACHINES / "retry.asl.json").read_text(encoding="utf-8")
        for name, value in {"Partition": "aws", "CheckRetry": self._make_check(), "EventBus": "default"}.items():
            definition = definition.replace(f"${{{name}}}", value)
        made = self._steps.create_state_machine(name="retry", definition=definition, roleArn=ROLE)
        self._machine = made["stateMachineArn"]

    def client(self, service: str) -> Any:  # noqa: ANN401 - clients of several services
        make: Any = self._session.client
        return make(service, endpoint_url=self._url)

    def _listen(self) -> str:
        queues, events = self.client("sqs"), self.client("events")
        url: str = queues.create_queue(QueueName="announcements")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name="all", EventPattern=json.dumps({"source": ["sluiceway"]}))
        events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])
        return url

    def _make_check(self) -> str:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("check.py", CHECK_RETRY)
        made = self.client("lambda").create_function(
            FunctionName="check",
            Runtime="python3.13",
            Handler="check.handler",
            Role=ROLE,
            Code={"ZipFile": code.getvalue()},
        )
        arn: str = made["FunctionArn"]
        return arn

    def execute(self, device_id: str) -> Execution:
        retry = {"device_id": device_id, "attempt": 2, "not_before": "2026-11-21T12:00:00Z"}
        arn = self._steps.start_execution(stateMachineArn=self._machine, input=json.dumps(retry))["executionArn"]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := self._steps.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline, "the execution does not end"
            time.sleep(0.05)
        history = self._steps.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        states = [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]
        tries = sum(event["type"] in {"TaskScheduled", "LambdaFunctionScheduled"} for event in history)
        return Execution(
            found["status"], json.loads(found.get("output", "null")), found.get("cause", ""), states, tries
        )

    def announcements(self) -> list[Any]:
        messages = self.client("sqs").receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self.client("sqs").delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
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
