"""A phase as an attribute of a deployment's head."""

from __future__ import annotations

from collections.abc import Mapping

from sluiceway.domain.phases import Phase
from sluiceway.storage.moments import from_milliseconds, to_milliseconds


def phase_item(phase: Phase) -> Mapping[str, int]:
    """Return the stored form."""
    start = {} if phase.start is None else {"start": to_milliseconds(phase.start)}
    return {"share": phase.batch_size, "size": phase.size, **start}


def read_phase(stored: Mapping[str, int]) -> Phase:
    """Return the phase that was stored."""
    start = from_milliseconds(stored["start"]) if "start" in stored else None
    return Phase(stored["share"], start, stored["size"])
