"""`Table` on DynamoDB, through a botocore client that the caller makes and configures (retries, time-outs, region)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from botocore.exceptions import ClientError

from sluiceway.storage.attributes import item_of, key_attributes, record_of, stored_form
from sluiceway.storage.capacity import Observer, Usage
from sluiceway.storage.expressions import Parameters, action_of, query_parameters, write_parameters
from sluiceway.storage.table import (
    Backoff,
    ConditionFailed,
    Delete,
    InvalidRequest,
    Item,
    Key,
    Page,
    Put,
    Query,
    Record,
    TableError,
    Throttled,
    Update,
    Write,
    WriteConflict,
    refuse_duplicates,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
Answer: TypeAlias = Mapping[str, Any]

BATCH_GET_ITEMS = 100
BATCH_WRITE_ITEMS = 25
BATCHES_SIDE_BY_SIDE = 8
WORKS_SIDE_BY_SIDE = 32
"""An upper bound only: a thread starts when a piece of work finds none idle."""

_THROTTLING = {
    "ProvisionedThroughputExceeded",  # as the reason of a cancelled transaction
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingError",  # as the reason of a cancelled transaction
    "ThrottlingException",
}


@dataclass(eq=False)
class DynamoTable:
    """A DynamoDB table, safe to share between threads. Names and limits of the protocol: see `Table`.

    The client's own retries come first: what it gives up on is raised as a TableError where DynamoDB says that nothing
    was written, and as botocore's own error where it does not.
    """

    client: DynamoDBClient
    name: str
    backoff: Backoff = field(default_factory=Backoff)
    observer: Observer | None = None

    def get(self, key: Key) -> Item | None:
        """One item by key, None when absent."""
        answer = self._read(self.client.get_item, TableName=self.name, Key=key_attributes(key), ConsistentRead=True)
        return item_of(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """The items that exist among the keys."""
        wanted = list(dict.fromkeys(keys))
        found: dict[Key, Item] = {}
        for batch in _batches(wanted, BATCH_GET_ITEMS):
            found.update(self._get_batch(batch))
        return {key: found[key] for key in wanted if key in found}

    def query(self, query: Query) -> Page:
        """One page of a query."""
        answer = self._read(self.client.query, TableName=self.name, **query_parameters(query))
        last = answer.get("LastEvaluatedKey")
        after = {name: value["S"] for name, value in last.items()} if last else None
        return Page(tuple(record_of(stored) for stored in answer["Items"]), after)

    def query_together(self, *queries: Query) -> tuple[Page, ...]:
        """One page of each query."""
        return self.side_by_side(*(partial(self.query, query) for query in queries))

    def side_by_side(self, *works: Callable[[], T]) -> tuple[T, ...]:
        """What each piece of work comes to: the first in the caller's thread, the others beside it."""
        beside = [self._pool.submit(work) for work in works[1:]]
        own = tuple(work() for work in works[:1])
        return (*own, *(future.result() for future in beside))

    def write(self, *writes: Write) -> None:
        """Write everything or nothing."""
        match writes:
            case [Put() as put]:
                self._written(self.client.put_item, **self._targeted(put))
            case [Update() as update]:
                self._written(self.client.update_item, **self._targeted(update))
            case [Delete() as delete]:
                self._written(self.client.delete_item, **self._targeted(delete))
            case []:
                raise InvalidRequest("there is nothing to write")
            case _:
                actions = [{action_of(write): self._targeted(write)} for write in writes]
                self._written(self.client.transact_write_items, TransactItems=actions)

    def put_many(self, records: Sequence[Record]) -> None:
        """Write whole items without conditions."""
        refuse_duplicates(record.key for record in records)
        batches = _batches(records, BATCH_WRITE_ITEMS)
        with ThreadPoolExecutor(BATCHES_SIDE_BY_SIDE) as pool:
            for written in [pool.submit(self._put_batch, batch) for batch in batches]:
                written.result()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(WORKS_SIDE_BY_SIDE, thread_name_prefix="side-by-side")

    def _targeted(self, write: Write) -> Parameters:
        return {"TableName": self.name, **write_parameters(write)}

    def _get_batch(self, keys: Sequence[Key]) -> dict[Key, Item]:
        found: dict[Key, Item] = {}
        wanted: Mapping[str, Any] = {
            self.name: {"Keys": [key_attributes(key) for key in keys], "ConsistentRead": True},
        }
        for _ in self.backoff.attempts():
            answer = self._read(self.client.batch_get_item, RequestItems=wanted)
            found.update(record_of(stored) for stored in answer["Responses"].get(self.name, []))
            wanted = answer.get("UnprocessedKeys", {})
            if not wanted:
                return found
        raise Throttled("the table kept leaving keys of a batch unread; try again")

    def _put_batch(self, records: Sequence[Record]) -> None:
        wanted: Mapping[str, Any] = {
            self.name: [{"PutRequest": {"Item": stored_form(record)}} for record in records],
        }
        for _ in self.backoff.attempts():
            answer = self._written(self.client.batch_write_item, RequestItems=wanted)
            wanted = answer.get("UnprocessedItems", {})
            if not wanted:
                return
        raise Throttled("the table kept leaving items of a batch unwritten; try again")

    def _read(self, operation: Callable[..., Any], **parameters: object) -> Answer:
        answer, units = self._call(operation, parameters)
        self._observe(Usage(calls=1, read_units=units))
        return answer

    def _written(self, operation: Callable[..., Any], **parameters: object) -> Answer:
        answer, units = self._call(operation, parameters)
        self._observe(Usage(calls=1, write_units=units))
        return answer

    def _call(self, operation: Callable[..., Any], parameters: Parameters) -> tuple[Answer, float]:
        """The answer and the units it spent. A refused request counts as a call, its units are not told."""
        if self.observer:
            parameters["ReturnConsumedCapacity"] = "TOTAL"
        try:
            answer: Answer = operation(**parameters)
        except ClientError as error:
            self._observe(Usage(calls=1))
            if meaning := _table_error(error):
                raise meaning from error
            raise
        return answer, _units(answer)

    def _observe(self, usage: Usage) -> None:
        if self.observer:
            self.observer(usage)


