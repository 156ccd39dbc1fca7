from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from sluiceway.domain.event import Event, EventType
from sluiceway.runtime.event_bus import EventBridgeBus

BODY = '{"object":"event","id":"msg_1","type":"deployment.finished"}'
EVENT = Event("w", "msg_1", "1773234000000-msg_1", EventType.DEPLOYMENT_FINISHED, "d-1", BODY)


def test_an_event_reaches_who_has_a_rule_for_it() -> None:
    with mock_aws():
        aws = boto3.Session("a", "b", region_name="eu-central-1")
        logs, events = aws.client("logs"), aws.client("events")
        logs.create_log_group(logGroupName="/aws/events/heard")
        (group,) = logs.describe_log_groups()["logGroups"]
        pattern = {"source": ["sluiceway"], "detail-type": ["deployment.finished"]}
        events.put_rule(Name="heard", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="heard", Targets=[{"Id": "log", "Arn": group["logGroupArn"]}])
        bus = events.describe_event_bus()["Arn"]
        assert EventBridgeBus(lambda: events, bus).put(EVENT) == ""
        (heard,) = logs.filter_log_events(logGroupName="/aws/events/heard")["events"]
    assert json.loads(heard["message"])["detail"] == json.loads(BODY)


class Refusing:
    """EventBridge that takes the request and not the event."""

    def put_events(self, **_: object) -> Mapping[str, Any]:
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "Throttled", "ErrorMessage": "too many"}]}


class Forbidding:
    """EventBridge for a function that may not use the bus."""

    def put_events(self, **_: object) -> Mapping[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "PutEvents")


def no_client() -> NoReturn:
    raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("client", "problem"),
    [(Refusing, "Throttled: too many"), (Forbidding, "not you"), (no_client, "no answer: Could not connect")],
)
def test_why_an_event_was_not_taken_is_said(client: Any, problem: str) -> None:  # noqa: ANN401 - any client
    assert problem in EventBridgeBus(client, "arn").put(EVENT)
