"""A maintenance window as an attribute of a deployment's head and of its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Any

from sluiceway.domain.windows import Window
from sluiceway.storage.table import Item

_SECOND = timedelta(seconds=1)


def window_item(window: Window) -> Item:
    """Return the stored form: days, start as `HH:MM:SS`, and seconds."""
    return {
        "days": sorted(window.days),
        "start": window.start.isoformat(),
        "duration": window.duration // _SECOND,
        "spread": window.spread // _SECOND,
    }


def read_window(stored: Mapping[str, Any]) -> Window:
    """Return the window that was stored."""
    return Window(
        frozenset(stored["days"]),
        time.fromisoformat(stored["start"]),
        stored["duration"] * _SECOND,
        stored["spread"] * _SECOND,
    )


def read_windows(stored: Sequence[Mapping[str, Any]]) -> tuple[Window, ...]:
    """Return the windows that were stored."""
    return tuple(read_window(window) for window in stored)