def _batches(all_of_them: Sequence[T], size: int) -> list[Sequence[T]]:
    return [all_of_them[start : start + size] for start in range(0, len(all_of_them), size)]


def _units(answer: Answer) -> float:
    consumed = answer.get("ConsumedCapacity", [])
    tables = [consumed] if isinstance(consumed, Mapping) else consumed
    return sum(float(table["CapacityUnits"]) for table in tables)


def _table_error(error: ClientError) -> TableError | None:
    """What an answer of DynamoDB's means to the product; None where it does not say whether anything was written."""
    answer: Mapping[str, Any] = error.response
    match answer["Error"]["Code"]:
        case "ConditionalCheckFailedException":
            return ConditionFailed((_broken(answer),))
        case "TransactionCanceledException":
            return _cancellation(answer["CancellationReasons"])
        case "TransactionConflictException":
            return WriteConflict(str(error))
        case "ValidationException":
            return InvalidRequest(str(error))
        case code if code in _THROTTLING:
            return Throttled(str(error))
        case _:
            return None


def _cancellation(reasons: Sequence[Mapping[str, Any]]) -> TableError | None:
    """The one meaning of all the reasons.

    A failed condition comes first: it was seen on committed data, so the same writes would most likely fail again,
    while a new plan is right whatever the other reasons were.
    """
    codes = {reason["Code"] for reason in reasons}
    if "ConditionalCheckFailed" in codes:
        return ConditionFailed(tuple(_broken(r) if r["Code"] == "ConditionalCheckFailed" else None for r in reasons))
    if "TransactionConflict" in codes:
        return WriteConflict("another transaction held one of the items")
    if codes & _THROTTLING:
        return Throttled("the table refused a transaction for want of capacity; try again")
    if "ValidationError" in codes:
        return InvalidRequest("; ".join(reason["Message"] for reason in reasons if reason.get("Message")))
    return None


def _broken(failure: Mapping[str, Any]) -> Item:
    """The item that broke a condition, empty when there was none."""
    return item_of(failure["Item"]) if failure.get("Item") else {}
