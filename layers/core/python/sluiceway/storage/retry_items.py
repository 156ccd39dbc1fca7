"""A retry policy as an attribute of a deployment's head and of its rows, in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sluiceway.domain.retry import NO_RETRY, RetryPolicy

_MILLISECOND = timedelta(milliseconds=1)


def retry_item(policy: RetryPolicy) -> Mapping[str, int]:
    """Return the stored form, empty for no retry."""
    if policy == NO_RETRY:
        return {}
    return {"attempts": policy.attempts, "base": policy.base // _MILLISECOND, "cap": policy.cap // _MILLISECOND}


def read_retry(stored: Mapping[str, int] | None) -> RetryPolicy:
    """Return the policy that was stored."""
    if not stored:
        return NO_RETRY
    return RetryPolicy(stored["attempts"], stored["base"] * _MILLISECOND, stored["cap"] * _MILLISECOND)
