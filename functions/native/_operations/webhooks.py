"""Where the events of a workspace are sent."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from native._operations.common import (
    CONFLICT,
    MALFORMED,
    NO_CONTENT,
    NOT_FOUND,
    NOT_STORED,
    MaybeTime,
    Paging,
    Time,
    answers,
    answers_new,
    answers_page,
)
from native._wire_webhooks import NewWebhookBody, RotationBody
from sluiceway.http.openapi import Answer, Operation, content_json


class NewWebhook(NewWebhookBody):
    """Where to send events to, over TLS."""

    url: Annotated[
        str, Field(max_length=2048, pattern=r"^https://[a-z0-9.-]*[a-z0-9](:[1-9][0-9]{0,3})?(/[!$-;=?-Z_a-z~]*)?$")
    ]


class Rotation(RotationBody):
    """For how long former secrets stay good: a day unless told otherwise, 0 to end them at once."""


class Webhook(TypedDict):
    """An endpoint, without its secrets."""

    id: Annotated[str, Field(pattern="^webhook_")]
    url: str
    created_at: Time
    former_secrets_valid_until: Annotated[MaybeTime, Field(description="null when only the newest is good.")]


class WebhookWithSecret(Webhook):
    """An endpoint and its newest secret, which nobody can read again."""

    secret: Annotated[str, Field(pattern="^whsec_")]


OPERATIONS = {
    "webhooks.create_webhook": Operation(
        body=content_json(NewWebhook), answers=answers_new(WebhookWithSecret, "webhooks"), refusals=(CONFLICT,)
    ),
    "webhooks.list_webhooks": Operation(query=Paging, answers=answers_page(Webhook), refusals=(MALFORMED,)),
    "webhooks.get_webhook": Operation(answers=answers(Webhook), refusals=(NOT_FOUND,)),
    "webhooks.delete_webhook": Operation(answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)),
    "webhooks.rotate_secret": Operation(
        body=content_json(Rotation),
        body_required=False,
        answers={200: Answer(content_json(WebhookWithSecret), NOT_STORED)},
        refusals=(NOT_FOUND, CONFLICT),
    ),
}
