"""How a pushed deployment reaches devices: through the calls of their own dialect (design section 7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias

from sluiceway.domain.choices import Choice
from sluiceway.domain.device_deployment import DeviceDeployment, Event

Pushed: TypeAlias = str
"""What the dialect calls that which a device was given: never empty."""


class Held(NamedTuple):
    """What a device has in a slot."""

    name: str = ""
    """As `push` can give it back; empty where nothing is known."""
    choice: Choice | None = None
    """What gave it that."""
    content: str = ""
    """That, as `SlotContent` names it; empty for nothing."""


NOTHING = Held()


class Channel(Protocol):
    """One dialect, for the devices of one deployment. What it does may be done again and changes nothing then."""

    def held_by(self, device_ids: Collection[str]) -> Mapping[str, Held]:
        """Return what devices have in the slot now; those that do not exist are left out."""
        ...

    def content_of(self, name: str) -> str:
        """Return what is called so, as `Held` has it in `content`."""
        ...

    def push(self, rows: Sequence[DeviceDeployment], now: datetime) -> Mapping[str, Pushed | Event]:
        """Give devices what their rows are about: by device, what it is called, or why that cannot be.

        What was given something newer meanwhile keeps that. A device without an entry is to be tried again.
        """
        ...

    def follow(self, rows: Sequence[DeviceDeployment], now: datetime) -> Mapping[str, Event]:
        """Return what became of what was pushed, by device, where anything did. The row knows what it is called."""
        ...

    def take_back(self, rows: Sequence[DeviceDeployment], now: datetime) -> Collection[str]:
        """Give devices what their rows say that they had before, and return which of them are through with that.

        What was given something newer meanwhile keeps that, and what cannot be had any more leaves what was pushed.
        """
        ...
