"""Webhook endpoints as items, with their secrets, which must be readable: events are signed with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sluiceway.domain.webhook import Secret, Webhook
from sluiceway.storage import keys
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import Absent, Condition, Equal, Item, Key, Put


def webhook_key(webhook: Webhook) -> Key:
    """Find this endpoint."""
    return keys.webhook(webhook.workspace, webhook.id)


def put_webhook(webhook: Webhook) -> Put:
    """Write an endpoint on condition that it still is as it was read; a new one that there is none."""
    unchanged: Condition = Equal("rev", webhook.rev) if webhook.rev else Absent()
    return Put(webhook_key(webhook), webhook_item(webhook), unchanged)


def webhook_item(webhook: Webhook) -> Item:
    """Return the stored form of an endpoint that is written once more."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "secrets": [_secret_item(secret) for secret in webhook.secrets],
        "created": to_milliseconds(webhook.created),
        "rev": webhook.rev + 1,
    }


def _secret_item(secret: Secret) -> Item:
    return {"text": secret.text, **({"ends": to_milliseconds(secret.ends)} if secret.ends else {})}


def read_webhook(workspace: str, stored: Item) -> Webhook:
    """Return the endpoint of an item."""
    item = cast("Mapping[str, Any]", stored)
    return Webhook(
        workspace=workspace,
        id=item["id"],
        url=item["url"],
        secrets=tuple(_read_secret(secret) for secret in item["secrets"]),
        created=from_milliseconds(item["created"]),
        rev=item["rev"],
    )


def _read_secret(stored: Mapping[str, Any]) -> Secret:
    return Secret(stored["text"], from_milliseconds(stored["ends"]) if "ends" in stored else None)
