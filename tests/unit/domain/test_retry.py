from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.retry import NO_RETRY, RetryPolicy
from tests.support.rows import policies

SEEDS = st.text(max_size=10)


@given(policies, st.integers(1, 1_000), SEEDS)
def test_a_wait_lies_in_the_upper_half_of_its_step_and_never_above_the_cap(
    policy: RetryPolicy, attempt: int, seed: str
) -> None:
    step = min(policy.base // timedelta(milliseconds=1) * 2 ** (attempt - 1), policy.cap // timedelta(milliseconds=1))
    wait = policy.wait(attempt, seed=seed)

    assert timedelta(milliseconds=step) / 2 <= wait <= timedelta(milliseconds=step)


@given(policies, st.integers(1, 100), SEEDS)
def test_the_same_attempt_always_waits_as_long(policy: RetryPolicy, attempt: int, seed: str) -> None:
    assert policy.wait(attempt, seed=seed) == policy.wait(attempt, seed=seed)


def test_devices_that_fail_together_do_not_come_back_together() -> None:
    policy = RetryPolicy(attempts=3, base=timedelta(minutes=10))

    assert len({policy.wait(1, seed=f"dep/{number}") for number in range(100)}) == 100


def test_the_hundredth_attempt_still_has_a_wait() -> None:
    policy = RetryPolicy(attempts=101, base=timedelta(days=1), cap=timedelta(days=2))

    assert timedelta(days=1) <= policy.wait(100, seed="dep/dev") <= timedelta(days=2)


def test_without_a_base_there_is_no_wait() -> None:
    assert NO_RETRY.wait(1, seed="dep/dev") == timedelta(0)
