"""For how long a device may keep silent in each state before its part has timed out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

LEAST_SILENCE = timedelta(seconds=1)
MOST_SILENCE = timedelta(days=30)
SPARE = 0.1
"""Share of a silence that goes on top when a device is heard of again: until that is used up nothing is written."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Counted from the last that was heard of it, whatever it said; None for ever. A pause has none: a person ends it.

    Of what is pushed they are counted from the last that it said anew.
    """

    offered: timedelta | None = None
    """From the offer to the first report."""
    downloading: timedelta | None = None
    installing: timedelta | None = None
    rebooting: timedelta | None = None
    retrying: timedelta | None = None
    """From when the device was to come for its next attempt, as it is told, while it is not known to call."""

    @property
    def shortest(self) -> timedelta | None:
        """The shortest silence that matters, None when none does."""
        return min(filter(None, (getattr(self, state.name) for state in fields(self))), default=None)


NO_DEADLINES = Deadlines()


def deadline(deadlines: Deadlines, status: str, now: datetime, *, offered: bool) -> datetime | None:
    """Return until when a device must be heard of again, having been heard of now; None for ever.

    `status` is the word that its part stands at. What was never `offered` may take as long as it likes.
    """
    silence = _silence(deadlines, status, offered=offered)
    return None if silence is None else now + silence


def _silence(deadlines: Deadlines, status: str, *, offered: bool) -> timedelta | None:
    match status:
        case "pending":
            return deadlines.offered if offered else None
        case "downloading":
            return deadlines.downloading
        case "installing":
            return deadlines.installing
        case "rebooting":
            return deadlines.rebooting
        case _:
            return None


def prolonged(deadlines: Deadlines, status: str, until: datetime | None, now: datetime) -> datetime | None:
    """Return until when a device that works must be heard of again, having been heard of now in the state it was in.

    That is the deadline it has, while it is late enough for that; with something to spare where it is not.
    """
    silence = _silence(deadlines, status, offered=True)
    if silence is None or until is None:
        return None if silence is None else now + silence
    return until if now + silence <= until else now + silence + silence * SPARE


def deadline_faults(deadlines: Deadlines) -> Iterator[tuple[str, str]]:
    """Yield each state with a silence that makes no sense, and what is wrong with it."""
    for state in fields(deadlines):
        silence: timedelta | None = getattr(deadlines, state.name)
        if silence is not None and not LEAST_SILENCE <= silence <= MOST_SILENCE:
            yield state.name, f"must be from 1 second to {MOST_SILENCE.days} days"
