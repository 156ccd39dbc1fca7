"""The composition root: the collaborators of this process, made when a handler first asks for them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock

from sluiceway.artifacts.s3 import S3Objects
from sluiceway.runtime.clients import Clients
from sluiceway.runtime.deliveries import StepFunctionsDeliveries
from sluiceway.runtime.env import Environment, read_environment
from sluiceway.runtime.retries import StepFunctionsRetries
from sluiceway.runtime.rollouts import StepFunctionsRollouts
from sluiceway.runtime.tokens import JwtTokens
from sluiceway.runtime.verifications import StepFunctionsVerifications
from sluiceway.storage.dynamo import DynamoTable
from sluiceway.usecases.ports import EventBus, Schemas, Signals, WebhookSender
from sluiceway.usecases.service import Service

_installed: list[Service] = []
_lock = Lock()


def service() -> Service:
    """Return the collaborators that handlers work with; threads that ask at the same time get the same ones."""
    with _lock:
        if not _installed:
            _installed.append(make_service(read_environment(), Clients()))
        return _installed[-1]


def make_service(environment: Environment, clients: Clients) -> Service:
    """Make the collaborators; only the table's client is made at once, since every call needs it."""
    return Service(
        table=DynamoTable(clients.dynamodb(), environment.table),
        objects=S3Objects(clients.s3, environment.bucket, lambda: clients.session),
        tokens=JwtTokens(lambda: _secret(clients, environment.signing_key)),
        retries=StepFunctionsRetries(clients.step_functions, environment.retry_machine),
        rollouts=StepFunctionsRollouts(clients.step_functions, environment.rollout_machine),
        verifications=StepFunctionsVerifications(clients.step_functions, environment.verify_machine),
        deliveries=StepFunctionsDeliveries(clients.step_functions, environment.deliver_machine),
        schemas=_schemas,
        webhook_sender=partial(_webhook_sender, loopback=environment.is_local),
        event_bus=partial(_event_bus, clients, environment.event_bus),
        signals=partial(_signals, clients, loopback=environment.is_local),
        new_id=lambda: str(uuid.uuid4()),
        reaches_loopback=environment.is_local,
    )


def _schemas() -> Schemas:
    from sluiceway.schemas.process import SchemaProcesses  # noqa: PLC0415 - no call of a device evaluates schemas

    return SchemaProcesses()


def _webhook_sender(*, loopback: bool) -> WebhookSender:
    from sluiceway.runtime.public_http import PublicHttp  # noqa: PLC0415 - hardly any function calls anybody
    from sluiceway.runtime.webhook_sender import HttpWebhookSender  # noqa: PLC0415 - one task alone sends anything

    return HttpWebhookSender(PublicHttp(loopback))


def _event_bus(clients: Clients, bus: str) -> EventBus:
    from sluiceway.runtime.event_bus import EventBridgeBus  # noqa: PLC0415 - one task alone puts anything on it

    return EventBridgeBus(clients.event_bridge, bus)


def _signals(clients: Clients, *, loopback: bool) -> Signals:
    from sluiceway.runtime.public_http import PublicHttp  # noqa: PLC0415 - hardly any function calls anybody
    from sluiceway.runtime.signals import OutsideSignals  # noqa: PLC0415 - one task alone asks for signals

    return OutsideSignals(PublicHttp(loopback), clients.cloudwatch)


def _secret(clients: Clients, secret_id: str) -> str:
    return clients.secrets_manager().get_secret_value(SecretId=secret_id)["SecretString"]


@contextmanager
def use(replacement: Service) -> Iterator[None]:
    """Let every handler of this process work with these collaborators, for the length of a block."""
    _installed.append(replacement)
    try:
        yield
    finally:
        _installed.remove(replacement)
