"""The retry machine, executed: it waits, asks whether the retry still stands, and announces it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.engine import local_engine
from sluiceway.domain.device_deployment import DeviceDeployment, Status
from sluiceway.domain.retry import RetryPolicy
from sluiceway.runtime import wiring
from sluiceway.runtime.retries import StepFunctionsRetries
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.create_deployment import create_deployment
from tests.engine.controlled import functions_here
from tests.infra.machine import Elsewhere, Execution, make_machine
from tests.support.app import NOW, RecordedRetries, handler_of
from tests.support.faults import Fault, FaultyTable
from tests.support.fleet import WORKSPACE, Fleet

pytestmark = pytest.mark.engine

CHECK_RETRY = """
import pathlib

def handler(event, context):
    if event["device_id"] == "broken" and not pathlib.Path(MENDED).exists():
        raise RuntimeError("no table")
    if event["device_id"] == "untold":
        return {"due": True}
    detail = {"device_id": event["device_id"], "attempt": event["attempt"]}
    return {"due": event["device_id"] in {"due", "broken"}, "detail": detail}
"""


class Bench:
    """The machine with a check of its own, and a queue that hears every announcement."""

    def __init__(self, endpoint_url: str, check: str | Elsewhere) -> None:
        self.machine = make_machine(endpoint_url, "retry.asl.json", {"CheckRetry": check}, EventBus="default")
        self._queues, events = self.machine.client("sqs"), self.machine.client("events")
        self._queue: str = self._queues.create_queue(QueueName="announcements")["QueueUrl"]
        attributes = self._queues.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        events.put_rule(Name="all", EventPattern=json.dumps({"source": ["sluiceway"]}))
        events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}])

    def execute(self, device_id: str) -> Execution:
        return self.machine.execute({"device_id": device_id, "attempt": 2, "not_before": "2026-11-21T12:00:00Z"})

    def announcements(self) -> list[Any]:
        messages = self._queues.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self._queues.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]


@pytest.fixture(scope="module", name="mended")
def _mended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is there once the check of the broken device works again."""
    return tmp_path_factory.mktemp("retries") / "mended"


@pytest.fixture(scope="module")
def bench(mended: Path) -> Iterator[Bench]:
    with local_engine(wait_scale=0.01) as engine:
        yield Bench(engine.url, CHECK_RETRY.replace("MENDED", repr(str(mended))))


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


def test_a_check_that_keeps_failing_is_tried_six_times_and_goes_on_where_it_failed_when_it_is_redriven(
    bench: Bench, mended: Path
) -> None:
    """A redrive runs the state that failed again, with the input that it had; here as an execution of its own."""
    done = bench.execute("broken")
    assert (done.status, done.tries, done.states) == ("FAILED", 6, ["WaitUntilDue", "CheckRetry"])
    assert "no table" in done.cause
    assert bench.announcements() == []
    mended.touch()
    assert bench.execute("broken").states[1:] == ["CheckRetry", "IsStillDue", "Announce", "Announced"]
    assert len(bench.announcements()) == 1


def test_what_a_redrive_would_repeat_shows_with_what_follows_from_it(bench: Bench) -> None:
    done = bench.execute("untold")
    assert (done.status, done.states[-2:]) == ("FAILED", ["Announce", "NotAnnounced"])
    assert done.cause.startswith("The device still retries, but nobody was told. ")


def failed_once(fleet: Fleet) -> tuple[str, DeviceDeployment]:
    """A retry that is due, and the workspace that it is in."""
    device = fleet.accept()
    definition = replace(fleet.definition(device), retry=RetryPolicy(2, timedelta(minutes=10)))
    deployment_id = create_deployment(fleet.service, WORKSPACE, definition, NOW)
    assert fleet.poll(device)
    fleet.report(device, deployment_id, Status.FAILURE)
    assert isinstance(fleet.service.retries, RecordedRetries)
    (started,) = fleet.service.retries.started
    return started


def test_a_retry_is_announced_once_however_its_start_is_repeated_and_its_check_goes_wrong() -> None:
    """The real check, which succeeds at its last try."""
    fleet = Fleet(MemoryTable())
    workspace, row = failed_once(fleet)
    faults = iter([Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOSE_ANSWER, Fault.THROTTLE, Fault.CRASH_BEFORE])

    def check(task: str, event: Mapping[str, Any]) -> object:
        happens = next(faults, None)
        with wiring.use(replace(fleet.service, table=FaultyTable(fleet.table, lambda _: happens))):
            return handler_of(task)(event, None)

    with functions_here(check) as url, local_engine(wait_scale=0.01) as engine:
        bench = Bench(engine.url, Elsewhere(f"{url}/workflow.check_retry"))
        steps = bench.machine.client("stepfunctions")
        retries = StepFunctionsRetries(lambda: steps, bench.machine.arn)
        for _ in range(2):
            retries.start(workspace, row)
        (execution,) = bench.machine.running()
        done = bench.machine.finish(execution)
        retries.start(workspace, row)
        assert (done.status, done.output, bench.machine.running()) == ("SUCCEEDED", {"announced": True}, [])
        (event,) = bench.announcements()
    assert (event["detail"]["device_id"], event["detail"]["attempt"]) == (row.device_id, 2)
