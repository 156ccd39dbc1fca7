"""How often a device may try again, and how long it waits before it does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

_HASH_RANGE = 2**64


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` in all (1: no retry); the wait doubles from `base` to `cap` and is spread over its upper half."""

    attempts: int = 1
    base: timedelta = timedelta(0)
    cap: timedelta = timedelta(hours=1)

    def wait(self, attempt: int, *, seed: str) -> timedelta:
        """Return the wait after a failed attempt (counted from 1), the same for the same seed and attempt."""
        return self._step(2 ** (attempt - 1)) * (0.5 + 0.5 * _fraction(f"{seed}/{attempt}"))

    def _step(self, times: int) -> timedelta:
        """Return so many times the base, at most the cap; what lies far above it would not fit a timedelta."""
        if not self.base:
            return self.base
        return self.base * times if times < self.cap / self.base else self.cap


def _fraction(seed: str) -> float:
    """Map a seed to [0, 1), evenly."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) / _HASH_RANGE


NO_RETRY = RetryPolicy()
