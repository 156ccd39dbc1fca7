from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.retry import MOST_WAIT, NO_RETRY, RetryPolicy, retry_faults
from tests.support.rows import policies

MILLISECOND, HOUR = timedelta(milliseconds=1), timedelta(hours=1)
SEEDS = st.text(max_size=10)
spans = st.integers(0, 10**10).map(lambda milliseconds: milliseconds * MILLISECOND)
usual_policies = st.builds(RetryPolicy, attempts=st.integers(1, 101), base=spans, cap=spans)


@given(usual_policies, st.integers(1, 1_000), SEEDS)
def test_a_usual_wait_doubles_and_lies_in_the_upper_half_of_its_step_never_above_the_cap(
    policy: RetryPolicy, attempt: int, seed: str
) -> None:
    step = min(policy.base // MILLISECOND * 2 ** (attempt - 1), policy.cap // MILLISECOND) * MILLISECOND
    wait = policy.wait(attempt, seed=seed)

    assert step / 2 <= wait <= step


@given(policies, st.integers(1, 1_000), SEEDS)
def test_the_jitter_is_the_share_of_a_wait_that_is_by_chance(policy: RetryPolicy, attempt: int, seed: str) -> None:
    longest = replace(policy, jitter=0, penalty_after=None).wait(attempt, seed=seed)
    wait = replace(policy, penalty_after=None).wait(attempt, seed=seed)

    assert longest * (1 - policy.jitter) - MILLISECOND <= wait <= longest <= policy.cap


@pytest.mark.parametrize(
    ("factor", "hours"), [(1, [1, 1, 1, 1]), (1.5, [1, 1.5, 2.25, 3.375]), (3, [1, 3, 9, 10]), (10.0, [1, 10, 10, 10])]
)
def test_a_wait_is_multiplied_by_the_factor_after_each_further_attempt(factor: float, hours: list[float]) -> None:
    policy = RetryPolicy(attempts=5, base=HOUR, cap=10 * HOUR, factor=factor, jitter=0)

    assert [policy.wait(attempt, seed="dep/dev") for attempt in (1, 2, 3, 4)] == [HOUR * number for number in hours]


@given(policies, st.integers(1, 100), SEEDS)
def test_the_same_attempt_always_waits_as_long(policy: RetryPolicy, attempt: int, seed: str) -> None:
    assert policy.wait(attempt, seed=seed) == policy.wait(attempt, seed=seed)


def test_a_wait_never_changes_between_versions() -> None:
    policy = RetryPolicy(attempts=3, base=timedelta(minutes=10))

    waits = [policy.wait(attempt, seed="dep/dev") for attempt in (1, 2, 3, 4)]

    assert waits == [timedelta(seconds=seconds) for seconds in (548.464314, 1063.741031, 1470.091059, 2359.762554)]


def test_devices_that_fail_together_do_not_come_back_together() -> None:
    policy = RetryPolicy(attempts=3, base=timedelta(minutes=10), penalty_after=2, penalty=HOUR)

    for attempt in (1, 2):
        assert len({policy.wait(attempt, seed=f"dep/{number}") for number in range(100)}) == 100


def test_the_hundredth_attempt_still_has_a_wait() -> None:
    policy = RetryPolicy(attempts=101, base=timedelta(days=1), cap=timedelta(days=2))

    assert timedelta(days=1) <= policy.wait(100, seed="dep/dev") <= timedelta(days=2)


def test_without_a_base_there_is_no_wait() -> None:
    assert NO_RETRY.wait(1, seed="dep/dev") == timedelta(0)


@given(policies, st.integers(1, 101), SEEDS)
def test_a_penalty_lengthens_the_waits_from_its_attempt_on_and_no_other(
    policy: RetryPolicy, attempt: int, seed: str
) -> None:
    unpunished = replace(policy, penalty_after=None).wait(attempt, seed=seed)
    wait = policy.wait(attempt, seed=seed)

    if policy.penalty_after is None or attempt < policy.penalty_after:
        assert wait == unpunished
    else:
        assert max(policy.penalty, unpunished) <= wait <= max(policy.penalty * (1 + policy.jitter), unpunished)


@pytest.mark.parametrize(
    ("policy", "attempt", "code", "allowed"),
    [
        (NO_RETRY, 1, "", False),
        (RetryPolicy(3), 2, "", True),
        (RetryPolicy(3), 2, "disk-full", True),
        (RetryPolicy(3), 3, "", False),
        (RetryPolicy(3, codes=frozenset({"no-network"})), 1, "no-network", True),
        (RetryPolicy(3, codes=frozenset({"no-network"})), 3, "no-network", False),
        (RetryPolicy(3, codes=frozenset({"no-network"})), 1, "disk-full", False),
        (RetryPolicy(3, codes=frozenset({"no-network"})), 1, "", False),
    ],
)
def test_another_attempt_follows_failures_that_are_worth_it_while_there_are_attempts_left(
    policy: RetryPolicy, attempt: int, code: str, *, allowed: bool
) -> None:
    assert policy.allows(attempt, code) is allowed


@pytest.mark.parametrize(
    ("policy", "members"),
    [
        (NO_RETRY, []),
        (RetryPolicy(101, MOST_WAIT, MOST_WAIT, 10, 1, frozenset({"a"}), 1, MOST_WAIT), []),
        (RetryPolicy(0), ["attempts"]),
        (RetryPolicy(102), ["attempts"]),
        (RetryPolicy(base=-HOUR), ["base"]),
        (RetryPolicy(base=2 * HOUR), ["base"]),
        (RetryPolicy(cap=MOST_WAIT + MILLISECOND), ["cap"]),
        (RetryPolicy(factor=0.5), ["factor"]),
        (RetryPolicy(factor=10.5), ["factor"]),
        (RetryPolicy(jitter=1.1), ["jitter"]),
        (RetryPolicy(jitter=float("nan")), ["jitter"]),
        (RetryPolicy(codes=frozenset(map(str, range(21)))), ["codes"]),
        (RetryPolicy(codes=frozenset({""})), ["codes"]),
        (RetryPolicy(codes=frozenset({"a" * 65})), ["codes"]),
        (RetryPolicy(penalty_after=0, penalty=HOUR), ["penalty_after"]),
        (RetryPolicy(penalty_after=2), ["penalty"]),
        (RetryPolicy(penalty=HOUR), ["penalty"]),
        (RetryPolicy(penalty_after=2, penalty=-HOUR), ["penalty"]),
        (RetryPolicy(penalty_after=2, penalty=MOST_WAIT + HOUR), ["penalty"]),
    ],
)
def test_a_fault_names_its_member(policy: RetryPolicy, members: list[str]) -> None:
    assert [member for member, _ in retry_faults(policy)] == members
