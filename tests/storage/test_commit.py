"""The loop that answers lost races."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

import pytest

from sluiceway.domain.errors import Contended, DeploymentAborted, Overloaded
from sluiceway.storage.commit import commit
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Absent, Backoff, Check, Equal, Key, Present, Put, Update, Write
from tests.support.faults import Call, Fault, FaultyTable, at_write

COUNTER, SHARD = Key("p", "counter"), Key("p", "shard")


class Pauses(list[float]):
    """Records the pauses of a backoff that always takes the longest one."""

    def backoff(self) -> Backoff:
        return Backoff(patience=4.0, sleep=self.append, jitter=lambda _, longest: longest)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def table(pauses: Pauses) -> MemoryTable:
    table = MemoryTable(pauses.backoff())
    table.write(Put(COUNTER, {"rev": 0}))
    return table


def raise_rev(table: MemoryTable | FaultyTable) -> Callable[[], tuple[int, Sequence[Write]]]:
    def plan() -> tuple[int, Sequence[Write]]:
        item = table.get(COUNTER)
        assert item is not None
        rev = item["rev"]
        assert isinstance(rev, int)
        return rev + 1, [Update(COUNTER, set={"rev": rev + 1}, condition=Equal("rev", rev))]

    return plan


def test_the_answer_of_the_plan_is_given_once_its_writes_took_hold(table: MemoryTable, pauses: Pauses) -> None:
    assert commit(table, raise_rev(table)) == 1
    assert table.get(COUNTER) == {"rev": 1}
    assert pauses == []


def test_a_plan_without_writes_answers_at_once(table: MemoryTable) -> None:
    def never(call: Call) -> Fault | None:
        raise AssertionError(call)

    assert commit(FaultyTable(table, never), lambda: ("ignored", [])) == "ignored"


def test_a_failed_condition_is_planned_again_on_fresh_reads(table: MemoryTable, pauses: Pauses) -> None:
    others = iter([None, None])

    def somebody_is_faster(call: Call) -> None:
        if call.changes_something and next(others, call) is None:
            table.write(Update(COUNTER, add={"rev": 1}))

    faulty = FaultyTable(table, somebody_is_faster)

    assert commit(faulty, raise_rev(faulty)) == 3
    assert table.get(COUNTER) == {"rev": 3}
    assert pauses == [0.01, 0.02]


def test_a_conflict_sends_the_same_writes_again_without_a_new_plan(table: MemoryTable, pauses: Pauses) -> None:
    plans = count(1)
    writes: Sequence[Write] = [Update(COUNTER, add={"rev": 1})]
    faulty = FaultyTable(table, at_write(0, Fault.CONFLICT))

    assert commit(faulty, lambda: (next(plans), writes)) == 1
    assert table.get(COUNTER) == {"rev": 1}
    assert pauses == [0.01]


def test_a_plan_tells_by_raising_why_the_condition_failed(table: MemoryTable) -> None:
    """The abort fence: the second reading finds it and refuses."""

    def abort_before_the_write(call: Call) -> None:
        if call.changes_something:
            table.write(Put(SHARD, {"fence": "aborted"}))

    def plan() -> tuple[None, Sequence[Write]]:
        if table.get(SHARD):
            raise DeploymentAborted
        return None, [Update(SHARD, add={"success": 1}, condition=Absent("fence")), Check(COUNTER, Present())]

    with pytest.raises(DeploymentAborted):
        commit(FaultyTable(table, abort_before_the_write), plan)
    assert table.get(SHARD) == {"fence": "aborted"}


@pytest.mark.parametrize("fault", [Fault.CONFLICT, None])
def test_patience_ends_in_contended_with_nothing_written(
    table: MemoryTable, pauses: Pauses, fault: Fault | None
) -> None:
    faulty = FaultyTable(table, lambda call: fault if call.changes_something else None)
    never_true: Sequence[Write] = [Update(COUNTER, add={"rev": 1}, condition=Equal("rev", -1))]

    with pytest.raises(Contended) as refusal:
        commit(faulty, lambda: (None, never_true))

    assert refusal.value.retry_after >= 1
    assert table.get(COUNTER) == {"rev": 0}
    assert pauses[:6] == [0.01, 0.02, 0.04, 0.08, 0.16, 0.2]
    assert 3.0 < sum(pauses) <= 4.0


def test_attempts_are_bounded_even_when_every_pause_is_zero() -> None:
    backoff = Backoff(base=0.01, patience=1.0, sleep=lambda _: None, jitter=lambda *_: 0.0)

    assert 99 <= len(list(backoff.attempts())) <= 101


def test_pauses_are_drawn_between_nothing_and_the_doubled_base() -> None:
    drawn: list[tuple[float, float]] = []

    def lowest(low: float, high: float) -> float:
        drawn.append((low, high))
        return low

    attempts = Backoff(base=1, cap=5, patience=4, sleep=lambda _: None, jitter=lowest).attempts()

    assert list(attempts) == [0, 1, 2, 3, 4]
    assert drawn == [(0, 1), (0, 2), (0, 4), (0, 5), (0, 5)]


def test_throttling_surfaces_as_overloaded_without_another_attempt(table: MemoryTable, pauses: Pauses) -> None:
    faulty = FaultyTable(table, at_write(0, Fault.THROTTLE))

    with pytest.raises(Overloaded):
        commit(faulty, raise_rev(faulty))

    assert pauses == []
    assert table.get(COUNTER) == {"rev": 0}


def test_a_write_repeated_by_the_client_is_found_done_by_the_second_plan(table: MemoryTable) -> None:
    """What makes our own retries safe is `rev`, not luck: the plan sees its own write and leaves it."""
    faulty = FaultyTable(table, at_write(0, Fault.REPEAT))

    def plan() -> tuple[str, Sequence[Write]]:
        if table.get(COUNTER) == {"rev": 1}:
            return "done already", []
        return "done now", [Update(COUNTER, set={"rev": 1}, condition=Equal("rev", 0))]

    assert commit(faulty, plan) == "done already"
    assert table.get(COUNTER) == {"rev": 1}
