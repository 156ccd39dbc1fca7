"""The product's table on an engine, and a client that reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from botocore.config import Config

from infra.local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from sluiceway.storage.table import INDEX_KEYS, INDEX_PROJECTIONS, IndexName

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import GlobalSecondaryIndexTypeDef, KeySchemaElementTypeDef, ProjectionTypeDef


def dynamodb_client(endpoint_url: str | None = None) -> DynamoDBClient:
    """A client with the engine's own credentials; without an endpoint only for moto, which answers in process."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(max_pool_connections=32, retries={"mode": "standard", "total_max_attempts": 1}),
    )


@contextmanager
def fresh_table(client: DynamoDBClient) -> Iterator[str]:
    """The name of an empty table with the product's indexes, deleted at the end of the block."""
    name = f"sluiceway-{uuid4().hex}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"} for names in INDEX_KEYS.values() for attribute in names
        ],
        KeySchema=_key_schema(None),
        GlobalSecondaryIndexes=[_index(index) for index in INDEX_PROJECTIONS],
    )
    try:
        yield name
    finally:
        client.delete_table(TableName=name)


def _key_schema(index: IndexName | None) -> list[KeySchemaElementTypeDef]:
    partition_key, sort_key = INDEX_KEYS[index]
    return [
        {"AttributeName": partition_key, "KeyType": "HASH"},
        {"AttributeName": sort_key, "KeyType": "RANGE"},
    ]


def _index(index: IndexName) -> GlobalSecondaryIndexTypeDef:
    return {"IndexName": index, "KeySchema": _key_schema(index), "Projection": _projection(INDEX_PROJECTIONS[index])}


def _projection(attributes: tuple[str, ...]) -> ProjectionTypeDef:
    if not attributes:
        return {"ProjectionType": "KEYS_ONLY"}
    return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(attributes)}
