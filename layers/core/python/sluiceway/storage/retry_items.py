"""A retry policy as an attribute of a deployment's head and of its rows: what is as usual is left out.

Spans are in milliseconds; a factor and a share are text, since the table has whole numbers only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sluiceway.domain.retry import NO_RETRY, RetryPolicy
from sluiceway.storage.table import Item

_MILLISECOND = timedelta(milliseconds=1)


def retry_item(policy: RetryPolicy) -> Item:
    """Return the stored form, empty for no retry."""
    return {name: value for name, value in _whole_item(policy).items() if value != _USUAL[name]}


def _whole_item(policy: RetryPolicy) -> Item:
    return {
        "attempts": policy.attempts,
        "base": policy.base // _MILLISECOND,
        "cap": policy.cap // _MILLISECOND,
        "factor": str(float(policy.factor)),
        "jitter": str(float(policy.jitter)),
        "codes": policy.codes,
        "penalty_after": policy.penalty_after,
        "penalty": policy.penalty // _MILLISECOND,
    }


_USUAL = _whole_item(NO_RETRY)


def read_retry(stored: Mapping[str, Any] | None) -> RetryPolicy:
    """Return the policy that was stored."""
    if not stored:
        return NO_RETRY
    item: Mapping[str, Any] = {**_USUAL, **stored}
    return RetryPolicy(
        attempts=item["attempts"],
        base=item["base"] * _MILLISECOND,
        cap=item["cap"] * _MILLISECOND,
        factor=float(item["factor"]),
        jitter=float(item["jitter"]),
        codes=frozenset(item["codes"]),
        penalty_after=item["penalty_after"],
        penalty=item["penalty"] * _MILLISECOND,
    )
