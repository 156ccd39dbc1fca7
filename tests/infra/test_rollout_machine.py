"""The machine that controls a deployment, executed: it looks, waits for its time or a command, and looks again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.engine import local_engine
from tests.infra.machine import Machine, make_machine
from tests.support.waiting import wait_for

pytestmark = pytest.mark.engine

ADVANCE_ROLLOUT = """
import pathlib

def handler(event, context):
    if event["deployment_id"] == "broken":
        raise RuntimeError("no table")
    looks = event["looks"] + 1
    pathlib.Path(FOLDER, event["deployment_id"] + "-looks").write_text(str(looks))
    seconds = {"timed": [1, 1, None], "commanded": [600_000, None], "unheard": [1, None]}[event["deployment_id"]]
    return {"seconds": seconds[event["looks"]], "looks": looks}
"""
BEGIN_WAIT = """
import pathlib

def handler(event, context):
    if event["deployment_id"] == "unheard":
        raise RuntimeError("no table")
    pathlib.Path(FOLDER, event["deployment_id"]).write_text(event["token"])
    return {"woken": False}
"""
LOOK = ["AdvanceRollout", "IsAnythingLeft"]


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tokens")


@pytest.fixture(scope="module", name="machine")
def _machine(folder: Path) -> Iterator[Machine]:
    sources = {"AdvanceRollout": ADVANCE_ROLLOUT, "BeginWait": BEGIN_WAIT}
    with local_engine(wait_scale=0.001) as engine:
        tasks = {name: source.replace("FOLDER", repr(str(folder))) for name, source in sources.items()}
        yield make_machine(engine.url, "rollout.asl.json", tasks)


def told(deployment_id: str) -> dict[str, object]:
    return {"workspace": "w", "deployment_id": deployment_id, "generation": 0}


def test_it_looks_again_when_its_wait_is_over_until_nothing_is_left(machine: Machine) -> None:
    done = machine.execute(told("timed"))
    assert done.status == "SUCCEEDED"
    assert done.states == [*LOOK, "WaitForCommand", *LOOK, "WaitForCommand", *LOOK, "NothingLeft"]


def test_a_command_ends_its_wait_at_once(machine: Machine, folder: Path) -> None:
    token = folder / "commanded"
    started = machine.start(told("commanded"))
    wait_for("a wait", token.exists)
    machine.client("stepfunctions").send_task_success(taskToken=token.read_text(), output="{}")
    done = machine.finish(started)
    assert done.status == "SUCCEEDED"
    assert done.states == [*LOOK, "WaitForCommand", *LOOK, "NothingLeft"]


def test_without_a_token_it_still_looks_again_in_time(machine: Machine) -> None:
    done = machine.execute(told("unheard"))
    assert done.status == "SUCCEEDED"
    assert done.states == [*LOOK, "WaitForCommand", "WaitWithoutCommands", *LOOK, "NothingLeft"]


def test_a_look_that_keeps_failing_is_tried_nine_times_and_fails_where_a_redrive_goes_on(machine: Machine) -> None:
    done = machine.execute(told("broken"))
    assert (done.status, done.tries, done.states) == ("FAILED", 9, ["AdvanceRollout"])
    assert "no table" in done.cause


def test_what_a_redrive_would_repeat_shows_with_what_follows_from_it(machine: Machine) -> None:
    done = machine.execute("input that is not an object")
    assert (done.status, done.states) == ("FAILED", ["AdvanceRollout", "NotAdvanced"])
    assert done.cause.startswith("No phase opens or ends until the tick starts another execution. ")
