"""Starting executions on Step Functions, each of them once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sluiceway.runtime.logs import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


@dataclass(frozen=True, slots=True)
class StateMachine:
    """What executions are started on. The client is made when it is first needed."""

    client: Callable[[], SFNClient]
    machine: str
    """ARN of the state machine."""

    def start_or_warn(self, name: str, told: Mapping[str, str | int], *, warning: str, **facts: str | int) -> None:
        """Start an execution once; a start that fails is logged with what follows from it, and with the facts."""
        try:
            start_once(self.client(), self.machine, name, told)
        except (ClientError, BotoCoreError) as error:
            logger.warning(warning, extra={**facts, "reason": str(error)})


def start_once(client: SFNClient, machine: str, name: str, told: Mapping[str, str | int]) -> None:
    """Start an execution; nothing happens when one of this name was started within the last 90 days."""
    try:
        client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(told))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise


def name_of(*parts: str | int) -> str:
    """Return an execution name of 64 characters that only the same parts have."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
