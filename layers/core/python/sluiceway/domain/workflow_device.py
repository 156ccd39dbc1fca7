"""A device that takes workflows, as users manage it (losant contract 5.3).

Only devices of the class EDGE_COMPUTE have workflow slots; the others are kept because clients keep them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sluiceway.domain.errors import InvalidField

POLL_SECONDS = 60
NOTE_CONTACT_EVERY = timedelta(minutes=2)
CONNECTED_FOR = timedelta(seconds=3 * POLL_SECONDS) + NOTE_CONTACT_EVERY
"""After the call that was noted: for three poll intervals after the last call, which may be that much later."""
MOST_NAME_CHARACTERS = 255
MOST_DETAILS_BYTES = 300 * 1024


class DeviceClass(StrEnum):
    """What kind of device it is."""

    STANDALONE = "standalone"
    GATEWAY = "gateway"
    PERIPHERAL = "peripheral"
    FLOATING = "floating"
    EDGE_COMPUTE = "edgeCompute"
    SYSTEM = "system"
    EMBEDDED = "embedded"


class Tag(NamedTuple):
    """What a device is marked with."""

    key: str
    value: str


class TagSelector(NamedTuple):
    """Which tags are meant: with this key, with this value, or both; None stands for any."""

    key: str | None = None
    value: str | None = None

    def selects(self, tags: Iterable[Tag]) -> bool:
        """Tell whether one of the tags is meant."""
        return any(self.key in {None, tag.key} and self.value in {None, tag.value} for tag in tags)


@dataclass(frozen=True, slots=True)
class WorkflowDevice:
    """The head of a device: what each of its calls needs, and what lists show."""

    workspace: str
    id: str
    name: str
    device_class: DeviceClass
    created: datetime
    updated: datetime
    tags: tuple[Tag, ...] = ()
    agent_version: str = ""
    last_seen: datetime | None = None
    rev: int = 0

    @property
    def has_slots(self) -> bool:
        """Whether workflows can be put on it."""
        return self.device_class is DeviceClass.EDGE_COMPUTE

    def is_connected(self, now: datetime) -> bool | None:
        """Tell whether it called lately, None when it never did."""
        return None if self.last_seen is None else now < self.last_seen + CONNECTED_FOR

    def is_contact_to_note(self, now: datetime) -> bool:
        """Tell whether the last call on record is so old that this one is to be noted."""
        return self.last_seen is None or now - self.last_seen >= NOTE_CONTACT_EVERY


def check_workflow_device_name(name: str) -> str:
    """Return the name of a device. Raises InvalidField unless it has 1 to 255 characters."""
    if not 0 < len(name) <= MOST_NAME_CHARACTERS:
        raise InvalidField("name", f"must have between 1 and {MOST_NAME_CHARACTERS} characters")
    return name


def check_details(details: str) -> str:
    """Return what a device is described by, as a JSON object. Raises InvalidField for more than one item can hold."""
    if len(details.encode()) > MOST_DETAILS_BYTES:
        raise InvalidField("attributes", f"a device is described by {MOST_DETAILS_BYTES} bytes of JSON at most")
    return details
