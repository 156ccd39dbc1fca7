"""The machine that opens phases, executed: it comes again at each start time, and ends when none is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.engine import local_engine
from tests.infra.machine import Machine

pytestmark = pytest.mark.engine

OPEN_PHASES = """
import pathlib

def handler(event, context):
    if event["deployment_id"] == "broken":
        raise RuntimeError("no table")
    calls = pathlib.Path(FOLDER, event["deployment_id"])
    times = ["2026-11-21T12:00:00Z", "2026-11-21T13:00:00Z", None]
    number = len(calls.read_text()) if calls.exists() else 0
    calls.write_text("x" * (number + 1))
    return {"next_start": times[number]}
"""


@pytest.fixture(scope="module", name="machine")
def _machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("calls")
    source = OPEN_PHASES.replace("FOLDER", repr(str(folder)))
    with local_engine(wait_scale=0.001) as engine:
        yield Machine(engine.url, "rollout.asl.json", {"OpenPhases": source})


def told(deployment_id: str) -> dict[str, object]:
    return {"workspace": "w", "deployment_id": deployment_id, "generation": 0}


def test_it_opens_waits_and_comes_again_until_no_phase_is_left(machine: Machine) -> None:
    done = machine.execute(told("staged"))
    assert done.status == "SUCCEEDED"
    turn = ["OpenPhases", "IsAnyToCome"]
    assert done.states == [*turn, "WaitForNextPhase", *turn, "WaitForNextPhase", *turn, "AllOpen"]


def test_a_task_that_keeps_failing_is_tried_nine_times_and_shows_in_the_machines_failures(machine: Machine) -> None:
    done = machine.execute(told("broken"))
    assert (done.status, done.tries) == ("FAILED", 9)
    assert done.cause.startswith("No further phase opens until the tick starts another execution. ")
    assert "no table" in done.cause
