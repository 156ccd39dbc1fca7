"""The machine that delivers events, executed: it makes attempt after attempt, each of them once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.engine import local_engine
from tests.infra.machine import Execution, Machine, make_machine

pytestmark = pytest.mark.engine

DELIVER_EVENT = """
import pathlib
from datetime import datetime, timedelta, timezone

def handler(event, context):
    order, made = event["order"], event["attempt"] + 1
    if order == "broken" and made == 2 and not pathlib.Path(MENDED).exists():
        raise RuntimeError("no table")
    fails = made <= {"done": 0, "broken": 2, "fails twice": 2, "fails": 3}[order]
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


@pytest.fixture(scope="module", name="mended")
def _mended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is there once the second attempt for the broken event can be made."""
    return tmp_path_factory.mktemp("events") / "mended"


@pytest.fixture(scope="module", name="machine")
def _machine(mended: Path) -> Iterator[Machine]:
    with local_engine(wait_scale=0.001) as engine:
        task = DELIVER_EVENT.replace("MENDED", repr(str(mended)))
        yield make_machine(engine.url, "deliver_event.asl.json", {"DeliverEvent": task})


def deliver(machine: Machine, order: str, attempt: int = 0) -> Execution:
    return machine.execute({"workspace": "w", "order": order, "generation": 0, "attempt": attempt})


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


def test_an_attempt_that_cannot_be_made_is_tried_six_times_and_is_the_next_when_it_is_redriven(
    machine: Machine, mended: Path
) -> None:
    """A redrive runs the state that failed again, with the input that it had; here as an execution of its own."""
    done = deliver(machine, "broken")
    assert (done.status, done.tries) == ("FAILED", 1 + 6)
    assert done.states == ["DeliverEvent", "IsItOver", "WaitForNextAttempt", "DeliverEvent"]
    assert "no table" in done.cause
    mended.touch()
    redriven = deliver(machine, "broken", attempt=1)
    assert redriven.states == ["DeliverEvent", "IsItOver", "WaitForNextAttempt", "DeliverEvent", "IsItOver", "Done"]
    assert (redriven.status, redriven.output["attempt"]) == ("SUCCEEDED", 3)
