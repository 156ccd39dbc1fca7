"""Sixteen threads at once: nothing acknowledged is lost, nothing is done twice, nothing is torn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest

from sluiceway.storage.commit import commit
from sluiceway.storage.table import (
    Absent,
    Below,
    Check,
    ConditionFailed,
    Equal,
    Item,
    Key,
    Put,
    Query,
    Record,
    Table,
    Update,
    Write,
)

T = TypeVar("T")
THREADS = 16
ITEM = Key("p", "1")


@pytest.fixture(autouse=True)
def _switch_often() -> Iterator[None]:
    """Let threads take turns every few instructions: else those in memory hardly ever meet."""
    former = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(former)


def at_once(action: Callable[[int], T]) -> list[T]:
    """Start the action in every thread at the same moment."""
    barrier = Barrier(THREADS)

    def start(number: int) -> T:
        barrier.wait(timeout=30)
        return action(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(start, range(THREADS)))


def won(table: Table, *writes: Write) -> bool:
    try:
        table.write(*writes)
    except ConditionFailed:
        return False
    return True


def try_to_write(table: Table, write: Write, _: int) -> bool:
    return won(table, write)


def put_if_absent(table: Table, key: Key, number: int) -> bool:
    return won(table, Put(key, {"by": number}, Absent()))


def number_of(item: Item | None, name: str) -> int:
    assert item is not None
    number = item.get(name, 0)
    assert isinstance(number, int)
    return number


def test_a_counter_loses_nothing(faithful_table: Table) -> None:
    def count(_: int) -> None:
        for _ in range(20):
            faithful_table.write(Update(ITEM, add={"n": 1}))

    at_once(count)

    assert faithful_table.get(ITEM) == {"n": THREADS * 20}


def test_a_put_if_absent_has_one_winner(faithful_table: Table) -> None:
    for sk in "abcde":
        key = Key("p", sk)

        winners = at_once(partial(put_if_absent, faithful_table, key))

        assert sum(winners) == 1
        assert faithful_table.get(key) == {"by": winners.index(True)}


def test_an_optimistic_lock_has_one_winner_a_round(faithful_table: Table) -> None:
    faithful_table.write(Put(ITEM, {"rev": 0}))
    for rev in range(10):
        update = Update(ITEM, set={"rev": rev + 1}, condition=Equal("rev", rev))

        assert sum(at_once(partial(try_to_write, faithful_table, update))) == 1


def test_a_quota_is_never_passed(faithful_table: Table) -> None:
    def take(number: int) -> int:
        return sum(
            won(faithful_table, Update(ITEM, add={"n": 1}, condition=Below("n", 40)), Put(Key("q", f"{number}"), {}))
            for _ in range(5)
        )

    faithful_table.write(Put(ITEM, {"n": 0}))

    assert sum(at_once(take)) == 40
    assert faithful_table.get(ITEM) == {"n": 40}


def test_commit_counts_every_plan_once(faithful_table: Table) -> None:
    faithful_table.write(Put(ITEM, {"rev": 0}))

    def plan() -> tuple[int, Sequence[Write]]:
        rev = number_of(faithful_table.get(ITEM), "rev")
        return rev + 1, [Update(ITEM, set={"rev": rev + 1}, condition=Equal("rev", rev))]

    answers = at_once(lambda _: [commit(faithful_table, plan) for _ in range(3)])

    assert sorted(answer for mine in answers for answer in mine) == list(range(1, THREADS * 3 + 1))


def test_a_transfer_neither_makes_nor_loses_anything_and_is_never_seen_half(faithful_table: Table) -> None:
    accounts = [Key("accounts", f"{number}") for number in range(4)]
    faithful_table.put_many([Record(key, {"n": 100}) for key in accounts])

    def total() -> int:
        return sum(number_of(record.item, "n") for record in faithful_table.query(Query("accounts")).records)

    def transfer_and_look(number: int) -> set[int]:
        giver, taker = accounts[number % 4], accounts[(number + 1) % 4]
        seen = set()
        for _ in range(10):
            faithful_table.write(Update(giver, add={"n": -1}), Update(taker, add={"n": 1}))
            seen.add(total())
        return seen

    assert set().union(*at_once(transfer_and_look)) == {400}


def test_a_cancelled_transaction_erases_nothing(faithful_table: Table) -> None:
    faithful_table.write(Put(ITEM, {}))

    def write_or_be_cancelled(number: int) -> None:
        for turn in range(10):
            if number % 2:
                faithful_table.write(Put(Key("kept", f"{number}-{turn}"), {}))
            else:
                with suppress(ConditionFailed):
                    faithful_table.write(Put(Key("never", f"{number}"), {}), Check(ITEM, Absent()))

    at_once(write_or_be_cancelled)

    assert len(faithful_table.query(Query("kept")).records) == THREADS // 2 * 10
    assert faithful_table.query(Query("never")).records == ()
