"""What tells a gate from outside: no answer is never taken for a good one, nor for a bad one."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from sluiceway.domain.gates import Signal, SignalKind, SignalState
from sluiceway.runtime.public_http import PublicHttp
from sluiceway.runtime.signals import OutsideSignals
from tests.support.receiver import answering, receiving

ALARM = Signal(SignalKind.ALARM, "Too many restarts")


def no_client() -> NoReturn:
    raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


def probed(url: str, *, loopback: bool = True) -> SignalState:
    return OutsideSignals(PublicHttp(loopback), no_client).read(Signal(SignalKind.PROBE, url))


def reason_logged(caplog: pytest.LogCaptureFixture) -> str:
    """Why there was no answer, as the only warning says it."""
    (warning,) = caplog.records
    return str(vars(warning)["reason"])


@pytest.mark.parametrize("status", [200, 204, 299])
def test_a_probe_that_answers_2xx_says_that_all_is_well(status: int) -> None:
    with receiving(answering(status)) as receiver:
        assert probed(receiver.url) is SignalState.OK
    (request,) = receiver.received
    assert (request.method, request.path, request.body) == ("GET", "/hook?from=sluiceway", b"")
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("status", [302, 404, 500, 503])
def test_every_other_answer_is_an_alarm_and_no_redirect_is_followed(status: int) -> None:
    with receiving() as well, receiving(answering(status, location=well.url)) as receiver:
        assert probed(receiver.url) is SignalState.ALARM
    assert well.received == []


def test_a_probe_that_does_not_answer_is_unknown(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert probed(f"http://127.0.0.1:{port}/") is SignalState.UNKNOWN
    assert reason_logged(caplog).startswith("no answer: ")


def test_nothing_in_the_surroundings_is_probed(caplog: pytest.LogCaptureFixture) -> None:
    with receiving() as receiver:
        assert probed(f"https://127.0.0.1:{receiver.port}/", loopback=False) is SignalState.UNKNOWN
    assert receiver.received == []
    assert "which is not public" in reason_logged(caplog)


@pytest.fixture(name="signals")
def _signals() -> Iterator[OutsideSignals]:
    """CloudWatch has the alarm, in the state that it begins with."""
    with mock_aws():
        client = boto3.client("cloudwatch", "eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
        client.put_metric_alarm(
            AlarmName=ALARM.source,
            MetricName="Restarts",
            Namespace="Fleet",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        yield OutsideSignals(PublicHttp(), lambda: client)


@pytest.mark.parametrize(
    ("state", "said"),
    [("OK", SignalState.OK), ("ALARM", SignalState.ALARM), ("INSUFFICIENT_DATA", SignalState.UNKNOWN)],
)
def test_an_alarm_says_what_its_state_is(signals: OutsideSignals, state: str, said: SignalState) -> None:
    client: Any = signals.cloudwatch()
    client.set_alarm_state(AlarmName=ALARM.source, StateValue=state, StateReason="a test")
    assert signals.read(ALARM) is said


def test_an_alarm_that_does_not_exist_is_unknown(signals: OutsideSignals, caplog: pytest.LogCaptureFixture) -> None:
    assert signals.read(Signal(SignalKind.ALARM, "another")) is SignalState.UNKNOWN
    assert reason_logged(caplog).startswith("there is no alarm of this name")


class Composite:
    """CloudWatch with an alarm that is made of others."""

    def describe_alarms(self, **request: object) -> Mapping[str, Any]:
        assert request == {"AlarmNames": [ALARM.source], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        return {"MetricAlarms": [], "CompositeAlarms": [{"AlarmName": ALARM.source, "StateValue": "ALARM"}]}


def test_an_alarm_that_is_made_of_others_is_found_too() -> None:
    client: Any = Composite
    assert OutsideSignals(PublicHttp(), client).read(ALARM) is SignalState.ALARM


class Forbidding:
    """CloudWatch for a function that may not ask it."""

    def describe_alarms(self, **_: object) -> Mapping[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeAlarms")


@pytest.mark.parametrize(("client", "reason"), [(Forbidding, "not you"), (no_client, "Could not connect")])
def test_an_alarm_that_cannot_be_read_is_unknown(client: Any, reason: str, caplog: pytest.LogCaptureFixture) -> None:  # noqa: ANN401 - any client
    assert OutsideSignals(PublicHttp(), client).read(ALARM) is SignalState.UNKNOWN
    assert reason in reason_logged(caplog)
