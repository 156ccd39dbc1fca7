"""Asks what gates depend on outside: addresses that answer while all is well, and alarms in CloudWatch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from sluiceway.domain.gates import Signal, SignalKind, SignalState
from sluiceway.runtime.logs import logger
from sluiceway.runtime.public_http import SUCCESS, NoAnswer, PublicHttp

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_ALARM_STATES: Mapping[str, SignalState] = {"OK": SignalState.OK, "ALARM": SignalState.ALARM}


@dataclass(frozen=True, slots=True)
class OutsideSignals:
    """Implements `Signals`. The client is made when an alarm is first asked for."""

    http: PublicHttp
    cloudwatch: Callable[[], CloudWatchClient]

    def read(self, signal: Signal) -> SignalState:
        """Ask it once, within half a minute; no answer is logged with the reason."""
        match signal.kind:
            case SignalKind.PROBE:
                return self._probe(signal)
            case SignalKind.ALARM:
                return self._alarm(signal)

    def _probe(self, signal: Signal) -> SignalState:
        try:
            status = self.http.call("GET", signal.source, {})
        except NoAnswer as error:
            return _unknown(signal, str(error))
        return SignalState.OK if status in SUCCESS else SignalState.ALARM

    def _alarm(self, signal: Signal) -> SignalState:
        try:
            found = self.cloudwatch().describe_alarms(
                AlarmNames=[signal.source], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
        except (ClientError, BotoCoreError) as error:
            return _unknown(signal, str(error))
        alarms = [*found["MetricAlarms"], *found["CompositeAlarms"]]
        if not alarms:
            return _unknown(signal, "there is no alarm of this name in this account and region")
        state = alarms[0]["StateValue"]
        return _ALARM_STATES.get(state) or _unknown(signal, f"its state is {state}")


def _unknown(signal: Signal, reason: str) -> SignalState:
    logger.warning(
        "the signal of a gate gives no answer; no phase opens on it until it does",
        extra={"kind": signal.kind, "source": signal.source, "reason": reason},
    )
    return SignalState.UNKNOWN
