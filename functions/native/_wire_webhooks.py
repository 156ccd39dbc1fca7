"""Webhook endpoints as JSON, and what is asked of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from native._wire import WHOLE, NativeModel
from sluiceway.domain.addresses import MOST_URL_CHARACTERS
from sluiceway.domain.times import rfc3339
from sluiceway.domain.webhook import DEFAULT_OVERLAP_SECONDS, LONGEST_OVERLAP_SECONDS, Webhook
from sluiceway.http.request import Request
from sluiceway.http.response import Response, as_json
from sluiceway.http.wire import parse_body


class NewWebhookBody(NativeModel):
    """The body that adds an endpoint."""

    url: Annotated[str, Field(max_length=MOST_URL_CHARACTERS)]


class RotationBody(NativeModel):
    """The body, which may be absent, that gives an endpoint a new secret."""

    former_valid_for_seconds: Annotated[int, Field(ge=0, le=LONGEST_OVERLAP_SECONDS), WHOLE] = DEFAULT_OVERLAP_SECONDS


def parse_new_webhook(request: Request) -> str:
    """Read where to send events to. Raises Invalid."""
    return parse_body(NewWebhookBody, request).url


def parse_overlap(request: Request) -> timedelta:
    """Read for how long former secrets stay good. Raises Invalid."""
    body = parse_body(RotationBody, request) if request.body else RotationBody()
    return timedelta(seconds=body.former_valid_for_seconds)


def webhook_json(webhook: Webhook, now: datetime) -> dict[str, Any]:
    """Render an endpoint, without its secrets."""
    ends = webhook.former_secrets_end(now)
    return {
        "id": webhook.id,
        "url": webhook.url,
        "created_at": rfc3339(webhook.created),
        "former_secrets_valid_until": rfc3339(ends) if ends else None,
    }


def shown_secret_response(webhook: Webhook, now: datetime, status: int) -> Response:
    """Answer an endpoint with its newest secret, the only time that it is shown."""
    content = {**webhook_json(webhook, now), "secret": webhook.secrets[0].text}
    return as_json(content, status).with_headers({"cache-control": "no-store"})
