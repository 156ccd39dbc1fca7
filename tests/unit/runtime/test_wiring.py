from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from moto import mock_aws

from sluiceway.domain.device import AuthStatus
from sluiceway.domain.errors import Unauthenticated
from sluiceway.domain.inventory import Attribute
from sluiceway.runtime import wiring
from sluiceway.runtime.clients import Clients
from sluiceway.runtime.env import Environment
from sluiceway.runtime.event_bus import EventBridgeBus
from sluiceway.runtime.public_http import PublicHttp
from sluiceway.runtime.signals import OutsideSignals
from sluiceway.runtime.webhook_sender import HttpWebhookSender
from sluiceway.schemas.process import SchemaProcesses
from sluiceway.storage import keys
from sluiceway.storage.dynamo import DynamoTable
from sluiceway.storage.table import Put
from sluiceway.usecases.create_workspace import NewWorkspace, create_workspace
from sluiceway.usecases.credentials import USERS
from sluiceway.usecases.list_devices import DeviceFilter, list_devices
from sluiceway.usecases.record_contact import record_contact
from sluiceway.usecases.report_inventory import replace_attributes
from sluiceway.usecases.request_token import request_token
from sluiceway.usecases.sessions import open_user_session
from sluiceway.usecases.set_auth_status import AuthDecision, set_auth_status
from tests.support.app import NOW
from tests.support.device_keys import Identified, new_key
from tests.support.tables import fresh_table

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "SLUICEWAY_TABLE": "table",
    "SLUICEWAY_BUCKET": "bucket",
    "SLUICEWAY_SIGNING_KEY": "key",
    "SLUICEWAY_RETRY_MACHINE": "machine",
    "SLUICEWAY_ROLLOUT_MACHINE": "rollout",
    "SLUICEWAY_VERIFY_MACHINE": "verifier",
    "SLUICEWAY_DELIVER_MACHINE": "deliverer",
    "SLUICEWAY_EVENT_BUS": "bus",
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
    wiring.make_service(
        Environment("table", "bucket", "key", "machine", "rollout", "verifier", "deliverer", "bus"), clients
    )
    assert set(clients._made) == {"dynamodb"}


def test_a_client_is_made_once() -> None:
    clients = Clients()
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: clients.s3(), range(16)))
    assert len({id(client) for client in made}) == 1


def test_schemas_are_evaluated_in_a_process_of_their_own() -> None:
    assert isinstance(wiring.service().schemas(), SchemaProcesses)


@pytest.mark.parametrize("is_local", [False, True])
def test_only_the_local_cloud_calls_loopback(*, is_local: bool) -> None:
    environment = Environment("t", "bucket", "key", "machine", "rollout", "verifier", "deliverer", "bus", is_local)
    clients = Clients()
    service = wiring.make_service(environment, clients)
    assert service.webhook_sender() == HttpWebhookSender(PublicHttp(loopback=is_local))
    assert service.event_bus() == EventBridgeBus(clients.event_bridge, "bus")
    assert service.signals() == OutsideSignals(PublicHttp(loopback=is_local), clients.cloudwatch)
    assert service.reaches_loopback is is_local


def test_a_replacement_holds_for_its_block_only() -> None:
    own = wiring.service()
    replacement = wiring.make_service(
        Environment("other", "bucket", "key", "machine", "rollout", "verifier", "deliverer", "bus"), Clients()
    )
    with wiring.use(replacement):
        assert wiring.service() is replacement
    assert wiring.service() is own


def test_the_wired_service_reaches_its_table_and_its_key() -> None:
    with mock_aws():
        clients = Clients()
        key = "a key of thirty-two bytes for tests"
        secret = clients.secrets_manager().create_secret(Name="key", SecretString=key)
        with fresh_table(clients.dynamodb()) as table:
            service = wiring.make_service(
                Environment(table, "bucket", secret["ARN"], "machine", "rollout", "verifier", "deliverer", "bus"),
                clients,
            )
            made = create_workspace(service, NewWorkspace("a", "a@example.com", "correct horse"), NOW)
            claims = service.tokens.verify(made.token, audience=USERS, now=NOW)
            assert open_user_session(service, claims, NOW).user_id == made.user.id
        assert jwt.decode(made.token, key, algorithms=["HS256"], audience=USERS.name, options={"verify_exp": False})


def test_a_device_is_decided_about_on_dynamodb_as_in_memory() -> None:
    with mock_aws():
        clients = Clients()
        with fresh_table(clients.dynamodb()) as table:
            service = wiring.make_service(
                Environment(table, "bucket", "key", "machine", "rollout", "verifier", "deliverer", "bus"), clients
            )
            service.table.write(Put(keys.default_workspace(), {"ws": "w"}))
            device = Identified('{"mac": "x"}', new_key())
            with pytest.raises(Unauthenticated):
                request_token(service, device.request(), NOW)
            for status in (AuthStatus.ACCEPTED, AuthStatus.REJECTED):
                (known,) = list_devices(service, "w", DeviceFilter(), offset=0, limit=9).devices
                decision = AuthDecision(known.device.id, known.auth_sets[0].id, status)
                set_auth_status(service, "w", decision, NOW)
            (known,) = list_devices(
                service, "w", DeviceFilter(frozenset({AuthStatus.REJECTED})), offset=0, limit=9
            ).devices
            replace_attributes(service, known.device, [Attribute("device_type", "board-a")], NOW)
            record_contact(service, known.device, NOW)
            (known,) = list_devices(service, "w", DeviceFilter(ids=(known.device.id,)), offset=0, limit=9).devices
    assert (known.device.membership.past, known.device.epoch) == (((1, 2),), 1)
    assert (known.device.device_type, known.device.last_seen) == ("board-a", NOW)
