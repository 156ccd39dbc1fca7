"""How `DynamoTable` takes what DynamoDB answers under load, and what it asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Barrier, current_thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sluiceway.domain.errors import Overloaded
from sluiceway.storage.commit import commit
from sluiceway.storage.dynamo import DynamoTable
from sluiceway.storage.table import (
    Backoff,
    Check,
    ConditionFailed,
    Delete,
    InvalidRequest,
    Key,
    Present,
    Put,
    Query,
    Record,
    TableError,
    Throttled,
    Update,
    Write,
    WriteConflict,
)
from tests.support.capacity import measured
from tests.support.dynamodb_answers import Answer, cancelled, error, in_turn, intercepted

ONE, TWO = Key("p", "1"), Key("p", "2")
BOTH: Sequence[Write] = (Put(ONE, {}, Present()), Put(TWO, {}, Present()))
THROTTLING = ("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded")


@pytest.fixture
def table(moto_table: DynamoTable) -> DynamoTable:
    return moto_table


@pytest.mark.parametrize("code", THROTTLING)
@pytest.mark.parametrize(
    "use",
    [
        lambda table: table.get(ONE),
        lambda table: table.get_many([ONE]),
        lambda table: table.query(Query("p")),
        lambda table: table.query_together(Query("p"), Query("q")),
        lambda table: table.write(Put(ONE, {})),
        lambda table: table.write(Update(ONE, add={"n": 1})),
        lambda table: table.write(Delete(ONE)),
        lambda table: table.write(Check(ONE, Present())),
        lambda table: table.put_many([Record(ONE, {})]),
    ],
)
def test_throttling_is_an_error_of_ours_that_tells_when_to_come_back(
    table: DynamoTable, code: str, use: Callable[[DynamoTable], None]
) -> None:
    with intercepted(table.client, "*", lambda _: error(code)), pytest.raises(Throttled) as refusal:
        use(table)

    assert isinstance(refusal.value, Overloaded)
    assert refusal.value.retry_after >= 1


@pytest.mark.parametrize("write", [Put(ONE, {}), Update(ONE, add={"n": 1}), Delete(ONE)])
def test_a_plain_write_that_meets_a_transaction_is_a_conflict(table: DynamoTable, write: Write) -> None:
    with (
        intercepted(table.client, "*", lambda _: error("TransactionConflictException")),
        pytest.raises(WriteConflict),
    ):
        table.write(write)


@pytest.mark.parametrize(
    ("codes", "meaning"),
    [
        (("None", "TransactionConflict"), WriteConflict),
        (("ThrottlingError", "None"), Throttled),
        (("None", "ProvisionedThroughputExceeded"), Throttled),
        (("TransactionConflict", "ThrottlingError"), WriteConflict),
        (("None", "ValidationError"), InvalidRequest),
        (("ThrottlingError", "ConditionalCheckFailed"), ConditionFailed),
    ],
)
def test_a_cancelled_transaction_means_what_its_reasons_say(
    table: DynamoTable, codes: tuple[str, ...], meaning: type[TableError]
) -> None:
    with intercepted(table.client, "TransactWriteItems", lambda _: cancelled(*codes)), pytest.raises(meaning):
        table.write(*BOTH)


def test_a_failed_condition_outweighs_a_conflict_in_the_same_answer(table: DynamoTable) -> None:
    with (
        intercepted(
            table.client, "TransactWriteItems", lambda _: cancelled("TransactionConflict", "ConditionalCheckFailed")
        ),
        pytest.raises(ConditionFailed) as failure,
    ):
        table.write(*BOTH)

    assert failure.value.found == (None, {})


@pytest.mark.parametrize(
    "answer",
    [error("InternalServerError"), error("TransactionInProgressException"), cancelled("None", "SomethingNew")],
)
def test_an_error_that_leaves_the_outcome_open_stays_botocores_own(table: DynamoTable, answer: Answer) -> None:
    with intercepted(table.client, "TransactWriteItems", lambda _: answer), pytest.raises(ClientError):
        table.write(*BOTH)


def test_commit_carries_a_write_through_conflicts(table: DynamoTable) -> None:
    conflicts = in_turn([error("TransactionConflictException")] * 3)
    with intercepted(table.client, "UpdateItem", conflicts):
        commit(table, lambda: (None, [Update(ONE, add={"n": 1})]))

    assert table.get(ONE) == {"n": 1}


class TestBatches:
    RECORDS = tuple(Record(Key("p", f"{number:03}"), {"n": number}) for number in range(30))

    @pytest.fixture
    def pauses(self, table: DynamoTable) -> list[float]:
        pauses: list[float] = []
        table.backoff = Backoff(sleep=pauses.append, jitter=lambda _, longest: longest)
        return pauses

    def test_items_left_unwritten_are_sent_again_after_a_pause(self, table: DynamoTable, pauses: list[float]) -> None:
        sizes: list[int] = []

        def two_are_left(body: Mapping[str, Any]) -> Answer | None:
            requests = body["RequestItems"][table.name]
            sizes.append(len(requests))
            if len(requests) == 2 or len(sizes) > 1:
                return None
            for request in requests[2:]:
                table.client.put_item(TableName=table.name, Item=request["PutRequest"]["Item"])
            return {"UnprocessedItems": {table.name: requests[:2]}}

        with intercepted(table.client, "BatchWriteItem", two_are_left):
            table.put_many(self.RECORDS[:25])

        assert sizes == [25, 2]
        assert pauses == [0.01]
        assert table.query(Query("p")).records == self.RECORDS[:25]

    def test_keys_left_unread_are_asked_for_again_after_a_pause(self, table: DynamoTable, pauses: list[float]) -> None:
        table.put_many(self.RECORDS)
        keys = [record.key for record in self.RECORDS]

        def all_but_one_are_left(body: Mapping[str, Any]) -> Answer:
            asked = body["RequestItems"][table.name]
            one, left = asked["Keys"][0], asked["Keys"][1:]
            read = table.client.get_item(TableName=table.name, Key=one)["Item"]
            unread = {table.name: {**asked, "Keys": left}} if left else {}
            return {"Responses": {table.name: [read]}, "UnprocessedKeys": unread}

        with intercepted(table.client, "BatchGetItem", all_but_one_are_left):
            found = table.get_many(keys[:5])

        assert found == {record.key: record.item for record in self.RECORDS[:5]}
        assert pauses == [0.01, 0.02, 0.04, 0.08]

    def test_a_batch_that_is_never_finished_is_throttled(self, table: DynamoTable, pauses: list[float]) -> None:
        with (
            intercepted(table.client, "BatchWriteItem", lambda body: {"UnprocessedItems": body["RequestItems"]}),
            pytest.raises(Throttled),
        ):
            table.put_many(self.RECORDS[:1])
        with (
            intercepted(
                table.client,
                "BatchGetItem",
                lambda body: {"Responses": {}, "UnprocessedKeys": body["RequestItems"]},
            ),
            pytest.raises(Throttled),
        ):
            table.get_many([ONE])

        assert 6.0 < sum(pauses) <= 8.0


class TestSideBySide:
    """Each barrier breaks, and with it the test, unless so many requests are under way at the same time."""

    def test_eight_batches_are_written_side_by_side(self, table: DynamoTable) -> None:
        barrier = Barrier(8, timeout=10)

        def meet(_: Mapping[str, Any]) -> Answer:
            barrier.wait()
            return {"UnprocessedItems": {}}

        with intercepted(table.client, "BatchWriteItem", meet):
            table.put_many([Record(Key("p", f"{number:03}"), {}) for number in range(200)])

    def test_thirty_two_pieces_of_work_run_side_by_side(self, table: DynamoTable) -> None:
        barrier = Barrier(32, timeout=10)

        def meet(_: Mapping[str, Any]) -> Answer:
            barrier.wait()
            return {}

        fences = [Update(Key("p", f"{number}"), set={"fence": True}) for number in range(32)]
        with intercepted(table.client, "UpdateItem", meet):
            table.side_by_side(*(partial(table.write, fence) for fence in fences))

    def test_queries_run_side_by_side_the_first_in_the_callers_thread(self, table: DynamoTable) -> None:
        barrier = Barrier(3, timeout=10)
        threads: dict[str, str] = {}

        def meet(body: Mapping[str, Any]) -> Answer:
            barrier.wait()
            partition = body["ExpressionAttributeValues"][":0"]["S"]
            threads[partition] = current_thread().name
            return {"Items": []}

        with intercepted(table.client, "Query", meet):
            table.query_together(Query("a"), Query("b"), Query("c"))

        assert threads["a"] == current_thread().name
        assert len(set(threads.values())) == 3


class TestRequests:
    @pytest.fixture
    def bodies(self, table: DynamoTable) -> list[Mapping[str, Any]]:
        bodies: list[Mapping[str, Any]] = []
        table.client.meta.events.register("before-call.dynamodb.*", lambda params, **_: bodies.append(_body(params)))
        return bodies

    def test_capacity_is_asked_for_only_while_somebody_counts(
        self, table: DynamoTable, bodies: list[Mapping[str, Any]]
    ) -> None:
        def use() -> None:
            table.get(ONE)
            table.get_many([ONE])
            table.query(Query("p"))
            table.write(Put(ONE, {}))
            table.write(Put(ONE, {}), Put(TWO, {}))
            table.put_many([Record(ONE, {})])

        use()
        assert {body.get("ReturnConsumedCapacity") for body in bodies} == {None}

        bodies.clear()
        with measured(table):
            use()
        assert {body.get("ReturnConsumedCapacity") for body in bodies} == {"TOTAL"}

    def test_the_table_is_read_consistently_and_an_index_cannot_be(
        self, table: DynamoTable, bodies: list[Mapping[str, Any]]
    ) -> None:
        table.get(ONE)
        table.query(Query("p"))
        table.query(Query("g", index="GSI1"))

        assert [body.get("ConsistentRead") for body in bodies] == [True, True, None]

    def test_a_batch_is_read_consistently(self, table: DynamoTable, bodies: list[Mapping[str, Any]]) -> None:
        table.get_many([ONE])

        assert bodies[0]["RequestItems"][table.name]["ConsistentRead"] is True

    def test_a_transaction_carries_a_token_that_makes_the_clients_retries_safe(
        self, table: DynamoTable, bodies: list[Mapping[str, Any]]
    ) -> None:
        table.write(Put(ONE, {}), Put(TWO, {}))
        table.write(Put(ONE, {}), Put(TWO, {}))

        tokens = {body["ClientRequestToken"] for body in bodies}
        assert len(tokens) == 2

    def test_no_two_names_or_values_share_a_placeholder(
        self, table: DynamoTable, bodies: list[Mapping[str, Any]]
    ) -> None:
        """The same attribute is named once, two equal values twice; moto refuses what is not used."""
        table.write(Put(ONE, {"status": "a", "name": "a"}))
        table.write(Update(ONE, set={"status": "b", "name": "b"}, condition=Present("status")))

        assert sorted(bodies[-1]["ExpressionAttributeNames"].values()) == ["name", "status"]
        assert len(bodies[-1]["ExpressionAttributeValues"]) == 2
        assert table.get(ONE) == {"status": "b", "name": "b"}


def _body(params: Mapping[str, Any]) -> Mapping[str, Any]:
    body: Mapping[str, Any] = json.loads(params["body"])
    return body
