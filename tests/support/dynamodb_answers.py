"""Answers of DynamoDB's that no local engine gives, put in by a hook of botocore's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

Answer: TypeAlias = Mapping[str, Any]
Interception: TypeAlias = Callable[[Mapping[str, Any]], Answer | None]
"""Given the body of a request, the answer instead of the engine's, or None to let it pass."""


def error(code: str, **details: object) -> Answer:
    """An answer that refuses, with the members that DynamoDB adds to such an error."""
    return {"Error": {"Code": code, "Message": code}, **details}


def cancelled(*codes: str) -> Answer:
    """A cancelled transaction, with one reason per write: `None` where it is not at fault."""
    return error(
        "TransactionCanceledException", CancellationReasons=[{"Code": code, "Message": code} for code in codes]
    )


def in_turn(answers: Iterable[Answer | None]) -> Interception:
    """Each answer once, then the engine's."""
    left = iter(answers)
    return lambda _: next(left, None)


@contextmanager
def intercepted(client: DynamoDBClient, operation: str, interception: Interception) -> Iterator[None]:
    """Put the interception between the client and the engine, for one operation (`PutItem`, or `*` for all)."""

    def before_call(params: Mapping[str, Any], **_: object) -> tuple[SimpleNamespace, Answer] | None:
        answer = interception(json.loads(params["body"]))
        if answer is None:
            return None
        return SimpleNamespace(status_code=400 if "Error" in answer else 200, headers={}), answer

    event = f"before-call.dynamodb.{operation}"
    client.meta.events.register(event, before_call)  # type: ignore[arg-type] # the stubs know no hook that answers
    try:
        yield
    finally:
        client.meta.events.unregister(event, before_call)  # type: ignore[arg-type] # as above
