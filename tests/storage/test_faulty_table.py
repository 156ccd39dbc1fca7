"""The faults that other tests rely on are what they say."""

from __future__ import annotations

import pytest

from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import (
    Absent,
    ConditionFailed,
    Key,
    Put,
    Query,
    Record,
    Table,
    Throttled,
    Update,
    WriteConflict,
)
from tests.support.faults import AnswerLostError, Call, Crash, Fault, FaultyTable, at_write

ONE, TWO = Key("p", "1"), Key("p", "2")


@pytest.mark.parametrize(
    ("fault", "error", "took_hold"),
    [
        (Fault.CONFLICT, WriteConflict, False),
        (Fault.THROTTLE, Throttled, False),
        (Fault.CRASH_BEFORE, Crash, False),
        (Fault.LOSE_ANSWER, AnswerLostError, True),
        (Fault.CRASH_AFTER, Crash, True),
    ],
)
def test_a_fault_strikes_before_or_after_the_write_takes_hold(
    fault: Fault, error: type[BaseException], *, took_hold: bool
) -> None:
    table = MemoryTable()
    with pytest.raises(error):
        FaultyTable(table, at_write(0, fault)).write(Put(ONE, {}))

    assert (table.get(ONE) is not None) is took_hold


def test_a_repeated_write_is_tried_again_and_a_repeated_transaction_is_not() -> None:
    table = MemoryTable()
    faulty = FaultyTable(table, lambda _: Fault.REPEAT)

    faulty.write(Update(ONE, add={"n": 1}), Update(TWO, add={"n": 1}))
    faulty.write(Update(TWO, add={"n": 1}))
    with pytest.raises(ConditionFailed):
        faulty.write(Put(Key("p", "3"), {}, Absent()))

    assert table.get_many([ONE, TWO]) == {ONE: {"n": 1}, TWO: {"n": 3}}


def test_the_fault_waits_for_its_write() -> None:
    faulty = FaultyTable(MemoryTable(), at_write(1, Fault.CONFLICT))
    faulty.write(Put(ONE, {}))
    faulty.get(ONE)
    with pytest.raises(WriteConflict):
        faulty.write(Put(ONE, {}))

    faulty.write(Put(TWO, {}))


@pytest.mark.parametrize("fault", [Fault.THROTTLE, Fault.CRASH_BEFORE])
def test_a_batch_that_fails_leaves_half_of_it_written(fault: Fault) -> None:
    table = MemoryTable()
    with pytest.raises((Throttled, Crash)):
        FaultyTable(table, at_write(0, fault)).put_many([Record(ONE, {}), Record(TWO, {})])

    assert table.get_many([ONE, TWO]) == {ONE: {}}


def test_reads_meet_faults_except_conflicts() -> None:
    table: Table = FaultyTable(MemoryTable(), lambda _: Fault.CONFLICT)
    assert table.get(ONE) is None

    throttled: Table = FaultyTable(MemoryTable(), lambda _: Fault.THROTTLE)
    for read in (
        lambda: throttled.get(ONE),
        lambda: throttled.get_many([ONE]),
        lambda: throttled.query(Query("p")),
        lambda: throttled.query_together(Query("p")),
    ):
        with pytest.raises(Throttled):
            read()


def test_the_schedule_sees_each_call_and_its_writes() -> None:
    calls: list[Call] = []
    faulty = FaultyTable(MemoryTable(), calls.append)
    put = Put(ONE, {})
    faulty.write(put)
    faulty.query(Query("p"))

    assert calls == [Call("write", (put,)), Call("query")]
