from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluiceway.domain.errors import Invalid
from sluiceway.domain.phases import NONE_OPEN, WantedPhase, next_start, open_at, plan_phases, quota, quotas, room

NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)


def later(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


def wanted(*shares: int | None) -> list[WantedPhase]:
    """Phases that open an hour after each other, the first at once."""
    return [WantedPhase(share, later(number) if number else None) for number, share in enumerate(shares)]


@pytest.mark.parametrize(
    ("shares", "devices", "planned"),
    [
        ((10, 45, None), 100, [(10, 10), (45, 45), (45, 45)]),
        ((10, 10, 10, 10, None), 100, [(10, 10), (10, 10), (10, 10), (10, 10), (60, 60)]),
        ((33, 33, None), 10, [(33, 3), (33, 3), (34, 4)]),
        ((None,), 7, [(100, 7)]),
        ((50, 20), 10, [(50, 5), (20, 5)]),
    ],
)
def test_shares_become_whole_devices_and_the_last_phase_takes_the_rest(
    shares: tuple[int | None, ...], devices: int, planned: list[tuple[int, int]]
) -> None:
    phases = plan_phases(wanted(*shares), devices)
    assert [(phase.batch_size, phase.size) for phase in phases] == planned


def test_a_phase_without_devices_is_refused_by_its_number_from_one() -> None:
    with pytest.raises(Invalid, match=r"batch with zero devices not allowed.*Batch: \(1\) will be empty"):
        plan_phases(wanted(10, None), 5)


@pytest.mark.parametrize(
    ("phases", "reason"),
    [
        (wanted(60, 50), "more than 100"),
        (wanted(100, None), "more than 100"),
        (wanted(None, 50), "only the last phase"),
        (wanted(0, 50), "between 1 and 100"),
        (wanted(101), "between 1 and 100"),
        ([WantedPhase(10), WantedPhase(None)], "only the first phase"),
        ([WantedPhase(10, later(2)), WantedPhase(None, later(1))], "later than the one before"),
        ([WantedPhase(10, later(1)), WantedPhase(None, later(1))], "later than the one before"),
    ],
)
def test_what_is_no_plan_is_refused(phases: list[WantedPhase], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        plan_phases(phases, 100)


def test_time_alone_says_which_phases_are_open() -> None:
    phases = plan_phases([WantedPhase(10, later(1)), WantedPhase(None, later(2))], 10)
    assert [open_at(phases, later(hour)) for hour in (0, 1, 2)] == [NONE_OPEN, 0, 1]
    assert [next_start(phases, newest) for newest in (NONE_OPEN, 0, 1)] == [later(1), later(2), None]
    assert [room(phases, newest) for newest in (NONE_OPEN, 0, 1)] == [0, 1, 10]


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=5).filter(lambda shares: sum(shares) <= 100),
    st.integers(100, 100_000),
)
def test_every_device_is_in_exactly_one_phase(shares: list[int], devices: int) -> None:
    phases = plan_phases(wanted(*shares), devices)
    assert sum(phase.size for phase in phases) == devices


@given(st.integers(0, 10_000), st.integers(1, 256))
def test_the_parts_of_a_capacity_add_up_and_differ_by_one_at_most(capacity: int, shards: int) -> None:
    parts = [quota(capacity, shard, shards) for shard in range(shards)]
    assert sum(parts) == capacity
    assert max(parts) - min(parts) <= 1


given_away = st.lists(st.integers(0, 50), min_size=1, max_size=20)


@given(given_away, st.integers(0, 1_000))
def test_what_is_left_of_a_capacity_is_split_exactly_and_evenly(taken: list[int], capacity: int) -> None:
    split = quotas(taken, capacity)
    assert sum(split) == max(capacity, sum(taken))
    raised = [quota for quota, given in zip(split, taken, strict=True) if quota > given]
    assert not raised or max(raised) - min(split) <= 1


@given(st.integers(0, 1_000), st.integers(1, 20))
def test_of_an_untouched_capacity_each_shard_has_its_part(capacity: int, shards: int) -> None:
    assert quotas([0] * shards, capacity) == [quota(capacity, shard, shards) for shard in range(shards)]


@given(given_away, st.integers(0, 1_000), st.data())
def test_who_reads_later_splits_as_who_read_first(taken: list[int], capacity: int, data: st.DataObject) -> None:
    split = quotas(taken, capacity)
    since = [data.draw(st.integers(given, quota)) for given, quota in zip(taken, split, strict=True)]
    assert quotas(since, capacity) == split


@given(given_away, st.integers(0, 1_000), st.integers(0, 1_000))
def test_a_capacity_that_grows_takes_nothing_back(taken: list[int], capacity: int, more: int) -> None:
    later = zip(quotas(taken, capacity), quotas(taken, capacity + more), strict=True)
    assert all(before <= after for before, after in later)
