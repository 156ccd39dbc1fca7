"""The webhook endpoints of a workspace: every event of the workspace is sent to each of them (miru contract 7)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sluiceway.domain.errors import NotFound, TooManyWebhooks
from sluiceway.domain.webhook import MOST_WEBHOOKS, SECRET_BYTES, Secret, Webhook, check_url, compose_secret
from sluiceway.storage import keys
from sluiceway.storage.commit import commit
from sluiceway.storage.paging import read_all
from sluiceway.storage.table import Delete, Present, Query, Write
from sluiceway.storage.webhook_items import put_webhook, read_webhook, webhook_key
from sluiceway.usecases.service import Service
from sluiceway.usecases.turns import read_turn

ID_PREFIX = "webhook_"
_TURN = "webhook_turn"
"""Counts endpoints that were ever made, so that the last free place is given away once."""


def create_webhook(service: Service, workspace: str, url: str, now: datetime) -> Webhook:
    """Add an endpoint, with a secret that is shown this once. Raises Invalid and TooManyWebhooks."""
    check_url(url, plain=service.reaches_loopback)
    webhook = Webhook(workspace, f"{ID_PREFIX}{service.new_id()}", url, (Secret(_new_secret()),), now)
    return commit(service.table, lambda: (webhook, _new_webhook_writes(service, webhook)))


def list_webhooks(service: Service, workspace: str) -> list[Webhook]:
    """Return all endpoints, oldest first, in one query."""
    records = read_all(service.table, Query(keys.webhooks(workspace)))
    found = [read_webhook(workspace, record.item) for record in records]
    return sorted(found, key=lambda each: (each.created, each.id))


def load_webhook(service: Service, workspace: str, webhook_id: str) -> Webhook:
    """Read one endpoint. Raises NotFound."""
    stored = service.table.get(keys.webhook(workspace, webhook_id))
    if stored is None:
        raise NotFound(f"webhook {webhook_id}")
    return read_webhook(workspace, stored)


def rotate_secret(service: Service, workspace: str, webhook_id: str, overlap: timedelta, now: datetime) -> Webhook:
    """Give an endpoint a new secret, shown this once; the former stay good for as long as `overlap`.

    Raises NotFound and TooManySecrets.
    """
    text = _new_secret()
    return commit(service.table, lambda: _rotation(load_webhook(service, workspace, webhook_id), text, overlap, now))


def delete_webhook(service: Service, workspace: str, webhook_id: str) -> None:
    """Remove an endpoint: nothing is sent there from now on. Raises NotFound."""
    commit(service.table, lambda: (None, _removal_writes(service, workspace, webhook_id)))


def _new_secret() -> str:
    return compose_secret(secrets.token_bytes(SECRET_BYTES))


def _new_webhook_writes(service: Service, webhook: Webhook) -> Sequence[Write]:
    workspace = webhook.workspace
    turn = read_turn(workspace, _TURN, service.table.get(keys.workspace(workspace)))
    if len(list_webhooks(service, workspace)) >= MOST_WEBHOOKS:
        raise TooManyWebhooks(f"a workspace has at most {MOST_WEBHOOKS} webhook endpoints: delete one first")
    return [put_webhook(webhook), turn.take()]


def _rotation(before: Webhook, text: str, overlap: timedelta, now: datetime) -> tuple[Webhook, Sequence[Write]]:
    after = before.rotated(text, now, overlap)
    return after, [put_webhook(after)]


def _removal_writes(service: Service, workspace: str, webhook_id: str) -> Sequence[Write]:
    webhook = load_webhook(service, workspace, webhook_id)
    return [Delete(webhook_key(webhook), Present())]
