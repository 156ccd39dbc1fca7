from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sluiceway.runtime import wiring
from sluiceway.runtime.clients import Clients
from sluiceway.runtime.env import Environment
from sluiceway.storage.dynamo import DynamoTable

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "SLUICEWAY_TABLE": "table",
    "SLUICEWAY_BUCKET": "bucket",
    "SLUICEWAY_SIGNING_KEY": "key",
    "SLUICEWAY_RETRY_MACHINE": "machine",
}


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(wiring, "_installed", [])


def test_threads_that_ask_at_the_same_time_get_the_same_service() -> None:
    with ThreadPoolExecutor(16) as threads:
        services = list(threads.map(lambda _: wiring.service(), range(64)))
    assert len({id(service) for service in services}) == 1
    assert isinstance(services[0].table, DynamoTable)
    assert services[0].table.name == "table"


def test_only_the_tables_client_is_made_at_once() -> None:
    clients = Clients()
    wiring.make_service(Environment("table", "bucket", "key", "machine"), clients)
    assert set(clients._made) == {"dynamodb"}


def test_a_client_is_made_once() -> None:
    clients = Clients()
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: clients.s3(), range(16)))
    assert len({id(client) for client in made}) == 1


def test_a_replacement_holds_for_its_block_only() -> None:
    own = wiring.service()
    replacement = wiring.make_service(Environment("other", "bucket", "key", "machine"), Clients())
    with wiring.use(replacement):
        assert wiring.service() is replacement
    assert wiring.service() is own
