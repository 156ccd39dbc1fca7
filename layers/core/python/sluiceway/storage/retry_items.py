"""A retry policy as an attribute of a deployment's head and of its rows: what is as usual is left out.

Spans are in milliseconds; a factor and a share are text, since the table has whole numbers only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from sluiceway.domain.retry import NO_RETRY, RetryPolicy
from sluiceway.storage.defaults import without_defaults
from sluiceway.storage.moments import read_span, stored_span
from sluiceway.storage.table import Item


@lru_cache(maxsize=64)
def retry_item(policy: RetryPolicy) -> Item:
    """Return the stored form, empty for no retry: one for all rows of a deployment, which repeat it."""
    return without_defaults(_whole_item(policy), _DEFAULTS)


def _whole_item(policy: RetryPolicy) -> Item:
    return {
        "attempts": policy.attempts,
        "base": stored_span(policy.base),
        "cap": stored_span(policy.cap),
        "factor": str(float(policy.factor)),
        "jitter": str(float(policy.jitter)),
        "codes": policy.codes,
        "penalty_after": policy.penalty_after,
        "penalty": stored_span(policy.penalty),
    }


_DEFAULTS = _whole_item(NO_RETRY)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "attempts": int,
    "base": read_span,
    "cap": read_span,
    "factor": float,
    "jitter": float,
    "codes": frozenset,
    "penalty_after": int,
    "penalty": read_span,
}


def read_retry(stored: Mapping[str, Any] | None) -> RetryPolicy:
    """Return the policy that was stored."""
    return _policy(tuple(stored.items())) if stored else NO_RETRY


@lru_cache(maxsize=64)
def _policy(stored: tuple[tuple[str, Any], ...]) -> RetryPolicy:
    """Return the one policy of a deployment for all of its rows."""
    return RetryPolicy(**{name: _READERS[name](value) for name, value in stored})
