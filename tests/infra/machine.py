"""A state machine of ours on the local engine, with tasks that tests write, or answer for."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from infra.local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from infra.paths import STATE_MACHINES

ROLE = "arn:aws:iam::000000000000:role/any"
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


@dataclass(frozen=True)
class Elsewhere:
    """A task that is not on the engine: events are posted to this address, what it answers is the result."""

    url: str


@dataclass(frozen=True)
class Machine:
    """A machine of an engine."""

    endpoint_url: str
    arn: str

    @cached_property
    def _steps(self) -> Any:  # noqa: ANN401 - as below
        return self.client("stepfunctions")

    def client(self, service: str) -> Any:  # noqa: ANN401 - clients of several services
        """A client of another service of the same engine."""
        return client_of(self.endpoint_url, service)

    def execute(self, told: object) -> Execution:
        return self.finish(self.start(told))

    def start(self, told: object) -> str:
        arn: str = self._steps.start_execution(stateMachineArn=self.arn, input=json.dumps(told))["executionArn"]
        return arn

    def stop(self, arn: str) -> None:
        """Stop an execution wherever it is."""
        self._steps.stop_execution(executionArn=arn)

    def running(self) -> list[str]:
        """The ARNs of all executions that have not ended."""
        found = self._steps.list_executions(stateMachineArn=self.arn, statusFilter="RUNNING")["executions"]
        return [execution["executionArn"] for execution in found]

    def finish(self, arn: str) -> Execution:
        """Wait until an execution has ended."""
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


def make_machine(endpoint_url: str, definition: str, tasks: Mapping[str, str | Elsewhere], **others: str) -> Machine:
    """Make a machine of a definition of ours.

    `tasks` are sources of Python modules with a `handler`, or where else to find them, by the placeholders that their
    ARNs replace; `others` are what other placeholders stand for.
    """
    text = (STATE_MACHINES / definition).read_text(encoding="utf-8")
    functions = {name: _make_function(endpoint_url, name, task) for name, task in tasks.items()}
    for name, value in {"Partition": "aws", **functions, **others}.items():
        text = text.replace(f"${{{name}}}", value)
    steps = client_of(endpoint_url, "stepfunctions")
    made = steps.create_state_machine(name=definition.partition(".")[0], definition=text, roleArn=ROLE)
    return Machine(endpoint_url, made["stateMachineArn"])


def client_of(endpoint_url: str, service: str) -> Any:  # noqa: ANN401 - clients of several services
    """A client of a service of an engine."""
    make: Any = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=REGION).client
    return make(service, endpoint_url=endpoint_url)


def _make_function(endpoint_url: str, name: str, task: str | Elsewhere) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("task.py", task if isinstance(task, str) else "")
    elsewhere = {"MINISTACK_LAMBDA_PROXY_URL": task.url} if isinstance(task, Elsewhere) else {}
    made = client_of(endpoint_url, "lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="task.handler",
        Role=ROLE,
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": elsewhere},
        Timeout=PATIENCE_SECONDS,
    )
    arn: str = made["FunctionArn"]
    return arn
