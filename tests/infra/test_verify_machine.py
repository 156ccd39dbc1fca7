"""The machine that verifies direct uploads, executed: it tries again, and gives up in the open."""

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
TASKS = {
    "VerifyUpload": """
def handler(event, context):
    if event["upload_id"].startswith("broken"):
        raise RuntimeError("no bucket")
    return {"state": "completed" if event["upload_id"] == "good" else "aborted"}
""",
    "AbortUpload": """
def handler(event, context):
    if event != {"workspace": "w", "upload_id": "broken"}:
        raise RuntimeError("nobody knows what to abort")
    return {"state": "aborted"}
""",
}
PATIENCE_SECONDS = 60


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
    """The machine on the engine, with tasks of its own."""

    def __init__(self, endpoint_url: str) -> None:
        self._session = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=REGION)
        self._url = endpoint_url
        self._steps = self.client("stepfunctions")
        definition = (STATE_MACHINES / "verify_upload.asl.json").read_text(encoding="utf-8")
        tasks = {name: self._make_function(name, source) for name, source in TASKS.items()}
        for name, value in {"Partition": "aws", **tasks}.items():
            definition = definition.replace(f"${{{name}}}", value)
        made = self._steps.create_state_machine(name="verify", definition=definition, roleArn=ROLE)
        self._machine = made["stateMachineArn"]

    def client(self, service: str) -> Any:  # noqa: ANN401 - clients of several services
        make: Any = self._session.client
        return make(service, endpoint_url=self._url)

    def _make_function(self, name: str, source: str) -> str:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("task.py", source)
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="task.handler",
            Role=ROLE,
            Code={"ZipFile": code.getvalue()},
        )
        arn: str = made["FunctionArn"]
        return arn

    def execute(self, upload_id: str) -> Execution:
        told = json.dumps({"workspace": "w", "upload_id": upload_id})
        arn = self._steps.start_execution(stateMachineArn=self._machine, input=told)["executionArn"]
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


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with local_engine(wait_scale=0.001) as engine:
        yield Bench(engine.url)


@pytest.mark.parametrize(("upload_id", "state"), [("good", "completed"), ("no artifact", "aborted")])
def test_a_verified_upload_and_a_refused_one_are_both_no_failure(bench: Bench, upload_id: str, state: str) -> None:
    done = bench.execute(upload_id)
    assert (done.status, done.output) == ("SUCCEEDED", {"state": state})
    assert done.states == ["VerifyUpload", "Verified"]


def test_an_upload_that_no_try_can_verify_is_aborted_and_shows_in_the_machines_failures(bench: Bench) -> None:
    done = bench.execute("broken")
    assert done.status == "FAILED"
    assert done.states == ["VerifyUpload", "AbortUpload", "NotVerified"]
    assert done.cause.startswith("The upload could not be verified and will be no artifact. ")
    assert "no bucket" in done.cause
    assert done.tries == 4 + 1


def test_an_upload_that_cannot_even_be_aborted_shows_too(bench: Bench) -> None:
    done = bench.execute("broken for good")
    assert (done.status, done.states[-1]) == ("FAILED", "NotVerified")
    assert done.tries == 4 + 6
