"""Puts events on the EventBridge bus of the environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from sluiceway.domain.event import Event

SOURCE = "sluiceway"


@dataclass(frozen=True, slots=True)
class EventBridgeBus:
    """Implements `EventBus`. The client is made when it is first needed."""

    client: Callable[[], EventBridgeClient]
    bus: str
    """ARN of the event bus."""

    def put(self, event: Event) -> str:
        """Put an event there, with its type for the detail type and its body for the detail; return why it failed."""
        entry: PutEventsRequestEntryTypeDef = {
            "EventBusName": self.bus,
            "Source": SOURCE,
            "DetailType": str(event.type),
            "Detail": event.body,
        }
        try:
            answer = self.client().put_events(Entries=[entry])
        except (ClientError, BotoCoreError) as error:
            return f"no answer: {error}"
        refused = answer["Entries"][0]
        return f"{refused['ErrorCode']}: {refused['ErrorMessage']}" if answer["FailedEntryCount"] else ""
