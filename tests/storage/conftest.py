from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from infra.local.engine import local_engine
from sluiceway.storage.dynamo import DynamoTable
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Backoff, Table
from tests.support.tables import dynamodb_client, fresh_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SLEEPLESS = Backoff(sleep=lambda _: None, patience=1000.0)


@pytest.fixture(scope="session")
def engine_client() -> Iterator[DynamoDBClient]:
    with local_engine() as engine:
        yield dynamodb_client(engine.url)


@pytest.fixture
def memory_table() -> MemoryTable:
    return MemoryTable(SLEEPLESS)


@pytest.fixture
def engine_table(engine_client: DynamoDBClient) -> Iterator[DynamoTable]:
    with fresh_table(engine_client) as name:
        yield DynamoTable(engine_client, name, SLEEPLESS)


@pytest.fixture
def moto_table() -> Iterator[DynamoTable]:
    with mock_aws():
        client = dynamodb_client()
        with fresh_table(client) as name:
            yield DynamoTable(client, name, SLEEPLESS)


@pytest.fixture(params=["memory", pytest.param("engine", marks=pytest.mark.engine), "moto"])
def table(request: pytest.FixtureRequest) -> Table:
    """Each implementation in turn."""
    found: Table = request.getfixturevalue(f"{request.param}_table")
    return found


@pytest.fixture(params=["memory", pytest.param("engine", marks=pytest.mark.engine)])
def faithful_table(request: pytest.FixtureRequest) -> Table:
    """Those that keep the limits and lose nothing among threads: moto does neither."""
    found: Table = request.getfixturevalue(f"{request.param}_table")
    return found
