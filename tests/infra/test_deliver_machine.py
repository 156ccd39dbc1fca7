"""The machine that delivers events, executed: it makes attempt after attempt, each of them once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.engine import local_engine
from tests.infra.machine import Execution, Machine, make_machine

pytestmark = pytest.mark.engine

DELIVER_EVENT = """
from datetime import datetime, timedelta, timezone

def handler(event, context):
    order, made = event["order"], event["attempt"] + 1
    if order == "broken":
        raise RuntimeError("no table")
    fails = made <= {"done": 0, "fails twice": 2, "fails": 3}[order]
    soon = (datetime.now(timezone.utc) + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    return {
        "workspace": event["workspace"],
        "order": order,
        "generation": event["generation"],
        "attempt": made,
        "next_attempt": soon if fails and made < 3 else None,
        "delivery": "done" if not fails else "pending" if made < 3 else "failed",
        "problems": {"webhook_1": "answered 500"} if fails else {},
    }
"""


@pytest.fixture(scope="module", name="machine")
def _machine() -> Iterator[Machine]:
    with local_engine(wait_scale=0.001) as engine:
        yield make_machine(engine.url, "deliver_event.asl.json", {"DeliverEvent": DELIVER_EVENT})


def deliver(machine: Machine, order: str) -> Execution:
    return machine.execute({"workspace": "w", "order": order, "generation": 0, "attempt": 0})


def test_an_event_that_is_taken_at_once_needs_one_attempt(machine: Machine) -> None:
    done = deliver(machine, "done")
    assert (done.status, done.states) == ("SUCCEEDED", ["DeliverEvent", "IsItOver", "Done"])


def test_each_attempt_follows_the_one_before_at_its_time(machine: Machine) -> None:
    done = deliver(machine, "fails twice")
    again = ["DeliverEvent", "IsItOver", "WaitForNextAttempt"]
    assert done.states == [*again, *again, "DeliverEvent", "IsItOver", "Done"]
    assert (done.status, done.output["attempt"]) == ("SUCCEEDED", 3)


def test_an_event_that_an_endpoint_never_took_shows_in_the_machines_failures_with_the_reason(machine: Machine) -> None:
    done = deliver(machine, "fails")
    assert (done.status, done.states[-1]) == ("FAILED", "NotDelivered")
    assert done.cause.startswith("Endpoints did not take the event in any attempt. ")
    assert "webhook_1" in done.cause
    assert "answered 500" in done.cause


def test_an_attempt_that_cannot_be_made_is_tried_six_times_and_left_to_the_tick(machine: Machine) -> None:
    done = deliver(machine, "broken")
    assert (done.status, done.states[-1], done.tries) == ("FAILED", "NotAttempted", 6)
    assert done.cause.startswith("The event is not delivered until the tick starts another execution. ")
    assert "no table" in done.cause
