"""A state machine of ours on the local engine, with tasks that tests write."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
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


class Machine:
    """`tasks` are sources of Python modules with a `handler`, by the placeholders that their ARNs replace."""

    def __init__(self, endpoint_url: str, definition: str, tasks: Mapping[str, str], **others: str) -> None:
        self._session = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=REGION)
        self._url = endpoint_url
        self._steps = self.client("stepfunctions")
        text = (STATE_MACHINES / definition).read_text(encoding="utf-8")
        functions = {name: self._make_function(name, source) for name, source in tasks.items()}
        for name, value in {"Partition": "aws", **functions, **others}.items():
            text = text.replace(f"${{{name}}}", value)
        made = self._steps.create_state_machine(name=definition.partition(".")[0], definition=text, roleArn=ROLE)
        self._arn = made["stateMachineArn"]

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

    def execute(self, told: Mapping[str, object]) -> Execution:
        return self.finish(self.start(told))

    def start(self, told: Mapping[str, object]) -> str:
        arn: str = self._steps.start_execution(stateMachineArn=self._arn, input=json.dumps(told))["executionArn"]
        return arn

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
