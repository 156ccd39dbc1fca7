"""What every implementation of `Table` does, one rule at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import ClassVar

import pytest

from sluiceway.storage.capacity import Usage
from sluiceway.storage.table import (
    Absent,
    AllOf,
    AnyOf,
    Below,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    Equal,
    InvalidRequest,
    Item,
    Key,
    Page,
    Present,
    Put,
    Query,
    Record,
    Table,
    Update,
    Write,
)
from tests.support.capacity import measured

ONE, TWO, THREE, FOUR = (Key("p", sk) for sk in "1234")
KILOBYTE = "x" * 1024
EVERY_TYPE: Item = {
    "text": "grüße 🚀",
    "empty": "",
    "number": -(10**37),
    "yes": True,
    "no": False,
    "octets": b"\x00\xff",
    "nothing": None,
    "set": frozenset({"a", "b"}),
    "list": ["a", 1, [None], {}],
    "map": {"a": {"b": [True]}},
    "name with . and #": 1,
    "status": "a reserved word",
}


def pages(table: Table, query: Query) -> Iterator[Page]:
    page = table.query(query)
    yield page
    while page.after:
        page = table.query(Query(**{**_fields(query), "after": page.after}))  # type: ignore[arg-type]
        yield page


def _fields(query: Query) -> dict[str, object]:
    return {name: getattr(query, name) for name in Query.__slots__}


def sort_keys(page: Page) -> list[str]:
    return [record.key.sk for record in page.records]


def broken_by(table: Table, *writes: Write) -> tuple[Item | None, ...]:
    with pytest.raises(ConditionFailed) as failure:
        table.write(*writes)
    return failure.value.found


class TestRequests:
    """Requests that no table ever takes are refused before there is one."""

    @pytest.mark.parametrize(
        "make",
        [
            pytest.param(lambda: Update(ONE), id="update of nothing"),
            pytest.param(lambda: Update(ONE, set={"a": 1}, add={"a": 1}), id="attribute set and added to"),
            pytest.param(lambda: Update(ONE, set={"a": 1}, remove=("a",)), id="attribute set and removed"),
            pytest.param(lambda: Update(ONE, remove=("a", "a")), id="attribute removed twice"),
            pytest.param(lambda: Update(ONE, set={"SK": "2"}), id="update of a key"),
            pytest.param(lambda: Put(ONE, {"PK": "q"}), id="key among the attributes"),
            pytest.param(lambda: AllOf(()), id="all of nothing"),
            pytest.param(lambda: AnyOf(()), id="any of nothing"),
            pytest.param(lambda: Query("p", first="b", last="a"), id="range that ends before it begins"),
            pytest.param(lambda: Query(""), id="query of no partition"),
            pytest.param(lambda: Query("p", last=""), id="range up to nothing"),
            pytest.param(lambda: Query("p", limit=0), id="page of no items"),
            pytest.param(lambda: Query("p", limit=2**31), id="page of more items than a limit can say"),
        ],
    )
    def test_a_mistake_is_refused_where_it_is_made(self, make: Callable[[], object]) -> None:
        with pytest.raises(InvalidRequest):
            make()


class TestReadingAndWriting:
    def test_an_item_comes_back_as_it_was_put(self, table: Table) -> None:
        table.write(Put(ONE, EVERY_TYPE))

        assert table.get(ONE) == EVERY_TYPE

    def test_an_absent_item_is_none(self, table: Table) -> None:
        table.write(Put(ONE, {}))

        assert table.get(TWO) is None
        assert table.get(ONE) == {}

    def test_a_put_replaces_the_whole_item(self, table: Table) -> None:
        table.write(Put(ONE, {"a": 1, "b": 2}))
        table.write(Put(ONE, {"b": 3}))

        assert table.get(ONE) == {"b": 3}

    def test_an_update_changes_only_what_it_names(self, table: Table) -> None:
        table.write(Put(ONE, {"kept": 1, "changed": 2, "removed": 3, "raised": 4}))
        table.write(Update(ONE, set={"changed": "new"}, add={"raised": 2, "begun": -1}, remove=("removed", "unknown")))

        assert table.get(ONE) == {"kept": 1, "changed": "new", "raised": 6, "begun": -1}

    @pytest.mark.parametrize("update", [Update(ONE, add={"n": 1}), Update(ONE, set={"n": 1})])
    def test_an_update_makes_an_absent_item(self, table: Table, update: Update) -> None:
        table.write(update)

        assert table.get(ONE) == {"n": 1}

    def test_a_delete_removes_the_item_and_forgives_an_absent_one(self, table: Table) -> None:
        table.write(Put(ONE, {}))
        table.write(Delete(ONE))
        table.write(Delete(ONE))

        assert table.get(ONE) is None

    def test_what_was_read_or_written_is_a_copy(self, table: Table) -> None:
        written: list[str] = ["a"]
        table.write(Put(ONE, {"list": written}))
        written.append("b")
        read = table.get(ONE)
        assert read is not None
        read["list"].append("c")  # type: ignore[union-attr]

        assert table.get(ONE) == {"list": ["a"]}

    def test_many_items_are_read_in_the_order_asked_each_once(self, table: Table) -> None:
        keys = [Key("p", f"{number:03}") for number in range(120)]
        table.put_many([Record(key, {"sk": key.sk}) for key in keys])
        wanted = [Key("p", "none"), *reversed(keys), keys[0]]

        found = table.get_many(wanted)

        assert list(found.items()) == [(key, {"sk": key.sk}) for key in reversed(keys)]
        assert table.get_many([]) == {}

    def test_pieces_of_work_come_back_in_their_order(self, table: Table) -> None:
        numbers = range(40)
        table.side_by_side(*(partial(table.write, Put(Key("p", f"{number:02}"), {"n": number})) for number in numbers))
        read = table.side_by_side(*(partial(table.get, Key("p", f"{number:02}")) for number in numbers))

        assert read == tuple({"n": number} for number in numbers)
        assert table.side_by_side() == ()

    @pytest.mark.parametrize("failing", [0, 1, 2])
    def test_what_a_piece_of_work_raises_reaches_the_caller(self, table: Table, failing: int) -> None:
        works = [partial(table.get, ONE)] * 3
        works[failing] = partial(table.get, Key("", "no key"))

        with pytest.raises(InvalidRequest):
            table.side_by_side(*works)

    def test_many_items_are_put_without_conditions(self, table: Table) -> None:
        table.write(Put(ONE, {"old": True}))
        table.put_many([Record(Key("p", f"{number}"), {"n": number}) for number in range(60)])
        table.put_many([])

        assert table.get(ONE) == {"n": 1}
        assert len(table.query(Query("p")).records) == 60


class TestConditions:
    STORED: ClassVar[Item] = {"n": 10, "s": "m", "b": True, "none": None}

    @pytest.mark.parametrize(
        "condition",
        [
            Present(),
            Present("n"),
            Absent("unknown"),
            Equal("n", 10),
            Equal("s", "m"),
            Equal("b", value=True),
            Equal("none", None),
            Below("n", 11),
            Below("s", "n"),
            AllOf((Present(), Equal("n", 10), Below("s", "z"))),
            AllOf((AllOf((Present(), Present("n"))),)),
            AnyOf((Absent(), Equal("n", 10))),
            AnyOf((AllOf((Absent(), Absent("n"))), AnyOf((Equal("s", "m"),)))),
        ],
    )
    def test_a_condition_that_holds_lets_the_write_through(self, table: Table, condition: Condition) -> None:
        table.write(Put(ONE, self.STORED))
        table.write(Update(ONE, set={"written": True}, condition=condition))

        assert table.get(ONE) == {**self.STORED, "written": True}

    @pytest.mark.parametrize(
        "condition",
        [
            Absent(),
            Absent("n"),
            Present("unknown"),
            Equal("n", 11),
            Below("n", 10),
            Below("s", "m"),
            Below("unknown", 99),
            AllOf((Present(), Equal("n", 11))),
            AnyOf((Absent(), Equal("n", 11))),
        ],
    )
    def test_a_condition_that_fails_shows_the_item_and_writes_nothing(self, table: Table, condition: Condition) -> None:
        table.write(Put(ONE, self.STORED))

        for write in (
            Put(ONE, {}, condition),
            Update(ONE, set={"written": True}, condition=condition),
            Delete(ONE, condition),
            Check(ONE, condition),
        ):
            assert broken_by(table, write) == (self.STORED,)
        assert table.get(ONE) == self.STORED

    @pytest.mark.parametrize(
        "condition",
        [
            Equal("n", "10"),
            Equal("b", 1),
            Equal("none", value=False),
            Equal("unknown", None),
            Below("n", "z"),
            Below("s", 99),
        ],
    )
    def test_values_of_two_types_are_neither_equal_nor_in_order(
        self, faithful_table: Table, condition: Condition
    ) -> None:
        faithful_table.write(Put(ONE, self.STORED))

        assert broken_by(faithful_table, Check(ONE, condition)) == (self.STORED,)

    def test_a_condition_that_fails_for_want_of_an_item_shows_an_empty_one(self, table: Table) -> None:
        for write in (
            Put(ONE, {}, Present()),
            Update(ONE, add={"n": 1}, condition=Present()),
            Delete(ONE, Present()),
            Check(ONE, Present()),
        ):
            assert broken_by(table, write) == ({},)
        assert table.get(ONE) is None

    def test_strings_sort_by_their_bytes(self, table: Table) -> None:
        table.write(Put(ONE, {"s": "\uffff"}))
        table.write(Check(ONE, Below("s", "\U0001f680")))

        assert broken_by(table, Check(ONE, Below("s", "z"))) == ({"s": "\uffff"},)


class TestTransactions:
    def test_all_writes_of_a_transaction_take_hold(self, table: Table) -> None:
        table.put_many([Record(ONE, {"n": 1}), Record(TWO, {}), Record(THREE, {"kept": 1})])
        table.write(
            Update(ONE, add={"n": 1}, condition=Equal("n", 1)),
            Delete(TWO),
            Check(THREE, Present("kept")),
            Put(Key("q", "1"), {"new": True}, Absent()),
        )

        found = table.get_many([ONE, TWO, THREE, Key("q", "1")])
        assert found == {ONE: {"n": 2}, THREE: {"kept": 1}, Key("q", "1"): {"new": True}}

    def test_a_failed_condition_cancels_all_writes_and_names_its_item(self, table: Table) -> None:
        table.put_many([Record(ONE, {"n": 1}), Record(TWO, {"rev": 7})])

        found = broken_by(
            table,
            Update(ONE, add={"n": 1}),
            Update(TWO, set={"rev": 7}, condition=Equal("rev", 6)),
            Put(THREE, {}, Present()),
        )

        assert found == (None, {"rev": 7}, {})
        assert table.get_many([ONE, TWO, THREE]) == {ONE: {"n": 1}, TWO: {"rev": 7}}

    def test_a_hundred_writes_fit_into_a_transaction(self, table: Table) -> None:
        table.write(*(Put(Key("p", f"{number:03}"), {}) for number in range(100)))

        assert len(table.query(Query("p")).records) == 100

    @pytest.mark.parametrize(
        "writes",
        [
            pytest.param((), id="none"),
            pytest.param([Put(Key("p", f"{number}"), {}) for number in range(101)], id="more than 100"),
            pytest.param([Put(ONE, {}), Check(ONE, Absent())], id="two of one item"),
            pytest.param([Put(Key("p", f"{number}"), {"x": "x" * 390_000}) for number in range(11)], id="over 4 MB"),
        ],
    )
    def test_a_transaction_beyond_the_limits_is_refused(self, faithful_table: Table, writes: list[Write]) -> None:
        with pytest.raises(InvalidRequest):
            faithful_table.write(*writes)

        assert faithful_table.query(Query("p")).records == ()


class TestLimits:
    @pytest.mark.parametrize(
        "key", [Key("", "s"), Key("p", ""), Key("p" * 2049, "s"), Key("p", "s" * 1025), Key("p", "é" * 513)]
    )
    def test_a_key_out_of_bounds_is_refused(self, faithful_table: Table, key: Key) -> None:
        with pytest.raises(InvalidRequest):
            faithful_table.write(Put(key, {}))
        with pytest.raises(InvalidRequest):
            faithful_table.get(key)

    def test_the_longest_keys_are_taken(self, table: Table) -> None:
        longest = Key("p" * 2048, "é" * 512)
        table.write(Put(longest, {}))

        assert table.get(longest) == {}

    def test_an_item_above_400_kb_is_refused(self, table: Table) -> None:
        with pytest.raises(InvalidRequest):
            table.write(Put(ONE, {"x": "x" * 409_600}))
        table.write(Put(ONE, {"x": "x" * 400_000}))
        with pytest.raises(InvalidRequest):
            table.write(Update(ONE, set={"y": "y" * 10_000}))

        assert table.get(ONE) == {"x": "x" * 400_000}

    @pytest.mark.parametrize("value", ["", 1])
    def test_an_index_key_that_is_not_a_string_with_characters_is_refused(
        self, faithful_table: Table, value: str | int
    ) -> None:
        faithful_table.write(Put(ONE, {}))
        for write in (Put(ONE, {"G1PK": value, "G1SK": "1"}), Update(ONE, set={"G1PK": "g", "G1SK": value})):
            with pytest.raises(InvalidRequest):
                faithful_table.write(write)

        assert faithful_table.get(ONE) == {}

    @pytest.mark.parametrize("after", [{"PK": "p", "SK": "A"}, {"PK": "p"}, {"PK": "q", "SK": "C"}])
    def test_a_page_of_another_query_is_refused(self, faithful_table: Table, after: dict[str, str]) -> None:
        with pytest.raises(InvalidRequest):
            faithful_table.query(Query("p", first="B", after=after))

    def test_only_numbers_are_added_to(self, table: Table) -> None:
        table.write(Put(ONE, {"text": "1"}))
        with pytest.raises(InvalidRequest):
            table.write(Update(ONE, add={"text": 1}))

        assert table.get(ONE) == {"text": "1"}

    @pytest.mark.parametrize("value", [frozenset(), 1.5, 10**38, "\ud800", {"deep": [frozenset()]}])
    def test_a_value_that_cannot_be_stored_is_refused(self, table: Table, value: str) -> None:
        with pytest.raises(InvalidRequest):
            table.write(Put(ONE, {"value": value}))
        with pytest.raises(InvalidRequest):
            table.write(Update(ONE, set={"value": value}))

        assert table.get(ONE) is None

    def test_a_batch_names_each_item_once(self, table: Table) -> None:
        records = [Record(Key("p", f"{number}"), {}) for number in range(30)]
        with pytest.raises(InvalidRequest):
            table.put_many([*records, records[0]])

        assert table.query(Query("p")).records == ()


class TestQueries:
    SORT_KEYS = ("A", "B", "B#1", "C", "a", "é", "\uffff", "\U0001f680")

    @pytest.fixture(autouse=True)
    def _fill(self, table: Table) -> None:
        table.put_many([Record(Key("p", sk), {"sk": sk}) for sk in reversed(self.SORT_KEYS)])
        table.write(Put(Key("other", "B"), {}))

    def test_a_partition_is_read_in_the_byte_order_of_its_sort_keys(self, table: Table) -> None:
        page = table.query(Query("p"))

        assert page.records == tuple(Record(Key("p", sk), {"sk": sk}) for sk in self.SORT_KEYS)
        assert page.after is None

    def test_descending_turns_the_order_round(self, table: Table) -> None:
        assert sort_keys(table.query(Query("p", descending=True))) == list(reversed(self.SORT_KEYS))

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (Query("p", first="B"), ["B", "B#1", "C", "a", "é", "\uffff", "\U0001f680"]),
            (Query("p", last="B#1"), ["A", "B", "B#1"]),
            (Query("p", first="B", last="C"), ["B", "B#1", "C"]),
            (Query("p", first="B", last="B"), ["B"]),
            (Query("p", first="B0", last="B9"), []),
            (Query("p", first="B", last="C", descending=True, limit=2), ["C", "B#1"]),
            (Query("absent"), []),
        ],
    )
    def test_both_ends_of_a_range_are_included(self, table: Table, query: Query, expected: list[str]) -> None:
        assert sort_keys(table.query(query)) == expected

    @pytest.mark.parametrize("descending", [False, True])
    @pytest.mark.parametrize("limit", [1, 3, 8, 9])
    def test_pages_follow_on_without_gap_or_repeat(self, table: Table, limit: int, *, descending: bool) -> None:
        found = [sort_keys(page) for page in pages(table, Query("p", limit=limit, descending=descending))]

        assert all(len(page) == limit for page in found[:-1])
        assert [sk for page in found for sk in page] == sorted(self.SORT_KEYS, reverse=descending)

    def test_a_page_goes_on_after_an_item_that_is_gone(self, table: Table) -> None:
        first = table.query(Query("p", limit=2))
        table.write(Delete(first.records[-1].key))

        assert sort_keys(table.query(Query("p", limit=2, after=first.after))) == ["B#1", "C"]

    def test_queries_together_answer_in_the_order_asked(self, table: Table) -> None:
        assert table.query_together() == ()
        one, other, none = table.query_together(Query("p", last="A"), Query("other"), Query("absent"))

        assert (sort_keys(one), sort_keys(other), sort_keys(none)) == (["A"], ["B"], [])

    def test_a_page_holds_at_most_one_megabyte(self, table: Table) -> None:
        table.put_many([Record(Key("big", f"{number:02}"), {"x": "x" * 99_980}) for number in range(25)])

        found = list(pages(table, Query("big")))

        assert [len(page.records) for page in found] == [10, 10, 5]
        for before, behind in pairwise(found):
            assert before.records[-1].key < behind.records[0].key


class TestIndexes:
    def entry(self, table: Table, sk: str, g1sk: str) -> Key:
        key = Key("p", sk)
        table.write(Put(key, {"G1PK": "g", "G1SK": g1sk, "status": sk, "private": True}))
        return key

    def test_an_index_holds_the_items_that_have_its_keys_in_their_order(self, table: Table) -> None:
        self.entry(table, "1", "b")
        self.entry(table, "2", "a")
        table.write(Put(THREE, {"G1PK": "g"}))

        assert sort_keys(table.query(Query("g", index="GSI1"))) == ["2", "1"]
        assert sort_keys(table.query(Query("g", first="b", index="GSI1"))) == ["1"]

    def test_an_index_shows_only_what_it_projects(self, table: Table) -> None:
        table.write(Put(ONE, {"G1PK": "g", "G1SK": "1", "G2PK": "d", "G2SK": "2", "status": "ok", "private": True}))

        assert table.query(Query("g", index="GSI1")).records == (
            Record(ONE, {"G1PK": "g", "G1SK": "1", "status": "ok"}),
        )
        assert table.query(Query("d", index="GSI2")).records == (Record(ONE, {"G2PK": "d", "G2SK": "2"}),)

    def test_an_item_moves_in_and_leaves_an_index_with_its_keys(self, table: Table) -> None:
        key = self.entry(table, "1", "b")
        self.entry(table, "2", "c")
        table.write(Update(key, set={"G1SK": "d"}))
        assert sort_keys(table.query(Query("g", index="GSI1"))) == ["2", "1"]

        table.write(Update(key, remove=("G1SK",)))
        assert sort_keys(table.query(Query("g", index="GSI1"))) == ["2"]

        table.write(Delete(Key("p", "2")))
        assert table.query(Query("g", index="GSI1")).records == ()

    @pytest.mark.parametrize("descending", [False, True])
    def test_pages_of_equal_index_keys_lose_no_item(self, table: Table, *, descending: bool) -> None:
        keys = {self.entry(table, f"{number}", f"{number // 4}") for number in range(9)}

        found = [
            record.key
            for page in pages(table, Query("g", index="GSI1", limit=2, descending=descending))
            for record in page.records
        ]

        assert len(found) == len(keys)
        assert set(found) == keys


class TestCapacity:
    """Calls everywhere; units where they are counted as on AWS: writes by the engine, reads by MemoryTable."""

    def test_each_request_is_a_call(self, table: Table) -> None:
        records = [Record(Key("p", f"{number:03}"), {}) for number in range(101)]
        for calls, action in (
            (1, lambda: table.get(ONE)),
            (2, lambda: table.get_many([record.key for record in records])),
            (1, lambda: table.query(Query("p"))),
            (3, lambda: table.query_together(Query("p"), Query("q"), Query("r"))),
            (1, lambda: table.write(Put(ONE, {}))),
            (1, lambda: table.write(Put(ONE, {}), Put(TWO, {}))),
            (5, lambda: table.put_many(records)),
        ):
            with measured(table) as meter:
                action()
            assert meter.usage.calls == calls

    def test_a_refused_write_is_a_call_too(self, table: Table) -> None:
        with measured(table) as meter:
            broken_by(table, Put(ONE, {}, Present()))

        assert meter.usage.calls == 1

    @pytest.mark.parametrize(
        ("units", "writes"),
        [
            pytest.param(1, [Put(TWO, {})], id="put"),
            pytest.param(2, [Put(TWO, {"x": KILOBYTE})], id="put above 1 KB"),
            pytest.param(2, [Update(ONE, remove=("x",))], id="larger side before"),
            pytest.param(2, [Delete(ONE)], id="delete by the size of what was there"),
            pytest.param(1, [Delete(TWO)], id="delete of nothing"),
            pytest.param(4, [Put(TWO, {}), Put(FOUR, {})], id="twice in a transaction"),
            pytest.param(4, [Check(ONE, Present())], id="check, as a write"),
            pytest.param(2, [Put(TWO, {"G1PK": "g", "G1SK": "1"})], id="index entry made"),
            pytest.param(3, [Put(TWO, {"G1PK": "g", "G1SK": "1", "G2PK": "d", "G2SK": "1"})], id="two entries made"),
            pytest.param(5, [Put(TWO, {"G1PK": "g", "G1SK": "1"}), Put(FOUR, {})], id="entries are never doubled"),
            pytest.param(2, [Update(THREE, set={"status": "new"})], id="projected attribute changed"),
            pytest.param(2, [Update(THREE, set={"attempt": True})], id="projected attribute changed in type only"),
            pytest.param(1, [Update(THREE, set={"attempt": 1})], id="projected attribute set to what it is"),
            pytest.param(1, [Update(THREE, set={"private": 1})], id="other attribute changed"),
            pytest.param(3, [Update(THREE, set={"G1SK": "2"})], id="entry moved"),
            pytest.param(2, [Update(THREE, remove=("G1SK",))], id="entry dropped"),
        ],
    )
    def test_writes_cost_their_kilobytes_and_index_entries(
        self, faithful_table: Table, units: int, writes: list[Write]
    ) -> None:
        faithful_table.put_many([Record(ONE, {"x": KILOBYTE}), Record(THREE, {"G1PK": "g", "G1SK": "1", "attempt": 1})])

        with measured(faithful_table) as meter:
            faithful_table.write(*writes)

        assert meter.usage == Usage(calls=1, write_units=units)
