"""Whatever is done to `MemoryTable` and to the engine, both answer alike and end alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sluiceway.storage.dynamo import DynamoTable
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import (
    LAST_SORT_KEY,
    Absent,
    AllOf,
    AnyOf,
    Below,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    Equal,
    IndexName,
    InvalidRequest,
    Item,
    Key,
    Page,
    Present,
    Put,
    Query,
    Table,
    Update,
    Value,
    Write,
)
from tests.support.capacity import measured
from tests.support.items import values
from tests.support.soak import examples
from tests.support.tables import fresh_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Outcome: TypeAlias = tuple[str, object]

PARTITIONS, SORT_KEYS = ("p", "q"), ("", "1", "2", "é", "\U0001f680")
INDEX_PARTITIONS, INDEX_SORT_KEYS = ("g", "h"), ("1", "2", "3")
NUMBERS = st.integers(-3, 3)
WORDS = st.sampled_from(["", "a", "b", "\uffff", "\U0001f680"])

keys = st.builds(Key, st.sampled_from(PARTITIONS), st.sampled_from(SORT_KEYS[1:]))
attributes: dict[str, st.SearchStrategy[Value]] = {
    "n": NUMBERS,
    "s": WORDS,
    "mixed": NUMBERS | WORDS | st.booleans() | st.none(),
    "status": values(),
    "large": st.sampled_from(["x" * 900, "x" * 2500]),
    "G1PK": st.sampled_from(INDEX_PARTITIONS),
    "G1SK": st.sampled_from(INDEX_SORT_KEYS),
    "G2PK": st.just("d"),
    "G2SK": st.sampled_from(INDEX_SORT_KEYS),
}
items: st.SearchStrategy[Item] = st.fixed_dictionaries({}, optional=attributes)


def conditions() -> st.SearchStrategy[Condition]:
    names = st.sampled_from(["PK", "n", "s", "mixed", "G1SK"])
    scalars = NUMBERS | WORDS | st.booleans() | st.none()
    single = (
        st.builds(Absent, names)
        | st.builds(Present, names)
        | st.builds(Equal, names, scalars)
        | st.builds(Below, names, NUMBERS | WORDS)
    )
    return st.recursive(
        single,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3).map(tuple).flatmap(lambda p: st.sampled_from([AllOf(p), AnyOf(p)]))
        ),
        max_leaves=4,
    )


@st.composite
def updates(draw: st.DrawFn) -> Update:
    item = {"always": True, **draw(items)}
    kinds = {name: draw(st.sampled_from(["set", "set", "remove"])) for name in item}
    return Update(
        draw(keys),
        set={name: value for name, value in item.items() if kinds[name] == "set"},
        add={name: draw(NUMBERS) for name in draw(st.sets(st.sampled_from(["n", "m", "s"]))) - item.keys()},
        remove=tuple(name for name in item if kinds[name] == "remove"),
        condition=draw(st.none() | conditions()),
    )


def writes() -> st.SearchStrategy[Write]:
    optional = st.none() | conditions()
    return (
        st.builds(Put, keys, items, optional)
        | updates()
        | st.builds(Delete, keys, optional)
        | st.builds(Check, keys, conditions())
    )


@st.composite
def queries(draw: st.DrawFn) -> Query:
    index: IndexName | None = draw(st.sampled_from([None, "GSI1"]))
    partitions, sort_keys = (INDEX_PARTITIONS, INDEX_SORT_KEYS) if index else (PARTITIONS, SORT_KEYS)
    first, last = sorted(draw(st.tuples(st.sampled_from(sort_keys), st.sampled_from(sort_keys))))
    return Query(
        draw(st.sampled_from(partitions)),
        first=first,
        last=draw(st.sampled_from([last or "1", LAST_SORT_KEY])),
        index=index,
        descending=draw(st.booleans()),
        limit=draw(st.none() | st.integers(1, 3)),
    )


def outcome_of(table: Table, transaction: list[Write]) -> Outcome:
    try:
        with measured(table) as meter:
            table.write(*transaction)
    except ConditionFailed as failure:
        return "failed", failure.found
    except InvalidRequest:
        return "refused", None
    return "written", meter.usage


def all_pages(table: Table, query: Query) -> Iterator[Page]:
    page = table.query(query)
    yield page
    while page.after:
        page = table.query(
            Query(query.pk, query.first, query.last, query.index, query.descending, query.limit, page.after)
        )
        yield page


def everything(table: Table) -> list[Page]:
    every: list[Query] = [Query(partition) for partition in PARTITIONS]
    every += [Query(partition, index="GSI1") for partition in INDEX_PARTITIONS]
    return [table.query(query) for query in (*every, Query("d", index="GSI2"))]


@pytest.fixture(scope="session")
def tables(engine_client: DynamoDBClient) -> Callable[[], Iterator[tuple[MemoryTable, DynamoTable]]]:
    def fresh() -> Iterator[tuple[MemoryTable, DynamoTable]]:
        with fresh_table(engine_client) as name:
            yield MemoryTable(), DynamoTable(engine_client, name)

    return fresh


@pytest.mark.engine
@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(
    history=st.lists(st.lists(writes(), min_size=1, max_size=3), max_size=12),
    asked=st.lists(queries(), max_size=6),
)
def test_the_table_in_memory_does_what_the_engine_does(
    tables: Callable[[], Iterator[tuple[MemoryTable, DynamoTable]]],
    history: list[list[Write]],
    asked: list[Query],
) -> None:
    for memory, engine in tables():
        for transaction in history:
            assert outcome_of(memory, transaction) == outcome_of(engine, transaction)
        assert everything(memory) == everything(engine)
        for query in asked:
            assert list(all_pages(memory, query)) == list(all_pages(engine, query))
