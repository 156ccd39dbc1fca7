from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ENDS_AT_ONCE = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})


@pytest.fixture(name="client")
def _client() -> Iterator[SFNClient]:
    with mock_aws():
        yield boto3.client("stepfunctions", "eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")


@pytest.fixture(name="machine")
def _machine(client: SFNClient) -> str:
    """The ARN of a state machine that any execution of ends at once."""
    role = "arn:aws:iam::123456789012:role/r"
    made = client.create_state_machine(name="Machine", definition=ENDS_AT_ONCE, roleArn=role)
    return made["stateMachineArn"]
