"""How often a device may try again, and how long it waits before it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import inf

from sluiceway.domain.hashing import fraction_of

MOST_ATTEMPTS = 101
"""The first one, and a hundred that repeat it."""
MOST_WAIT = timedelta(days=30)
MOST_FACTOR = 10
MOST_CODES = 20
MOST_CODE_CHARACTERS = 64
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` in all (1: no retry). The wait is `base`, times `factor` after each further attempt, up to `cap`."""

    attempts: int = 1
    base: timedelta = _NOTHING
    cap: timedelta = timedelta(hours=1)
    factor: float = 2
    jitter: float = 0.5
    """The share of a wait, from 0 to 1, that is by chance, so that devices that failed together come back apart."""
    codes: frozenset[str] = frozenset()
    """Failures that are worth another attempt; empty for all of them."""
    penalty_after: int | None = None
    """From so many failed attempts on a wait is at least the penalty, whatever the cap; None for never."""
    penalty: timedelta = _NOTHING

    def allows(self, attempt: int, code: str = "") -> bool:
        """Tell whether another attempt may follow one (from 1) that failed; the code is empty for no known reason."""
        return attempt < self.attempts and (not self.codes or code in self.codes)

    def wait(self, attempt: int, *, seed: str) -> timedelta:
        """Return the wait after a failed attempt (counted from 1), the same for the same seed and attempt."""
        chance = self.jitter * fraction_of(f"{seed}/{attempt}")
        wait = self._step(self._growth(attempt - 1)) * (1 - self.jitter + chance)
        is_punished = self.penalty_after is not None and attempt >= self.penalty_after
        return max(wait, self.penalty * (1 + chance)) if is_punished else wait

    def _growth(self, steps: int) -> float:
        try:
            return self.factor**steps
        except OverflowError:
            return inf

    def _step(self, times: float) -> timedelta:
        """Return so many times the base, at most the cap; what lies far above it would not fit a timedelta."""
        if not self.base:
            return self.base
        return self.base * times if times < self.cap / self.base else self.cap


NO_RETRY = RetryPolicy()


def retry_faults(policy: RetryPolicy) -> Iterator[tuple[str, str]]:
    """Yield each member that makes no sense, and what is wrong with it."""
    if not 1 <= policy.attempts <= MOST_ATTEMPTS:
        yield "attempts", f"must be from 1 to {MOST_ATTEMPTS}, the first one included"
    if not _NOTHING <= policy.base <= policy.cap:
        yield "base", "must be from 0 to the cap"
    if policy.cap > MOST_WAIT:
        yield "cap", f"must be {MOST_WAIT.days} days at most"
    if not 1 <= policy.factor <= MOST_FACTOR:
        yield "factor", f"must be from 1 to {MOST_FACTOR}"
    if not 0 <= policy.jitter <= 1:
        yield "jitter", "must be a share, from 0 to 1"
    if len(policy.codes) > MOST_CODES or any(not 0 < len(code) <= MOST_CODE_CHARACTERS for code in policy.codes):
        yield "codes", f"must be {MOST_CODES} at most, each of between 1 and {MOST_CODE_CHARACTERS} characters"
    yield from _penalty_faults(policy)


def _penalty_faults(policy: RetryPolicy) -> Iterator[tuple[str, str]]:
    if policy.penalty_after is not None and policy.penalty_after < 1:
        yield "penalty_after", "must be 1 or more"
    if not _NOTHING <= policy.penalty <= MOST_WAIT or bool(policy.penalty) != (policy.penalty_after is not None):
        yield "penalty", f"must be {MOST_WAIT.days} days at most, and there exactly if penalty_after is"
