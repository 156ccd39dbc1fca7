"""What only the table in memory shows: read units as AWS counts them, what refused writes cost, and lagging indexes."""

from __future__ import annotations

import pytest

from sluiceway.storage.capacity import Usage
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import ConditionFailed, Delete, Equal, Key, Present, Put, Query, Record, Update, Write
from tests.support.capacity import measured

ONE, TWO = Key("p", "1"), Key("p", "2")


def filled(size: int, items: int = 1) -> MemoryTable:
    """Items of exactly so many bytes each: 10 are the keys' and the attribute's names and the key."""
    table = MemoryTable()
    table.put_many([Record(Key("p", f"{number:04}"), {"x": "x" * (size - 10)}) for number in range(items)])
    return table


def everything(table: MemoryTable) -> list[tuple[Record, ...]]:
    return [table.query(query).records for query in (Query("p"), Query("g", index="GSI1"))]


def test_a_clone_has_what_was_written_and_both_go_their_own_ways_from_there() -> None:
    table = MemoryTable(index_lag=1)
    records = [Record(key, {"G1PK": "g", "G1SK": "1"}) for key in (ONE, TWO)]
    table.put_many(records)
    before = everything(table)

    clone = table.clone()
    assert everything(clone) == before
    clone.write(Delete(ONE))
    assert everything(table) == before
    table.write(Delete(TWO))
    for each, kept in ((clone, records[1:]), (table, records[:1])):
        each.catch_up()
        assert everything(each) == [tuple(kept), tuple(kept)]


@pytest.mark.parametrize(("size", "units"), [(1000, 1), (4096, 1), (4097, 2), (40_960, 10)])
def test_a_read_costs_each_started_4_kb(size: int, units: int) -> None:
    table = filled(size)
    with measured(table) as meter:
        table.get(Key("p", "0000"))

    assert meter.usage == Usage(calls=1, read_units=units)


def test_a_read_of_nothing_costs_one_unit() -> None:
    table = MemoryTable()
    with measured(table) as meter:
        table.get(ONE)
        table.get_many([ONE, TWO])
        table.query(Query("p"))
        table.query(Query("p", index="GSI1"))

    assert meter.usage == Usage(calls=4, read_units=1 + 2 + 1 + 0.5)


def test_a_query_costs_the_sum_of_its_items_and_a_batch_each_item() -> None:
    table = filled(1000, items=10)
    with measured(table) as query:
        table.query(Query("p"))
    with measured(table) as batch:
        table.get_many([Key("p", f"{number:04}") for number in range(10)])

    assert query.usage == Usage(calls=1, read_units=3)
    assert batch.usage == Usage(calls=1, read_units=10)


def test_an_index_is_read_at_half_the_price_of_what_it_projects() -> None:
    table = MemoryTable()
    table.put_many(
        [
            Record(Key("p", f"{number}"), {"G1PK": "g", "G1SK": "1", "log": "x" * 3000, "private": "x" * 9000})
            for number in range(4)
        ]
    )
    with measured(table) as meter:
        table.query(Query("g", index="GSI1"))

    assert meter.usage == Usage(calls=1, read_units=1.5)


def test_a_page_is_as_large_as_the_test_wants_it() -> None:
    table = filled(1000, items=5)
    table.page_bytes = 2500

    page = table.query(Query("p"))

    assert len(page.records) == 2
    assert page.after == {"PK": "p", "SK": "0001"}


def test_a_page_holds_one_item_at_least() -> None:
    table = filled(1000, items=2)
    table.page_bytes = 500

    assert len(table.query(Query("p")).records) == 1


def test_a_page_that_its_limit_ended_does_not_look_ahead() -> None:
    """As on AWS: the next page may be empty."""
    table = filled(1000, items=2)

    page = table.query(Query("p", limit=2))

    assert page.after is not None
    assert table.query(Query("p", limit=2, after=page.after)).records == ()


@pytest.mark.parametrize(
    ("units", "writes"),
    [
        pytest.param(3, [Update(ONE, add={"n": 1}, condition=Equal("n", 1))], id="by what is stored"),
        pytest.param(1, [Delete(TWO, Present())], id="by nothing"),
        pytest.param(8, [Update(ONE, add={"n": 1}, condition=Equal("n", 1)), Put(TWO, {})], id="in a transaction"),
    ],
)
def test_a_refused_write_spends_units_too(units: int, writes: list[Write]) -> None:
    table = MemoryTable()
    table.write(Put(ONE, {"x": "x" * 2500, "G1PK": "g", "G1SK": "1"}))
    with measured(table) as meter, pytest.raises(ConditionFailed):
        table.write(*writes)

    assert meter.usage == Usage(calls=1, write_units=units)


def test_an_index_lags_by_as_many_changes_as_the_test_wants() -> None:
    table = MemoryTable(index_lag=2)

    def indexed() -> list[str]:
        return [record.key.sk for record in table.query(Query("g", index="GSI1")).records]

    for sk in "123":
        table.write(Put(Key("p", sk), {"G1PK": "g", "G1SK": sk}))
    assert indexed() == ["1"]

    table.write(Delete(Key("p", "1")))
    assert indexed() == ["1", "2"]

    table.catch_up()
    assert indexed() == ["2", "3"]


def test_a_lagging_index_shows_items_as_they_were() -> None:
    table = MemoryTable()
    table.write(Put(ONE, {"G1PK": "g", "G1SK": "1", "status": "pending"}))
    table.index_lag = 1
    table.write(Update(ONE, set={"status": "success"}))

    assert table.query(Query("g", index="GSI1")).records[0].item["status"] == "pending"
