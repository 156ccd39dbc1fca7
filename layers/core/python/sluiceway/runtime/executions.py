"""Starting executions on Step Functions, each of them once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

START_ERRORS = (ClientError, BotoCoreError)
"""What a start that fails raises."""


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
