"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_WITHIN_SECONDS = 150.0
"""Only what never happens takes it all; a busy machine takes its time over what does."""
_LOOKS_EVERY_SECONDS = 0.1


def wait_for(what: str, look: Callable[[], T | None]) -> T:
    """Return what `look` gives as soon as it gives something. Raises TimeoutError."""
    deadline = time.monotonic() + _WITHIN_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(_LOOKS_EVERY_SECONDS)
    raise TimeoutError(f"{what} did not happen within {_WITHIN_SECONDS:.0f} s")
